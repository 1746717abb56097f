import type { SharedGround } from '../between/neighbours.js';
import type { ParticipantEvent, SessionMediaEvent } from '../media-server/events.js';
import type { MediaLimits } from '../media-server/options.js';
import type { MediaOffer, MediaPermissions, PublishedStream, Tile } from '../media-server/participant.js';
import type { MediaRefusal } from '../media-server/refusal.js';
import type {
  ConnectionLogEntry,
  ParticipantStats,
  SessionMediaReport,
  SubscriptionWhy,
  WorkerReport,
} from '../media-server/reports.js';
import type { LocalEnd } from './local-ends.js';
import type { SessionSeat } from './session-link.js';

/** What a worker is made with. */
export interface WorkerSettings {
  readonly worker: number;
  readonly driver: 'native' | 'node' | undefined;
  /** Literal addresses to bind, the port of each, and what clients are told. */
  readonly ends: readonly LocalEnd[];
  /** That clients are told for ICE over TCP; undefined: none. */
  readonly tcpPort: number | undefined;
  readonly limits: MediaLimits;
  /** What it shares with the others; undefined: it is alone. */
  readonly ground: SharedGround | undefined;
  /** Whether others have its ports too, and whether it is the first to have them: they must be nobody else's then. */
  readonly sharing: 'alone' | 'first' | 'joining';
  /** How much of one core it may have: less than one where a quota leaves no more. */
  readonly cores: number;
}

/** What the facade tells a worker. Numbers name participants and streams of bytes; they are the facade's. */
export type WorkerCommand =
  | {
      readonly type: 'join';
      readonly participant: number;
      readonly session: string;
      readonly connection: string;
      readonly correlation: string;
      readonly permissions: MediaPermissions;
    }
  | { readonly type: 'offer'; readonly participant: number; readonly request: number; readonly offer: MediaOffer }
  | { readonly type: 'candidate'; readonly participant: number }
  | { readonly type: 'reset'; readonly participant: number }
  | { readonly type: 'publish'; readonly participant: number; readonly stream: PublishedStream }
  | { readonly type: 'unpublish'; readonly participant: number; readonly stream: string }
  | {
      readonly type: 'subscribe';
      readonly participant: number;
      readonly stream: string;
      readonly wanted: { readonly audio: boolean; readonly video: boolean };
    }
  | { readonly type: 'view'; readonly participant: number; readonly tiles: readonly Tile[] }
  | { readonly type: 'permit'; readonly participant: number; readonly permissions: MediaPermissions }
  | { readonly type: 'ask'; readonly participant: number; readonly request: number; readonly question: Question }
  | { readonly type: 'leave'; readonly participant: number; readonly reason: LeaveReason }
  /** At these workers the session is from now on. */
  | { readonly type: 'span'; readonly session: string; readonly seats: readonly SessionSeat[] }
  /** A TCP connection whose first frame names a ufrag of this worker. */
  | { readonly type: 'stream-opened'; readonly stream: number; readonly remoteAddress: string; readonly remotePort: number }
  | { readonly type: 'stream-data'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly type: 'stream-closed'; readonly stream: number }
  | { readonly type: 'close' };

export type LeaveReason = 'left' | 'session-closed' | 'server-closed';

/** What may be asked about a participant. */
export type Question = { readonly of: 'stats' } | { readonly of: 'log' } | { readonly of: 'why'; readonly stream?: string };

/** Answers by their question. */
export interface Answers {
  readonly stats: ParticipantStats;
  readonly log: readonly ConnectionLogEntry[];
  readonly why: readonly SubscriptionWhy[];
}

/** What a worker tells the facade. */
export type WorkerMessage =
  /** It has bound its ports: these. */
  | { readonly type: 'ready'; readonly udpPort: number; readonly driver: 'native' | 'node' }
  /** It cannot: a port is taken, an address is not there. */
  | { readonly type: 'broken'; readonly detail: string }
  | { readonly type: 'event'; readonly participant: number; readonly event: ParticipantEvent }
  | { readonly type: 'session-event'; readonly event: SessionMediaEvent }
  | { readonly type: 'answered'; readonly request: number; readonly outcome: OfferOutcome }
  | { readonly type: 'told'; readonly request: number; readonly answer: Answers[Question['of']] }
  /** Checks for this ufrag come to this worker, or no more. */
  | { readonly type: 'ufrag'; readonly ufrag: string; readonly isThere: boolean }
  | { readonly type: 'stream-write'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly type: 'stream-close'; readonly stream: number }
  | { readonly type: 'report'; readonly worker: WorkerReport; readonly sessions: readonly SessionMediaReport[] };

/** An answer, or why there is none; plain, since classes do not pass from thread to thread. */
export type OfferOutcome = { readonly sdp: string } | Pick<MediaRefusal, 'code' | 'detail'>;
