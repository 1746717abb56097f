import type { Call, ReceivedMessage } from '@maru/client';
import { Store } from '../../ui/store.js';

/** The application's word for chat messages among all that travel through a call. */
export const CHAT = 'chat';
/** Longest text: a page or two. The server's limit is far above it. */
export const CHAT_CHARS = 4_000;

/** A line of the chat. `sending` and `failed` are for our own. */
export interface ChatEntry {
  readonly id: string;
  readonly fromId: string | undefined;
  readonly name: string;
  readonly isSelf: boolean;
  readonly text: string;
  /** Wall time, milliseconds since 1970. */
  readonly at: number;
  readonly state: 'sent' | 'sending' | 'failed';
}

/** More than anybody scrolls back; the oldest go. */
const KEPT = 1_000;

/** What was written in the call, as long as the call lasts. Marks what has not been seen. */
export class ChatLog extends Store {
  entries: readonly ChatEntry[] = [];
  unread = 0;
  /** Whether the chat is in view at this moment. */
  private open = false;
  private nextOwn = 1;

  constructor(
    private readonly call: Pick<Call, 'send'>,
    private readonly now: () => number = Date.now,
  ) {
    super();
  }

  setOpen(open: boolean): void {
    this.open = open;
    if (open) this.unread = 0;
    this.changed();
  }

  /** Takes a message of the call; returns the entry when it was one of the chat. */
  receive(message: ReceivedMessage, name: string): ChatEntry | undefined {
    const text = textOf(message);
    if (text === undefined) return undefined;
    const entry: ChatEntry = {
      id: message.id,
      fromId: message.from?.id,
      name,
      isSelf: false,
      text,
      at: message.at,
      state: 'sent',
    };
    this.append(entry);
    if (!this.open) this.unread += 1;
    this.changed();
    return entry;
  }

  /** Says something to everybody. It is in the log at once, and marked until the server has it. */
  async send(text: string, name: string): Promise<void> {
    const id = `own-${this.nextOwn++}`;
    this.append({ id, fromId: undefined, name, isSelf: true, text: text.slice(0, CHAT_CHARS), at: this.now(), state: 'sending' });
    this.changed();
    await this.deliver(id);
  }

  /** Tries once more to send what failed. */
  async resend(id: string): Promise<void> {
    this.mark(id, 'sending');
    await this.deliver(id);
  }

  private async deliver(id: string): Promise<void> {
    const entry = this.entries.find((candidate) => candidate.id === id);
    if (!entry) return;
    try {
      await this.call.send({ type: CHAT, data: { text: entry.text } });
      this.mark(id, 'sent');
    } catch {
      this.mark(id, 'failed'); // the entry says so, with a button to try again
    }
  }

  private append(entry: ChatEntry): void {
    this.entries = [...this.entries, entry].slice(-KEPT);
  }

  private mark(id: string, state: ChatEntry['state']): void {
    this.entries = this.entries.map((entry) => (entry.id === id ? { ...entry, state } : entry));
    this.changed();
  }
}

/** The text of a chat message; undefined when it is none, whatever another program may have sent under that name. */
function textOf({ type, data }: ReceivedMessage): string | undefined {
  if (type !== CHAT || typeof data !== 'object' || data === null || !('text' in data)) return undefined;
  const { text } = data;
  return typeof text === 'string' && text.trim() !== '' ? text.slice(0, CHAT_CHARS) : undefined;
}
