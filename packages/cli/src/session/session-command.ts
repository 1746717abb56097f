import type { CommandIo } from '../command-io.js';
import { authorityOf, type HallLink, parseHallLink, SessionError } from './hall-link.js';

export type SessionIo = Pick<CommandIo, 'out' | 'err' | 'progress' | 'onStop' | 'isTerminal' | 'columns'>;

/** Ends a command, whoever is first to: the session, the file, the clock or the person. */
export class Ending {
  private finish!: (status: 0 | 1) => void;
  readonly status: Promise<0 | 1> = new Promise((resolve) => (this.finish = resolve));
  private timer: NodeJS.Timeout | undefined;

  end(status: 0 | 1): void {
    clearTimeout(this.timer);
    this.finish(status);
  }

  /** Ends in good order after so many seconds. */
  after(seconds: number | undefined): void {
    if (seconds !== undefined) this.timer = setTimeout(() => this.end(0), seconds * 1_000);
  }
}

/** One event a line for scripts, a sentence for people. */
export class Teller {
  private wasDown = false;

  constructor(
    private readonly io: SessionIo,
    readonly isJson: boolean,
  ) {}

  tell(event: string, fields: object, sentence: string): void {
    if (this.isJson) this.io.out(JSON.stringify({ event, ...fields }));
    else this.io.err(sentence);
  }

  /** The line to the server went down, or came up again. */
  line(isCarrying: boolean): void {
    if (isCarrying && !this.wasDown) return;
    this.wasDown = !isCarrying;
    if (isCarrying) this.tell('line-up', {}, 'The line to the server is up again.');
    else this.tell('line-down', {}, 'The line to the server is down; media goes on.');
  }

  /** Media takes another way, or has arrived there. */
  media({ way, stage }: { readonly way: 'p2p' | 'sfu'; readonly stage: 'moving' | 'settled' }): void {
    const where = way === 'sfu' ? 'through the media server' : 'from one to the other';
    this.tell('media', { way, stage }, stage === 'moving' ? `Media moves: it will go ${where}.` : `Media goes ${where}.`);
  }

  ended(): void {
    if (!this.isJson && this.io.isTerminal) this.io.progress('');
    this.tell('ended', {}, 'Left the session.');
  }

  /** Numbers for scripts. */
  figures(fields: object): void {
    if (this.isJson) this.io.out(JSON.stringify({ event: 'figures', ...fields }));
  }

  /** Numbers for people, in place of those before; longer lines are cut. */
  show(lines: readonly string[]): void {
    if (this.isJson || !this.io.isTerminal) return;
    this.io.progress(lines.map((line) => [...line].slice(0, this.io.columns - 1).join('')).join('\n'));
  }
}

export interface SessionArguments {
  readonly link: HallLink;
  readonly name: string;
  readonly ca: string | undefined;
  readonly isJson: boolean;
  readonly seconds: number | undefined;
}

/** Reads what both commands are told; a sentence for what is wrong. */
export function readSessionArguments(
  link: string | undefined,
  values: {
    readonly name?: string | undefined;
    readonly ca?: string | undefined;
    readonly json?: boolean | undefined;
    readonly duration?: string | undefined;
  },
  defaultName: string,
): SessionArguments | string {
  if (link === undefined) return 'which session? Give its link, as the web app shows it';
  const hall = parseHallLink(link);
  if (!hall) return `"${link}" is not a link of a session, such as https://maru.example/h/moon-8kd2`;
  const seconds = values.duration === undefined ? undefined : Number(values.duration);
  if (seconds !== undefined && !(seconds > 0)) return '--duration is a number of seconds';
  try {
    return { link: hall, name: values.name ?? defaultName, ca: authorityOf(values.ca), isJson: values.json ?? false, seconds };
  } catch (error) {
    return `--ca: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What a failure is called in the one line that people read. */
export function reasonOf(error: unknown): string {
  if (error instanceof SessionError) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}

/** As the server's log shows it. */
export const VERSION = '0.1.0';
