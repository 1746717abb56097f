import type { PictureSize } from '../media-engine.js';
import type { AvFrame, AvScaler, NodeAv } from './node-av-module.js';
import { checked } from './worker.js';

/** Makes pictures I420, and of one size where one is wanted. */
export class PictureScaler {
  private scaler: AvScaler | undefined;
  private from = '';

  constructor(
    private readonly av: NodeAv,
    private readonly size: PictureSize | undefined,
  ) {}

  /** The frame itself where there is nothing to do; else another, which the caller frees. */
  fit(frame: AvFrame): AvFrame {
    const { av } = this;
    const { width, height } = this.size ?? frame;
    const format = av.AV_PIX_FMT_YUV420P;
    if (frame.width === width && frame.height === height && frame.format === format) return frame;
    const from = `${frame.width}x${frame.height}/${frame.format}`;
    if (from !== this.from) {
      this.scaler?.freeContext();
      this.scaler = new av.SoftwareScaleContext();
      this.scaler.getContext(frame.width, frame.height, frame.format, width, height, format);
      this.from = from;
    }
    const fitted = new av.Frame();
    fitted.alloc();
    Object.assign(fitted, { width, height, format });
    checked(av, fitted.getBuffer());
    checked(av, this.scaler!.scaleFrameSync(fitted, frame));
    return fitted;
  }
}
