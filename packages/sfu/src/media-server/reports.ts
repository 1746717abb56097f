import type { MediaKind } from '../core/media-kind.js';
import type { ParticipantState } from './events.js';

/** What a participant does and gets: bitrates of the last second or so; packets and bytes from the beginning on. */
export interface ParticipantReport {
  readonly connection: string;
  readonly worker: number;
  readonly state: ParticipantState;
  readonly protocol: 'udp' | 'tcp' | undefined;
  /** Towards it, and from it. */
  readonly sendBps?: number;
  readonly receiveBps?: number;
  /** What its link is believed to carry towards it. */
  readonly estimateBps?: number;
  readonly roundTripMs?: number;
  /** Of what was sent to it, as it reports; 0 to 1. */
  readonly lossToward?: number;
  /** Of what it sends, as we see; 0 to 1. */
  readonly lossFrom?: number;
  /** Pictures that it gets smaller, or not at all, because its link carries no more. */
  readonly heldBack?: number;
  readonly sentPackets?: number;
  readonly sentBytes?: number;
  readonly receivedPackets?: number;
  readonly receivedBytes?: number;
  /** Of what it sent: beyond its budget, unreadable, or of no track. */
  readonly droppedPackets?: number;
}

export type ParticipantStats = ParticipantReport;

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
  /** Who publishes it. */
  readonly connection: string;
  readonly stream: string;
  readonly track: MediaKind;
  /** Null: nothing is sent. */
  readonly layer: ForwardedLayer | null;
  /** What it would get if its link carried everything; null where it wants nothing, or nothing is sent. */
  readonly best: ForwardedLayer | null;
  readonly wanted: { readonly width: number; readonly height: number; readonly visible: boolean; readonly priority: number };
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

/** One worker, as the admin page shows it. Packets and bytes are counted from its start on. */
export interface WorkerReport {
  readonly worker: number;
  readonly driver: 'native' | 'pure';
  readonly sessions: number;
  readonly participants: number;
  readonly tracks: number;
  /** Of one core, or of what a quota of the container leaves of one, in the last second; 0 to 1. */
  readonly cpu: number;
  /** The same over the last seconds: what decides on overload, and on where people join. */
  readonly averageCpu: number;
  /** How late the latest timer of the last second was. */
  readonly eventLoopDelayMs: number;
  readonly receivedPackets: number;
  readonly sentPackets: number;
  readonly sentBytes: number;
  /** That the system did not take, or that had nowhere to go. */
  readonly lostPackets: number;
  /** System calls that sent. */
  readonly sends: number;
  /** That came to its socket of the port that all share and were for another worker. */
  readonly handedOverPackets: number;
  /** That it passed to other workers of sessions that span several. */
  readonly pipedPackets: number;
  /** Between workers, where one took things more slowly than they came. */
  readonly pipeDrops: number;
  /** Joins are refused first; then less is sent to everybody. */
  readonly overload: 'none' | 'joins' | 'layers' | 'video';
  /** Drops by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** What the server as a whole does now: from reports of a second ago at most, without asking anybody. */
export interface MediaReport {
  readonly isDraining: boolean;
  readonly workers: readonly WorkerReport[];
  readonly sessions: readonly SessionMediaReport[];
}

/** A session as it is at one worker, or as a whole. */
export interface SessionMediaReport {
  readonly session: string;
  /** Where it began; `workers` are all that it is at. */
  readonly worker: number;
  readonly workers: readonly number[];
  readonly participants: readonly ParticipantReport[];
}

/** What workers say of sessions, with each session that spans several told as one. */
export function wholeSessions(parts: readonly SessionMediaReport[]): SessionMediaReport[] {
  const bySession = new Map<string, SessionMediaReport>();
  for (const part of parts) {
    const before = bySession.get(part.session);
    bySession.set(
      part.session,
      before
        ? {
            ...before,
            workers: [...before.workers, ...part.workers],
            participants: [...before.participants, ...part.participants],
          }
        : part,
    );
  }
  return [...bySession.values()];
}
