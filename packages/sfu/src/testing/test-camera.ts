import {
  type EncodedMedia,
  type EncodingDemand,
  type EncodingFeed,
  type EncodingSource,
  type MediaKind,
  type MediaStreamTrack,
  type TrackSource,
  trackOf,
} from '@maru/webrtc';

export const FRAME_MS = 1_000 / 30;
export const SOUND_MS = 20;

interface Feed {
  readonly rid: string;
  readonly sink: (media: EncodedMedia) => void;
  isKeyFrameWanted: boolean;
}

/** Where the number of a frame and the mark of its source stand: behind the header that depacketizers look at (RFC 6386 §9.1). */
const NUMBER_AT = 12;

/**
 * A camera or a microphone of numbered frames, which says whose they are and gives a key frame when it is asked for one. With several
 * encodings each is as large as its place: the first 500 bytes, then twice as many.
 */
export class TestSource implements TrackSource, EncodingSource {
  readonly label = 'test';
  readonly isMuted = false;
  readonly settings = {};
  readonly track: MediaStreamTrack;
  keyFrameRequests = 0;
  sent = 0;
  private readonly feeds = new Set<Feed>();

  constructor(
    readonly kind: MediaKind,
    /** Below 256. */
    readonly mark: number,
    private readonly rids: readonly string[] = [],
  ) {
    this.track = trackOf(this);
  }

  /** Encodings that are sent now. */
  get activeRids(): string[] {
    return [...this.feeds].map(({ rid }) => rid).sort();
  }

  /** Sends the next frame of every encoding. */
  next(): void {
    for (const feed of this.feeds) {
      const isKeyFrame = this.kind === 'audio' || feed.isKeyFrameWanted;
      feed.isKeyFrameWanted = false;
      const place = Math.max(0, this.rids.indexOf(feed.rid));
      const data = this.kind === 'audio' ? this.sound() : this.picture(isKeyFrame, place);
      const stepMs = this.kind === 'audio' ? SOUND_MS : FRAME_MS;
      feed.sink({ data, timestampMs: this.sent * stepMs, isKeyFrame, ...(this.kind === 'audio' && { audioLevel: 20 }) });
    }
    this.sent += 1;
  }

  encode({ codecs, encoding }: EncodingDemand, sink: (media: EncodedMedia) => void): EncodingFeed | undefined {
    const codec = codecs.find(({ name }) => name.toLowerCase() === (this.kind === 'audio' ? 'opus' : 'vp8'));
    if (!codec) return undefined;
    const feed: Feed = { rid: encoding.rid ?? '', sink, isKeyFrameWanted: true };
    this.feeds.add(feed);
    return {
      codec,
      requestKeyFrame: () => {
        this.keyFrameRequests += 1;
        feed.isKeyFrameWanted = true;
      },
      setTargetBitrate: () => {},
      close: () => void this.feeds.delete(feed),
    };
  }

  attach(): void {}

  detach(): void {}

  private picture(isKeyFrame: boolean, place: number): Uint8Array {
    const [width, height] = [320 << place, 180 << place];
    const frame = new Uint8Array((isKeyFrame ? 1_500 : 500) << place);
    frame[0] = isKeyFrame ? 0x10 : 0x11;
    if (isKeyFrame) frame.set([0x9d, 0x01, 0x2a, width & 0xff, width >> 8, height & 0xff, height >> 8], 3);
    return this.signed(frame, place);
  }

  private sound(): Uint8Array {
    return this.signed(new Uint8Array(80), 0);
  }

  private signed(frame: Uint8Array, place: number): Uint8Array {
    new DataView(frame.buffer).setUint32(NUMBER_AT, this.sent);
    frame[NUMBER_AT + 4] = this.mark;
    frame[NUMBER_AT + 5] = place;
    return frame;
  }
}

/** What a frame of a {@link TestSource} says. */
export function signatureOf(data: Uint8Array): { readonly number: number; readonly mark: number; readonly place: number } {
  const number = new DataView(data.buffer, data.byteOffset).getUint32(NUMBER_AT);
  return { number, mark: data[NUMBER_AT + 4]!, place: data[NUMBER_AT + 5]! };
}
