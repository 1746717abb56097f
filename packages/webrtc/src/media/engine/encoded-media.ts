import type { Codec } from '@maru/protocol/jsep';
import type { FrameDescription } from '@maru/protocol/payload';
import type { RTCDegradationPreference, RTCRtpEncodingParameters } from '../rtp-parameters.js';
import type { MediaKind } from '../track.js';
import type { Rotation } from './orientation.js';

/** One encoded picture, or some milliseconds of encoded sound: what goes between those who encode and RTP. */
export interface EncodedMedia {
  /** As the codec has it: VP8 and VP9 bare, H.264 and H.265 in Annex B, AV1 as OBUs with sizes. The receiver may keep it. */
  readonly data: Uint8Array;
  /** When it was captured or is to be played, in milliseconds of the media's own clock. */
  readonly timestampMs: number;
  /** Decoding may begin here. Sound always says true. */
  readonly isKeyFrame: boolean;
  /** What the encoder knows of its layers. */
  readonly description?: FrameDescription;
  /** Sound: how loud it is, from 0 (full) to 127 dB below (RFC 6464). */
  readonly audioLevel?: number;
  /** Pictures: their size, for statistics. */
  readonly width?: number;
  readonly height?: number;
  /** Pictures: clockwise, how they are to be turned before they are shown; upright where nothing is said. */
  readonly rotationDegrees?: Rotation;
  /** When it was captured, where that is known: in milliseconds since 1970, by the clock of who captured it. */
  readonly captureTimeMs?: number;
  /** What to add to our clock to get that one: 0 where it was captured here; left out where nobody knows. */
  readonly captureClockOffsetMs?: number;
  /** Pictures: what encoding it took, in milliseconds, for statistics. */
  readonly encodeTimeMs?: number;
}

/** Encoded media that came from the other side. */
export interface ReceivedMedia extends Omit<EncodedMedia, 'timestampMs' | 'description' | 'width' | 'height' | 'encodeTimeMs'> {
  readonly codec: Codec;
  /** 32 bits, in the units of the codec's clock. */
  readonly rtpTimestamp: number;
  readonly ssrc: number;
  /** The simulcast layer, where layers are taken one by one. */
  readonly rid?: string;
  /** Of key frames that tell; 0 otherwise. */
  readonly width: number;
  readonly height: number;
  /** When its last packet came, in milliseconds of the connection's clock. */
  readonly receivedAtMs: number;
  /** As its sender says: what to add to the sender's clock to get that of who captured it. */
  readonly senderCaptureOffsetMs?: number;
}

/** What a sender asks of a source. */
export interface EncodingDemand {
  readonly kind: MediaKind;
  /** What was negotiated, best first. */
  readonly codecs: readonly Codec[];
  readonly encoding: Readonly<RTCRtpEncodingParameters>;
  /** What the network is thought to carry of it now, in bit/s: an encoder begins with it, and hears of more and less. */
  readonly targetBps: number;
  /** The other side turns pictures as `rotationDegrees` says; else they are to come upright. */
  readonly carriesRotation: boolean;
  /** Pictures: what is to go first where the network carries too little: their size, how many there are, or both in turn (`balanced`). */
  readonly degradationPreference: RTCDegradationPreference;
}

/** A source at work for one encoding of one sender. */
export interface EncodingFeed {
  /** One of the demand's codecs. */
  readonly codec: Codec;
  /** Names the encoder, for statistics. */
  readonly implementation?: string;
  /** The other side cannot decode: begin anew. Asked for no more than twice a second. */
  requestKeyFrame(): void;
  /** What the network carries now, in bit/s. */
  setTargetBitrate(bitsPerSecond: number): void;
  /** Nobody needs it any more. */
  close(): void;
}

/** A source that gives encoded media: an encoder, a file, another connection. */
export interface EncodingSource {
  /**
   * Whether it can make the layers of `scalabilityMode` (webrtc-svc) in the codec `name`. Left out: it has what it has, and no mode is
   * refused for its sake, as where frames come encoded.
   */
  canScale?(name: string, scalabilityMode: string): boolean;
  /** Begins to feed `sink` as `demand` says; undefined if it has none of the codecs. */
  encode(demand: EncodingDemand, sink: (media: EncodedMedia) => void): EncodingFeed | undefined;
}

export function isEncodingSource(source: object): source is EncodingSource {
  return 'encode' in source && typeof source.encode === 'function';
}
