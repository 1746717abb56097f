import {
  type EncodedMedia,
  type EncodingDemand,
  type EncodingFeed,
  type EncodingSource,
  type MediaStreamTrack,
  type TrackSource,
  trackOf,
} from '@maru/webrtc';

const FRAMES_A_SECOND = 15;
/** A whole picture is as large as a camera's at 1.2 Mbit/s; half and quarter sizes are a quarter and a sixteenth of that. */
const WHOLE_BYTES = 10_000;

interface Feed {
  readonly rid: string;
  readonly scale: number;
  readonly sink: (media: EncodedMedia) => void;
  isKeyFrameWanted: boolean;
}

/** A camera of 1280 × 720 that gives VP8 in every size that is asked for, as far as anybody looks who does not decode. */
export class LayeredCamera implements TrackSource, EncodingSource {
  readonly kind = 'video';
  readonly label = 'layered';
  readonly isMuted = false;
  readonly settings = { width: 1_280, height: 720, frameRate: FRAMES_A_SECOND };
  readonly track: MediaStreamTrack;
  private readonly feeds = new Set<Feed>();
  private frames = 0;
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.track = trackOf(this);
    this.timer = setInterval(() => this.write(), 1_000 / FRAMES_A_SECOND);
  }

  /** The encodings that are sent now. */
  get rids(): string[] {
    return [...this.feeds].map(({ rid }) => rid).sort();
  }

  encode({ codecs, encoding }: EncodingDemand, sink: (media: EncodedMedia) => void): EncodingFeed | undefined {
    const codec = codecs.find(({ name }) => name === 'VP8');
    if (!codec) return undefined;
    const { rid = '', scaleResolutionDownBy = 1 } = encoding;
    const feed: Feed = { rid, scale: scaleResolutionDownBy, sink, isKeyFrameWanted: true };
    this.feeds.add(feed);
    return {
      codec,
      requestKeyFrame: () => (feed.isKeyFrameWanted = true),
      setTargetBitrate: () => {},
      close: () => void this.feeds.delete(feed),
    };
  }

  attach(): void {}

  detach(): void {}

  stop(): void {
    clearInterval(this.timer);
    this.track.stop();
  }

  private write(): void {
    const timestampMs = (this.frames++ * 1_000) / FRAMES_A_SECOND;
    for (const feed of this.feeds) {
      const { scale, isKeyFrameWanted: isKeyFrame, sink } = feed;
      feed.isKeyFrameWanted = false;
      const [width, height] = [1_280 / scale, 720 / scale];
      const data = new Uint8Array(WHOLE_BYTES / scale ** 2);
      data[0] = isKeyFrame ? 0x10 : 0x11;
      if (isKeyFrame) data.set([0x9d, 0x01, 0x2a, width & 0xff, width >> 8, height & 0xff, height >> 8], 3);
      sink({ data, timestampMs, isKeyFrame, width, height });
    }
  }
}
