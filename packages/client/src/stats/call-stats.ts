import type { StreamKind, TrackKind } from '../stream.js';

/** How good a pair is, and why: data to make a sentence of, most important reason first. */
export interface Quality {
  readonly level: 'good' | 'weak' | 'bad' | 'unknown';
  readonly reasons: readonly QualityReason[];
}

/**
 * One reason why a pair is not good. `direction`: `receiving` is what they send us, `sending` what we send them.
 * `side` names whose line it most likely is, judged by how the other pairs of this call do.
 */
export type QualityReason =
  | { readonly type: 'disconnected' }
  | {
      readonly type: 'loss';
      readonly direction: Direction;
      readonly side: Side;
      readonly lossFraction: number;
      readonly bitrateBps: number;
    }
  | { readonly type: 'delay'; readonly rttMs: number }
  | { readonly type: 'jitter'; readonly direction: Direction; readonly side: Side; readonly jitterMs: number }
  | { readonly type: 'low-bitrate'; readonly direction: Direction; readonly side: Side; readonly bitrateBps: number }
  | { readonly type: 'frozen'; readonly streamId: string; readonly frozenFraction: number }
  | { readonly type: 'cpu'; readonly direction: 'sending' };

export type Direction = 'sending' | 'receiving';
export type Side = 'us' | 'them' | 'either';

/** One second of one track in one direction. Rates are over the last second. */
export interface TrackStats {
  readonly streamId: string | undefined;
  readonly streamKind: StreamKind | undefined;
  readonly kind: TrackKind;
  readonly direction: Direction;
  readonly bitrateBps: number;
  readonly packetsPerSecond: number;
  /** Pictures that were sent, or came, since the beginning (video). */
  readonly frames: number | undefined;
  /** Of the packets of the last seconds, 0 to 1: those lost on the way to us, or to them as they report. */
  readonly lossFraction: number | undefined;
  readonly jitterMs: number | undefined;
  readonly codec: string | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly framesPerSecond: number | undefined;
  /** Why the encoder sends less than it could. */
  readonly limitedBy: 'none' | 'cpu' | 'bandwidth' | 'other' | undefined;
  readonly framesDropped: number | undefined;
  /** Part of the last second without a new picture, 0 to 1 (received video). */
  readonly frozenFraction: number | undefined;
  /** Delay the receiver adds to smooth the arrival (received tracks). */
  readonly playoutDelayMs: number | undefined;
  /** Part of the last second's audio that was made up because packets were missing, 0 to 1. */
  readonly concealedFraction: number | undefined;
  readonly audioLevel: number | undefined;
  readonly nackCount: number | undefined;
  readonly keyframeRequests: number | undefined;
}

/** One second of one pair. */
export interface ConnectionStats {
  readonly connectionId: string;
  /** Wall time, milliseconds since 1970. */
  readonly at: number;
  readonly rttMs: number | undefined;
  readonly upBps: number;
  readonly downBps: number;
  /** What the browser believes the way up could carry. */
  readonly availableUpBps: number | undefined;
  /** Worst of the tracks, 0 to 1. */
  readonly lossUp: number | undefined;
  readonly lossDown: number | undefined;
  readonly jitterMs: number | undefined;
  readonly path: 'direct' | 'relayed' | 'server' | 'unknown';
  /** UDP, TCP or TLS of the chosen local candidate (the relay's, when relayed). */
  readonly protocol: 'udp' | 'tcp' | 'tls' | undefined;
  readonly quality: Quality;
  readonly tracks: readonly TrackStats[];
}

/** One second of the whole call. */
export interface CallStats {
  readonly at: number;
  readonly upBps: number;
  readonly downBps: number;
  readonly connections: ReadonlyMap<string, ConnectionStats>;
  /** The way to the media server, where there is one: all that goes up, and all that comes down. */
  readonly server?: ConnectionStats | undefined;
}
