import type { MediaKind } from '../track.js';
import { type FrameInlet, type FrameMetadata, type FrameTransform, transformOf } from './frame-transform.js';

/** Frames that a transform may hold back; older ones are lost when it holds more. */
const MAX_HELD = 256;

interface Held {
  readonly counter: number;
  readonly forward: (data: Uint8Array) => void;
}

/** Takes the frames of a sender or receiver through its transform: in the same order, each at most once. */
export class FrameRoute {
  private inlet: FrameInlet | undefined;
  private attached: object | null = null;
  private readonly held: Held[] = [];
  private counter = 0;

  constructor(
    private readonly direction: 'send' | 'receive',
    private readonly kind: MediaKind,
    private readonly requestKeyFrame: (rid: string | undefined) => void,
  ) {}

  /** The object that the script has set. */
  get transform(): object | null {
    return this.attached;
  }

  /** W3C webrtc-encoded-transform §3.2, the setter of `transform`. */
  set(value: unknown): void {
    if (value === null || value === undefined) return this.detach();
    const transform: FrameTransform = transformOf(value);
    if (value === this.attached) return;
    if (transform.isAttached) throw new DOMException('The transform belongs to another sender or receiver', 'InvalidStateError');
    this.detach();
    this.attached = value as object;
    this.inlet = transform.attach(this.direction, this.kind, {
      frame: (counter, data) => this.release(counter, data),
      requestKeyFrame: this.requestKeyFrame,
    });
  }

  private detach(): void {
    this.inlet?.detach();
    this.inlet = undefined;
    this.attached = null;
    this.held.length = 0;
  }

  /** Gives `bytes` to the transform, and what it makes of them to `forward`. Without one they go straight on. */
  take(
    bytes: Uint8Array,
    frame: { readonly isKeyFrame: boolean; readonly rid: string | undefined },
    metadata: () => FrameMetadata,
    forward: (data: Uint8Array) => void,
  ): void {
    if (!this.inlet) return forward(bytes);
    this.counter += 1;
    if (this.held.length === MAX_HELD) this.held.shift();
    this.held.push({ counter: this.counter, forward });
    const data = new Uint8Array(bytes).buffer;
    this.inlet.frame({ ...frame, kind: this.kind, counter: this.counter, data, metadata: metadata() });
  }

  /** The other side needs a key frame of `rid`: `ask` the encoder, unless a script is to be heard first. */
  keyFrameRequested(rid: string | undefined, ask: () => void): void {
    if (this.inlet?.keyFrameRequested) this.inlet.keyFrameRequested(rid);
    else ask();
  }

  /** A frame that comes after a later one, or twice, is dropped (§4.2, "writeEncodedData"). */
  private release(counter: number, data: Uint8Array): void {
    const index = this.held.findIndex((one) => one.counter === counter);
    if (index < 0) return;
    const [frame] = this.held.splice(0, index + 1).slice(-1);
    frame?.forward(data);
  }
}
