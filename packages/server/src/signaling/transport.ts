import type { Closed } from '@maru/signaling';

export type TransportKind = 'websocket' | 'events' | 'polling';

/** One way of reaching a client, for as long as it lasts: a socket, a stream of events, a row of polls. */
export interface Transport {
  readonly kind: TransportKind;
  /** What the client calls this server (the `Host` of its request): where it will find our relay, too. */
  readonly host: string | undefined;
  readonly isOpen: boolean;
  /** Whether it may be given more now; when it becomes so again, it says so to the switchboard. */
  readonly isWritable: boolean;
  /** Sends a frame, or the answer to the opening, as text. */
  send(text: string): void;
  /** All that is to be sent for now was sent. */
  flush(): void;
  /** Says `last` and ends. */
  close(last: Closed): void;
}

/** Text of `last`, which ends every transport. */
export const closedText = (last: Closed): string => JSON.stringify(last);
