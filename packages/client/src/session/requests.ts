import type { ClientMessage, ServerMessage } from '@maru/signaling';
import { MaruError } from '../errors.js';

type Done = ServerMessage & { type: 'done' };
type Failed = ServerMessage & { type: 'failed' };

/** Matches answers to requests by their `ref`. */
export class Requests {
  private lastRef = 0;
  private readonly waiting = new Map<number, { resolve(done: Done): void; reject(error: MaruError): void }>();

  constructor(private readonly post: (message: ClientMessage) => boolean) {}

  /** Sends a message and resolves when it was carried out; rejects with the server's code when it was not. */
  send(message: ClientMessage): Promise<Done> {
    const ref = ++this.lastRef;
    return new Promise((resolve, reject) => {
      this.waiting.set(ref, { resolve, reject });
      if (!this.post({ ...message, ref }))
        this.failed({ type: 'failed', ref, code: 'sdk/invalid-state', detail: 'the call is over' });
    });
  }

  done(message: Done): void {
    this.take(message.ref)?.resolve(message);
  }

  failed({ ref, code, detail, field }: Failed): void {
    if (ref === undefined) return; // of a message that asked for no answer
    this.take(ref)?.reject(new MaruError(code, detail, field === undefined ? {} : { field }));
  }

  /** The call is over: nothing will be answered any more. */
  abandon(): void {
    for (const { reject } of this.waiting.values()) reject(new MaruError('sdk/invalid-state', 'the call is over'));
    this.waiting.clear();
  }

  private take(ref: number): { resolve(done: Done): void; reject(error: MaruError): void } | undefined {
    const entry = this.waiting.get(ref);
    this.waiting.delete(ref);
    return entry;
  }
}
