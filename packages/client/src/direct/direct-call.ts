import type { Call, CallEvents, CallState, CloseReason, OutgoingMessage } from '../call.js';
import type { RemoteConnection, SelfConnection } from '../connection.js';
import { Emitter } from '../emitter.js';
import { MaruError } from '../errors.js';
import type { FileTransfers } from '../files/transfers.js';
import type { Inspector } from '../inspector/inspector.js';
import type { JsonValue } from '../json.js';
import type { CallStats } from '../stats/call-stats.js';
import type { LocalStream, PublishOptions } from '../stream.js';
import type { DirectCallOptions } from './options.js';

/**
 * A call of two without any server: one code goes each way, by link, QR code or word of mouth.
 * The codes open a data channel; audio, video and everything else is negotiated over that channel, so codes stay short.
 */
export class DirectCall extends Emitter<CallEvents> implements Call {
  constructor(readonly options: DirectCallOptions = {}) {
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

  /** First person: makes the code to hand over. Then waits for {@link complete}. */
  async createInvite(): Promise<string> {
    throw notYet();
  }
  /** Second person: reads the invite and makes the answer to hand back. Joins by itself once the first person has it. */
  async acceptInvite(_invite: string): Promise<string> {
    throw notYet();
  }
  /** First person: takes the answer. Resolves when the two are connected. */
  async complete(_answer: string): Promise<void> {
    throw notYet();
  }
  async publish(_media: MediaStream | readonly MediaStreamTrack[], _options?: PublishOptions): Promise<LocalStream> {
    throw notYet();
  }
  async send(_message: OutgoingMessage): Promise<void> {
    throw notYet();
  }
  async updatePresence(_change: Readonly<Record<string, JsonValue>>): Promise<void> {
    throw notYet();
  }
  stats(): CallStats {
    throw notYet();
  }
  async leave(): Promise<void> {}
}

/** What a code is, before anything is done with it: an invite, an answer, or neither. */
export function kindOfDirectCode(_code: string): 'invite' | 'answer' | undefined {
  return undefined;
}

function notYet(): MaruError {
  return new MaruError('sdk/invalid-state', 'this part lands within the hour');
}
