import type { Log } from '@maru/protocol/core';

/** An address of this machine at which media comes in, and how others are told of it. */
export interface MediaAddress {
  /** A literal address of an interface; `0.0.0.0` and `::` stand for every address of the family. */
  readonly bind: string;
  /** What clients are told in place of it (a 1:1 NAT, a load balancer). Default: `bind`, or the addresses that it stands for. */
  readonly advertised?: readonly string[];
}

/** How much one may do (issue of budgets; security catalogue S-49, S-55, S-56, S-68). */
export interface MediaLimits {
  /** Participants of one worker; more are refused with `media/worker-full`. */
  readonly participantsPerWorker: number;
  readonly participantsPerSession: number;
  /** Sections of one description that carry media: sending tracks and slots together. */
  readonly sections: number;
  /** Slots of one kind that a client may have. */
  readonly slots: number;
  /** What one participant may send in all. What is above is dropped. */
  readonly publisherBps: number;
  readonly publisherPacketsPerSecond: number;
  /** Offers of one participant, at most so many in ten seconds; more get `media/too-many-offers`. */
  readonly offersPerTenSeconds: number;
  /** TCP connections that have not proved whose they are. */
  readonly unclaimedStreams: number;
}

export const DEFAULT_MEDIA_LIMITS: MediaLimits = {
  participantsPerWorker: 2_000,
  participantsPerSession: 1_000,
  sections: 130,
  slots: 64,
  publisherBps: 10_000_000,
  publisherPacketsPerSecond: 5_000,
  offersPerTenSeconds: 20,
  unclaimedStreams: 256,
};

export interface MediaServerOptions {
  /** The one UDP port of all media; 0 is any free one. Default 0. */
  readonly udpPort?: number;
  /** A TCP port of its own for ICE over TCP; absent: none. Connections of a port that the server shares come by `acceptStream`. */
  readonly tcpPort?: number;
  /** The port that clients are told for ICE over TCP, where the server's own front hands connections over. */
  readonly advertisedTcpPort?: number;
  /** Default: every address of this machine but loopback; loopback too where there is nothing else. */
  readonly addresses?: readonly MediaAddress[];
  /** Threads that forward. 0: in this thread. Default: one for each core but one (of those that the container may use), at most 8, at least 1. */
  readonly workers?: number;
  /** Which implementation moves packets: `native` where @maru/native is there (default), or plain TypeScript. */
  readonly driver?: 'native' | 'pure';
  readonly limits?: Partial<MediaLimits>;
  readonly log?: Log;
}
