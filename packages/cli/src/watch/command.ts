import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Recording } from '@maru/media';
import { FiguresReader, figuresLine } from '../session/figures.js';
import { HallSession, type Member } from '../session/hall-session.js';
import type { IncomingTrack } from '../session/pair.js';
import { Ending, readSessionArguments, reasonOf, type SessionIo, Teller, VERSION } from '../session/session-command.js';

export const WATCH_USAGE = `maru watch <session link> [--out <folder>] [options]

Shows what arrives in a session, with live numbers, and writes each stream of each publisher to a WebM file, as it came: nothing is
decoded. A file can be read up to the last frame even when the command is killed.

  --out <folder>    where the files go; this folder if not given
  --no-record       only shows
  --name <text>     under which the others see it
  --duration <s>    leaves after so many seconds
  --ca <file>       trusts this authority, such as the server's own (its /app/ca.crt)
  --json            one JSON object a line on standard output: joined, stream, figures, written, ended, error

Exit status: 0 the session is over, or you stopped it; 1 it did not work; 2 wrong usage.`;

const FIGURES_MS = 1_000;

/** Runs `maru watch`. Exit status: 0 it is over in good order, 1 it failed, 2 wrong usage. */
export async function watchCommand(argv: readonly string[], io: SessionIo): Promise<0 | 1 | 2> {
  const refuse = (why: string): 2 => {
    io.err(`maru watch: ${why}\n\n${WATCH_USAGE}`);
    return 2;
  };
  let given: ReturnType<typeof readGiven>;
  try {
    given = readGiven(argv);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = given;
  if (values.help) {
    io.out(WATCH_USAGE);
    return 0;
  }
  const [link, ...rest] = positionals;
  const session = readSessionArguments(link, values, 'maru watch');
  if (typeof session === 'string') return refuse(session);
  if (rest.length > 0) return refuse(`"${rest[0]}" is one word too many`);

  const teller = new Teller(io, session.isJson);
  const ending = new Ending();
  const fail = (error: unknown): void => {
    teller.tell('error', { detail: reasonOf(error) }, `maru watch: ${reasonOf(error)}`);
    ending.end(1);
  };
  const recordings = new Recordings(values['no-record'] ? undefined : values.out, teller, fail);
  let hall: HallSession;
  try {
    if (!values['no-record']) await mkdir(values.out, { recursive: true });
    hall = await HallSession.join(
      { ...session, version: VERSION, wantsOthers: true },
      {
        joined: (id) => {
          teller.tell('joined', { session: id }, `In the session ${id}, as ${session.name}. Ctrl-C leaves.`);
          ending.after(session.seconds);
        },
        incoming: (member, tracks) => recordings.follow(member, tracks),
        carrying: (isCarrying) => teller.line(isCarrying),
        memberLeft: (member) => void recordings.leave(member.id),
        ended: (code, detail) => (code === undefined ? ending.end(0) : fail(new Error(`${detail} (${code})`))),
      },
    );
  } catch (error) {
    fail(error);
    return 1;
  }
  const readers = new Map<string, FiguresReader>();
  const showing = setInterval(() => void show(hall, readers, teller), FIGURES_MS);
  const end = async (): Promise<void> => {
    clearInterval(showing);
    await recordings.close();
    await hall.leave();
    teller.ended();
  };
  let ended: Promise<void> | undefined;
  io.onStop(() => {
    ending.end(0);
    return (ended ??= end());
  });
  const status = await ending.status;
  await (ended ??= end());
  return status;
}

/** The files of everybody's streams. */
class Recordings {
  private readonly running = new Map<string, { readonly member: string; readonly recording: Recording }>();
  private readonly closing: Promise<void>[] = [];

  constructor(
    private readonly folder: string | undefined,
    private readonly teller: Teller,
    private readonly onError: (error: Error) => void,
  ) {}

  /** Begins to write what has come whole, and ends what has gone. */
  follow(member: Member, tracks: readonly IncomingTrack[]): void {
    for (const [streamId, { member: of }] of this.running)
      if (of === member.id && !tracks.some((track) => track.streamId === streamId)) this.end(streamId);
    for (const { id, kind, hasAudio, hasVideo } of member.streams.values()) {
      const own = tracks.filter(({ streamId }) => streamId === id).map(({ track }) => track);
      const has = (wanted: string): boolean => own.some((track) => track.kind === wanted);
      if (own.length === 0 || (hasAudio && !has('audio')) || (hasVideo && !has('video')) || this.running.has(id)) continue;
      const path = this.folder === undefined ? undefined : freePath(this.folder, `${member.name}-${kind}`);
      this.teller.tell(
        'stream',
        { member: member.id, name: member.name, stream: id, kind, path },
        `${member.name}: ${kind}${path ? ` → ${path}` : ''}`,
      );
      if (path !== undefined)
        this.running.set(id, { member: member.id, recording: new Recording({ tracks: own, path, onError: this.onError }) });
    }
  }

  leave(member: string): void {
    for (const [streamId, { member: of }] of this.running) if (of === member) this.end(streamId);
  }

  async close(): Promise<void> {
    for (const streamId of this.running.keys()) this.end(streamId);
    await Promise.all(this.closing);
  }

  private end(streamId: string): void {
    const running = this.running.get(streamId);
    this.running.delete(streamId);
    if (running) this.closing.push(this.written(streamId, running.recording));
  }

  private async written(stream: string, recording: Recording): Promise<void> {
    const figures = await recording.close();
    const { files, durationMs, videoFrames, bytes } = figures;
    const seconds = (durationMs / 1_000).toFixed(1);
    const sentence = `Wrote ${files.join(', ') || 'nothing'}: ${seconds} s, ${videoFrames} pictures, ${(bytes / 1e6).toFixed(1)} MB.`;
    this.teller.tell('written', { stream, ...figures }, sentence);
  }
}

/** A file that is not there yet; names are whatever people call themselves. */
function freePath(folder: string, name: string): string {
  const safe = name.replaceAll(/[^\p{L}\p{N}_-]+/gu, '-').slice(0, 80) || 'stream';
  for (let count = 1; ; count++) {
    const path = join(folder, `${safe}${count === 1 ? '' : `-${count}`}.webm`);
    if (!existsSync(path)) return path;
  }
}

async function show(hall: HallSession, readers: Map<string, FiguresReader>, teller: Teller): Promise<void> {
  const lines: string[] = [];
  for (const { id, name, pair } of hall.members.values()) {
    const reader = readers.get(id) ?? new FiguresReader();
    readers.set(id, reader);
    const streams = await reader.read(pair.connection, 'inbound');
    lines.push(`← ${name}: ${streams.map(figuresLine).join(', ') || pair.connection.connectionState}`);
    if (teller.isJson) teller.numbers({ member: id, name, state: pair.connection.connectionState, streams }, '');
  }
  if (!teller.isJson) teller.numbers({}, lines.join(' · ') || 'Nobody else is here.');
}

function readGiven(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      out: { type: 'string', default: '.' },
      'no-record': { type: 'boolean', default: false },
      name: { type: 'string' },
      duration: { type: 'string' },
      ca: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
}
