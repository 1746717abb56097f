import type { Environment } from '../environment/environment.js';
import type { StreamKind } from '../stream.js';

/**
 * Which video codec a sender would rather use. A mesh encodes once for each person, mostly in software: VP8 costs least there.
 * Phones encode H.264 in hardware, which saves their battery. Screens gain most from the newer codecs' tools for still, sharp content.
 */
const ORDERS = {
  camera: ['video/vp8', 'video/h264', 'video/vp9', 'video/av1'],
  phone: ['video/h264', 'video/vp8', 'video/vp9', 'video/av1'],
  screen: ['video/vp9', 'video/av1', 'video/vp8', 'video/h264'],
} as const;

/**
 * The browser's codecs in the order we prefer. Nothing is taken away, so that any two browsers still find one in common; retransmission and
 * redundancy formats keep their place behind the media formats.
 */
export function preferredCodecs<Codec extends { readonly mimeType: string }>(
  codecs: readonly Codec[],
  streamKind: StreamKind,
  isPhone: boolean,
): Codec[] {
  const order: readonly string[] = ORDERS[streamKind === 'screen' ? 'screen' : isPhone ? 'phone' : 'camera'];
  const rank = (codec: Codec): number => {
    const at = order.indexOf(codec.mimeType.toLowerCase());
    return at < 0 ? order.length : at;
  };
  return [...codecs].sort((a, b) => rank(a) - rank(b)); // stable: profiles of one codec keep the browser's order
}

/** Which codecs pictures are negotiated in, and in which order. */
export class VideoCodecs {
  constructor(
    private readonly environment: Pick<Environment, 'videoCodecs' | 'isPhone'>,
    /** Those that are wanted of others, by their names in SDP; undefined: all. */
    private readonly wanted: readonly string[] | undefined = undefined,
  ) {}

  /** For a section in which we send to one person, and may receive. */
  forPair(streamKind: StreamKind): RTCRtpCodec[] | undefined {
    const codecs = this.environment.videoCodecs('receiving');
    return codecs && preferredCodecs(codecs.filter(this.isWanted), streamKind, this.environment.isPhone);
  }

  /** For a section that goes up to the server: VP8 first, which everybody can decode and every browser encodes in layers. */
  forUpload(): RTCRtpCodec[] | undefined {
    const codecs = this.environment.videoCodecs('sending');
    return codecs && preferredCodecs(codecs, 'camera', false);
  }

  /** Keeps what is not wanted out of a section that only receives. */
  limit(transceiver: RTCRtpTransceiver): void {
    if (!this.wanted || transceiver.receiver.track.kind !== 'video' || transceiver.direction === 'stopped') return;
    const codecs = this.environment.videoCodecs('receiving')?.filter(this.isWanted);
    if (codecs && codecs.length > 0) transceiver.setCodecPreferences(codecs);
  }

  /** Retransmissions come with every codec; redundancy around several does not, once codecs are named. */
  private readonly isWanted = ({ mimeType }: RTCRtpCodec): boolean => {
    const name = mimeType.slice('video/'.length).toLowerCase();
    return !this.wanted || name === 'rtx' || this.wanted.some((one) => one.toLowerCase() === name);
  };
}
