import type { SessionHost } from '../host/session-host.js';
import type { ApiKeys } from '../http/api-keys.js';
import type { MediaHost } from '../media/media-host.js';
import type { SeatTokens } from '../signaling/seat-tokens.js';
import type { TransportKind } from '../signaling/transport.js';
import type { IceServers } from '../turn/credentials/ice-servers.js';
import type { Idempotency } from './idempotency.js';

/** What REST handlers work with. */
export interface RestServices {
  readonly host: SessionHost;
  readonly tokens: SeatTokens;
  readonly keys: ApiKeys;
  readonly idempotency: Idempotency;
  readonly iceServers: IceServers;
  readonly media: MediaHost;
  readonly transportOf: (connection: string) => TransportKind | null;
  readonly server: { readonly version: string; readonly startedAtMs: number; readonly isDraining: () => boolean };
}
