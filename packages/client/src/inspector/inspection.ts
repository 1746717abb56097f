import type { JsonValue } from '../json.js';
import type { Meaning } from './meaning.js';

/** Stands for the media server where the id of a connection is meant; no connection has it. */
export const SERVER_ID = '.server';

/** What an entry is: something that the browser was told or told us, or a message on the wire. */
export type EntryKind = 'browser-call' | 'browser-event' | 'wire-out' | 'wire-in';

/** One step of the call as it happened. */
export interface InspectionEntry {
  /** Counts up from 1 within an inspection; gaps mean that older entries were dropped. */
  readonly id: number;
  /** Milliseconds since the inspection's `startedAt`. */
  readonly atMs: number;
  readonly kind: EntryKind;
  /** The pair it belongs to; undefined when it is about the session as a whole. */
  readonly connectionId: string | undefined;
  /** The API's own word (`setLocalDescription`, `icecandidate`) or the message's type. */
  readonly name: string;
  /** Arguments or content, secrets removed. Large texts (SDP) are in `descriptions`, named by `descriptionId`. */
  readonly detail: JsonValue;
  /** What it means, for the app to say in the reader's language. */
  readonly meaning: Meaning | undefined;
}

/** An SDP as it was set, with ICE passwords removed. */
export interface InspectedDescription {
  readonly id: number;
  readonly atMs: number;
  readonly side: 'local' | 'remote';
  readonly type: 'offer' | 'answer' | 'pranswer' | 'rollback';
  readonly sdp: string;
}

export interface InspectedCandidate {
  /** The id that `getStats` gives it, or one of ours before it has one. */
  readonly id: string;
  readonly atMs: number;
  readonly side: 'local' | 'remote';
  readonly type: 'host' | 'srflx' | 'prflx' | 'relay';
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  readonly priority: number | undefined;
  /** For server-reflexive and relayed ones: the address behind it. */
  readonly relatedAddress: string | undefined;
  readonly relatedPort: number | undefined;
  readonly tcpType: string | undefined;
  readonly relayProtocol: 'udp' | 'tcp' | 'tls' | undefined;
  /** The STUN or TURN server that gave it. */
  readonly url: string | undefined;
  readonly ufrag: string | undefined;
}

/** A candidate pair as the browser reports it, kept also after the browser forgot it. */
export interface InspectedPair {
  readonly id: string;
  readonly localCandidateId: string;
  readonly remoteCandidateId: string;
  readonly state: 'frozen' | 'waiting' | 'in-progress' | 'failed' | 'succeeded';
  readonly nominated: boolean;
  readonly selected: boolean;
  /** When it was first seen and when it was selected. */
  readonly seenAtMs: number;
  readonly selectedAtMs: number | undefined;
  readonly rttMs: number | undefined;
  readonly requestsSent: number | undefined;
  readonly responsesReceived: number | undefined;
  readonly bytesSent: number | undefined;
  readonly bytesReceived: number | undefined;
}

/** What protects the pair (RFC 8827, RFC 9147, RFC 5764). */
export interface InspectedTransport {
  readonly iceRole: 'controlling' | 'controlled' | 'unknown';
  readonly iceState: string | undefined;
  readonly dtlsState: string | undefined;
  readonly dtlsRole: 'client' | 'server' | 'unknown' | undefined;
  /** `1.2`, `1.3`, or as the browser writes it. */
  readonly dtlsVersion: string | undefined;
  readonly dtlsCipher: string | undefined;
  readonly srtpCipher: string | undefined;
  readonly localFingerprint: string | undefined;
  readonly remoteFingerprint: string | undefined;
}

/** The curves kept for each pair, a point a second, two minutes of them. */
export const SERIES_NAMES = [
  'upBps',
  'downBps',
  'availableUpBps',
  'rttMs',
  'lossUp',
  'lossDown',
  'jitterMs',
  'framesUp',
  'framesDown',
  'heightUp',
  'heightDown',
] as const;
export type SeriesName = (typeof SERIES_NAMES)[number];

/** Columns of equal length: ready for a plot. A missing value is null. */
export interface InspectedSeries {
  readonly atMs: readonly number[];
  readonly values: Readonly<Record<SeriesName, readonly (number | null)[]>>;
}

/** Everything known about one pair. */
export interface InspectedConnection {
  readonly connectionId: string;
  readonly name: string | undefined;
  readonly joinedAtMs: number;
  readonly leftAtMs: number | undefined;
  /** Whether we give way in glare (we joined later). */
  readonly polite: boolean;
  /** The four W3C states as last heard. */
  readonly states: {
    readonly signaling: string;
    readonly iceGathering: string;
    readonly iceConnection: string;
    readonly connection: string;
  };
  readonly descriptions: readonly InspectedDescription[];
  readonly candidates: readonly InspectedCandidate[];
  readonly pairs: readonly InspectedPair[];
  readonly selectedPairId: string | undefined;
  readonly transport: InspectedTransport | undefined;
  readonly series: InspectedSeries;
}

/** What "Under the hood" shows: of the call going on, or of one that was saved. */
export interface Inspection {
  /** Wall time, milliseconds since 1970. */
  readonly startedAt: number;
  readonly userAgent: string;
  readonly selfId: string | undefined;
  /** Newest last. */
  readonly entries: readonly InspectionEntry[];
  /** Entries that the bound has pushed out. */
  readonly entriesDropped: number;
  readonly connections: ReadonlyMap<string, InspectedConnection>;
}
