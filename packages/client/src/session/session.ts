import type { Call, CallEvents, CallState, CloseReason, OutgoingMessage } from '../call.js';
import type { RemoteConnection, SelfConnection } from '../connection.js';
import { Emitter } from '../emitter.js';
import { MaruError } from '../errors.js';
import type { FileTransfers } from '../files/transfers.js';
import type { Inspector } from '../inspector/inspector.js';
import type { JsonValue } from '../json.js';
import type { CallStats } from '../stats/call-stats.js';
import type { LocalStream, PublishOptions } from '../stream.js';
import type { JoinOptions, SessionOptions } from './options.js';

/** A seat in a session of a Maru server: signaling, everybody's media, files and figures. */
export class Session extends Emitter<CallEvents> implements Call {
  constructor(readonly options: SessionOptions) {
    super();
  }

  get state(): CallState {
    return 'new';
  }
  get closeReason(): CloseReason | undefined {
    return undefined;
  }
  get self(): SelfConnection | undefined {
    return undefined;
  }
  get connections(): ReadonlyMap<string, RemoteConnection> {
    return new Map();
  }
  get streams(): ReadonlyMap<string, LocalStream> {
    return new Map();
  }
  get files(): FileTransfers {
    throw notYet();
  }
  get inspector(): Inspector {
    throw notYet();
  }

  /** Takes the seat that the token stands for. Rejects with the server's code when it says no. */
  async join(_options?: JoinOptions): Promise<void> {
    throw notYet();
  }
  async publish(_media: MediaStream | readonly MediaStreamTrack[], _options?: PublishOptions): Promise<LocalStream> {
    throw notYet();
  }
  async send(_message: OutgoingMessage): Promise<void> {
    throw notYet();
  }
  async updateMetadata(_change: Readonly<Record<string, JsonValue>>): Promise<void> {
    throw notYet();
  }
  stats(): CallStats {
    throw notYet();
  }
  async leave(): Promise<void> {}
}

function notYet(): MaruError {
  return new MaruError('sdk/invalid-state', 'this part lands within the hour');
}
