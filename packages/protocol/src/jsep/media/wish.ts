import type { Direction } from '../../sdp/index.js';
import type { Codec } from './codec.js';

/** A header extension that may be used (RFC 8285). */
export interface ExtensionWish {
  readonly uri: string;
  readonly direction: Direction;
}

/** One simulcast encoding (RFC 8853). */
export interface EncodingWish {
  readonly rid: string;
  /** Described, and not sent for now. */
  readonly isPaused: boolean;
}

/** The numbers that packets of one encoding carry. */
export interface SourceWish {
  readonly ssrc: number;
  /** Of its retransmissions (RFC 4588), where they have a codec. */
  readonly rtxSsrc?: number;
}

/** What one transceiver wants of its section (RFC 9429 §3.4). Its owner keeps it; JSEP only reads. */
export interface MediaWish {
  readonly kind: 'audio' | 'video';
  /** The section that it has; undefined as long as it has none. */
  readonly mid: string | undefined;
  /** It will send and take nothing any more: its section is given up. */
  readonly isStopped: boolean;
  readonly direction: Direction;
  /** What it sends and takes, best first. One `rtx` stands for the retransmission of all that can be retransmitted. */
  readonly codecs: readonly Codec[];
  /** The order of `codecs` was asked for, so that an answer keeps it instead of the offerer's. */
  readonly hasPreferences: boolean;
  readonly extensions: readonly ExtensionWish[];
  /** The streams that its track is a part of. */
  readonly streamIds: readonly string[];
  readonly trackId: string;
  /** Names the sender in RTCP (RFC 3550 §6.5.1), the same for all of a connection. */
  readonly cname: string;
  /** One for each encoding; described where there is no rid to tell packets by. */
  readonly sources: readonly SourceWish[];
  /** Simulcast: two or more, in the order of the sender's encodings. Empty: one encoding, without a rid. */
  readonly encodings: readonly EncodingWish[];
  /** The other side's simulcast is taken layer by layer; else it is answered as if it were one stream. */
  readonly takesSimulcast: boolean;
  /** Layers that an offer asks for: those that the other side has, so that it keeps them. */
  readonly receiveEncodings?: readonly EncodingWish[];
}
