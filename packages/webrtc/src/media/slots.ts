import type { Codec, MediaDescription, PayloadCodec, SourceWish } from '@maru/protocol/jsep';
import type { Direction, ExtensionMap } from '@maru/protocol/sdp';
import type { RTCDtlsTransport } from '../dtls-transport.js';
import type { RTCStatsReport } from '../stats/report.js';
import type { RTCDegradationPreference, RTCRtpEncodingParameters, RTCRtpSendParameters } from './rtp-parameters.js';
import type { MediaStream } from './stream.js';
import type { MediaKind, MediaStreamTrack } from './track.js';
import type { FrameRoute } from './transform/frame-route.js';

/** What one half of a transceiver has agreed with the other side. */
export interface NegotiatedHalf {
  /** Best first; empty before an answer. */
  readonly codecs: readonly PayloadCodec[];
  readonly extensions: readonly ExtensionMap[];
  readonly isReducedSize: boolean;
}

export const NOTHING_NEGOTIATED: NegotiatedHalf = { codecs: [], extensions: [], isReducedSize: false };

/** A sender's internal slots (W3C webrtc §5.2). */
export interface SenderSlots {
  readonly kind: MediaKind;
  track: MediaStreamTrack | null;
  /** Names the track in descriptions: that of the first track, since it may be replaced later. */
  trackId: string;
  streamIds: readonly string[];
  encodings: RTCRtpEncodingParameters[];
  degradationPreference: RTCDegradationPreference | undefined;
  /** Of the last `getParameters` in this task; `setParameters` must name it. */
  lastReturned: RTCRtpSendParameters | undefined;
  negotiated: NegotiatedHalf;
  transport: RTCDtlsTransport | null;
  readonly cname: string;
  readonly sources: readonly SourceWish[];
  /** What frames go through between the encoder and packets. */
  readonly route: FrameRoute;
}

/** W3C webrtc, RTCRtpContributingSource and RTCRtpSynchronizationSource. */
export interface RTCRtpContributingSource {
  /** When its last packet came, or was to be played. */
  timestamp: number;
  /** CSRC or SSRC. */
  source: number;
  /** From 0 to 1, where the packet told. */
  audioLevel?: number;
  rtpTimestamp: number;
  /** When it was captured, in milliseconds since 1900 by the clock of who captured it (webrtc-extensions). */
  captureTimestamp?: number;
  /** What to add to the sender's clock to get that one, where the sender says. */
  senderCaptureTimeOffset?: number;
}
export type RTCRtpSynchronizationSource = RTCRtpContributingSource;

export interface RecentSources {
  readonly contributing: RTCRtpContributingSource[];
  readonly synchronization: RTCRtpSynchronizationSource[];
}

/** A receiver's internal slots (W3C webrtc §5.3). */
export interface ReceiverSlots {
  readonly kind: MediaKind;
  readonly track: MediaStreamTrack;
  streams: readonly MediaStream[];
  negotiated: NegotiatedHalf;
  /**
   * What our latest description says that we take. Whoever offers has to take all of it, whatever the answer lists (RFC 3264 §5.1): browsers
   * wrap their pictures into RED that was offered although their answer leaves it out.
   */
  described: readonly PayloadCodec[];
  /** What the other side says of its packets. */
  remote: Pick<MediaDescription, 'sources' | 'cname' | 'sendEncodings'> | undefined;
  transport: RTCDtlsTransport | null;
  /** In milliseconds; null leaves it to the jitter buffer. */
  jitterBufferTarget: number | null;
  /** The other side's simulcast is taken layer by layer. */
  readonly takesSimulcast: boolean;
  /** What it is to wait at least before it is played; undefined as long as nobody wants media in its time. */
  readonly playoutDelayMs: number | undefined;
  /** What frames go through between packets and the decoder. */
  readonly route: FrameRoute;
}

export type ExtensionDirection = Direction | 'stopped';

/** A header extension of a transceiver, and whether it is to be used. */
export interface NegotiableExtension {
  readonly uri: string;
  readonly direction: ExtensionDirection;
  /** How it is answered where the other side offers it, though we do not; until scripts say what they want. */
  readonly welcome?: Direction;
}

/** A transceiver's internal slots (W3C webrtc §5.4). */
export interface TransceiverSlots {
  readonly kind: MediaKind;
  readonly sender: SenderSlots;
  readonly receiver: ReceiverSlots;
  mid: string | null;
  direction: Direction;
  currentDirection: Direction | null;
  /** The direction that `track` events have told of. */
  firedDirection: Direction | null;
  /** `stop` was called: both halves have ended, the other side does not know yet. */
  isStopping: boolean;
  /** The other side knows. */
  isStopped: boolean;
  /** `addTrack` made it or gave it a track, so that a section of the other side may take it. */
  isOfAddTrack: boolean;
  /** It was negotiated to send at some time, so that another track may not take it over. */
  hasSent: boolean;
  /** Undefined: all that we have. */
  preferredCodecs: readonly Codec[] | undefined;
  extensions: NegotiableExtension[];
}

/** What senders, receivers and transceivers ask of the connection that they belong to. */
export interface MediaHost {
  readonly isClosed: boolean;
  enqueue<Result>(operation: () => Promise<Result>): Promise<Result>;
  updateNegotiationNeeded(): void;
  /** The event loop's next task. */
  task(): Promise<void>;
  queueTask(task: () => void): void;
  /** Runs `task` in `delayMs`; the function returned cancels it. */
  schedule(delayMs: number, task: () => void): () => void;
  /** Tracks or parameters have changed: what is sent follows. */
  mediaChanged(): void;
  /** Asks the encoders of a sender to begin anew, with the next picture: of the encodings of these rids. */
  requestKeyFrames(of: SenderSlots, rids: readonly (string | undefined)[]): void;
  /** Asks the other side to begin anew. */
  askForKeyFrame(mid: string | null): void;
  recentSources(mid: string | null): RecentSources;
  stats(of: SenderSlots | ReceiverSlots): Promise<RTCStatsReport>;
}
