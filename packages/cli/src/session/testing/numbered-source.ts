import { EncodedSource } from '@maru/webrtc';

const FRAME_MS = 1_000 / 30;
const SOUND_MS = 20;
/** Behind the header that depacketizers look at (RFC 6386 §9.1). */
const NUMBER_AT = 12;
const [WIDTH, HEIGHT] = [320, 180];

/** A camera and a microphone that give numbered frames, in VP8 and Opus as far as anybody looks who does not decode. */
export class NumberedSource {
  readonly video = new EncodedSource({ kind: 'video', codec: 'VP8', onKeyFrameRequest: () => (this.isKeyFrameWanted = true) });
  readonly audio = new EncodedSource({ kind: 'audio', codec: 'opus' });
  private isKeyFrameWanted = true;
  private frames = 0;
  private sounds = 0;
  private readonly startedAt = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.timer = setInterval(() => this.write(), 5);
  }

  get tracks() {
    return [this.video.track, this.audio.track];
  }

  stop(): void {
    clearInterval(this.timer);
    for (const track of this.tracks) track.stop();
  }

  /** Gives what is due. */
  private write(): void {
    const elapsedMs = performance.now() - this.startedAt;
    for (; this.frames * FRAME_MS <= elapsedMs; this.frames++) {
      const isKeyFrame = this.isKeyFrameWanted;
      this.isKeyFrameWanted = false;
      this.video.write({ data: picture(this.frames, isKeyFrame), timestampMs: this.frames * FRAME_MS, isKeyFrame });
    }
    for (; this.sounds * SOUND_MS <= elapsedMs; this.sounds++) {
      this.audio.write({
        data: numbered(new Uint8Array(80), this.sounds),
        timestampMs: this.sounds * SOUND_MS,
        isKeyFrame: true,
      });
    }
  }
}

/** The number of a frame that a {@link NumberedSource} gave. */
export function numberOfFrame(data: Uint8Array): number {
  return new DataView(data.buffer, data.byteOffset).getUint32(NUMBER_AT);
}

function picture(number: number, isKeyFrame: boolean): Uint8Array {
  const frame = new Uint8Array(isKeyFrame ? 1_500 : 500);
  frame[0] = isKeyFrame ? 0x10 : 0x11;
  if (isKeyFrame) frame.set([0x9d, 0x01, 0x2a, WIDTH & 0xff, WIDTH >> 8, HEIGHT & 0xff, HEIGHT >> 8], 3);
  return numbered(frame, number);
}

function numbered(frame: Uint8Array, number: number): Uint8Array {
  new DataView(frame.buffer).setUint32(NUMBER_AT, number);
  return frame;
}
