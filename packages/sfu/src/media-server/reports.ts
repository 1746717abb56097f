import type { MediaKind } from '../core/media-kind.js';
import type { ParticipantState } from './events.js';

/** What the transport and the tracks of one participant did so far. */
export interface ParticipantStats {
  readonly state: ParticipantState;
  readonly protocol: 'udp' | 'tcp' | undefined;
  readonly worker: number;
  readonly roundTripMs: number | undefined;
  /** What its link is believed to carry towards it. */
  readonly estimateBps: number | undefined;
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  /** Of what was sent to it, as it reports; 0 to 1. */
  readonly lossToward: number;
  /** Of what it sends, as we see; 0 to 1. */
  readonly lossFrom: number;
  readonly tracks: readonly TrackStats[];
}

export interface TrackStats {
  readonly stream: string;
  readonly kind: MediaKind;
  readonly direction: 'in' | 'out';
  /** Whose it is. */
  readonly connection: string;
  readonly rid: string;
  readonly bitrateBps: number;
  readonly packets: number;
  readonly lost: number;
}

/** What keeps a subscriber from more of a track than it gets. */
export type LimitingFactor =
  | 'nothing'
  | 'network'
  | 'tile'
  | 'hidden'
  | 'publisher'
  | 'codec'
  | 'server'
  | 'muted'
  | 'unsubscribed'
  | 'no-slot';

/** What a subscriber is sent of a track. */
export interface ForwardedLayer {
  /** Of the encoding; null where there is one without a rid. */
  readonly rid: string | null;
  readonly spatial: number;
  readonly temporal: number;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly bitrateBps: number;
}

/** Why a subscriber gets the layer that it gets of one track. */
export interface SubscriptionWhy {
  readonly connection: string;
  readonly stream: string;
  readonly track: MediaKind;
  /** Null: nothing is sent. */
  readonly layer: ForwardedLayer | null;
  readonly estimateBps: number;
  readonly limitedBy: LimitingFactor;
  /** The last ten minutes, one for each change and one each ten seconds, oldest first. */
  readonly history: readonly WhySample[];
}

export interface WhySample {
  /** Wall time in milliseconds since 1970. */
  readonly at: number;
  readonly layer: string;
  readonly bitrateBps: number;
  readonly estimateBps: number;
  readonly lossRatio: number;
  readonly limitedBy: LimitingFactor;
}

/** Something that happened to a connection's media. Fields hold no address and no secret. */
export interface ConnectionLogEntry {
  readonly atMs: number;
  readonly correlation: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** One worker, as the admin page shows it. */
export interface WorkerReport {
  readonly worker: number;
  readonly driver: 'native' | 'pure';
  readonly sessions: number;
  readonly participants: number;
  readonly tracks: number;
  /** Of one core, in the last second; 0 to 1. */
  readonly cpu: number;
  readonly eventLoopDelayMs: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly overload: 'none' | 'layers' | 'video' | 'joins';
  /** Drops by reason since the start. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** What the server as a whole does now: from reports of a second ago at most, without asking anybody. */
export interface MediaReport {
  readonly isDraining: boolean;
  readonly workers: readonly WorkerReport[];
  readonly sessions: readonly SessionMediaReport[];
}

export interface SessionMediaReport {
  readonly session: string;
  readonly worker: number;
  readonly participants: readonly ParticipantReport[];
}

export interface ParticipantReport {
  readonly connection: string;
  readonly state: ParticipantState;
  readonly protocol: 'udp' | 'tcp' | undefined;
  readonly sendBps: number;
  readonly receiveBps: number;
  readonly estimateBps: number | undefined;
  readonly lossToward: number;
  readonly lossFrom: number;
  readonly roundTripMs: number | undefined;
}
