import type { PictureSize } from '../media-engine.js';
import type { Message } from './message.js';
import type { AvCodecContext, AvFrame, AvPacket, NodeAv } from './node-av-module.js';
import { PictureScaler } from './picture-scaler.js';
import { checked, type Give, MICROSECONDS, microseconds, type Worker } from './worker.js';

/** By the name that SDP gives the codec. */
export const DECODERS: Readonly<Record<string, string>> = { VP8: 'vp8', VP9: 'vp9', H264: 'h264', AV1: 'libdav1d' };

/** Decodes what comes, and gives each picture with the time of its frame. What cannot be decoded throws. */
export class VideoDecoding implements Worker {
  private readonly context: AvCodecContext;
  private readonly scaler: PictureScaler;
  /** Of frames whose pictures have not come. */
  private readonly times = new Map<bigint, number>();

  constructor(
    private readonly av: NodeAv,
    private readonly name: string,
    size: PictureSize | undefined,
    private readonly give: Give,
  ) {
    const codec = av.Codec.findDecoderByName(DECODERS[name] ?? '');
    if (!codec) throw new Error(`This node-av has no decoder for ${name}`);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    context.threadCount = 1;
    context.pktTimebase = new av.Rational(1, MICROSECONDS);
    checked(av, context.setOption('err_detect', 'explode'));
    checked(av, context.setOption('flags', 'low_delay'));
    checked(av, context.open2Sync(codec, null));
    this.context = context;
    this.scaler = new PictureScaler(av, size);
  }

  take({ data, timestampMs }: Message): void {
    const { av, times } = this;
    const packet = new av.Packet();
    packet.alloc();
    packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    packet.pts = packet.dts = microseconds(timestampMs);
    times.set(packet.pts, timestampMs);
    this.send(packet);
    packet.free();
  }

  finish(): void {
    this.send(null);
    if (this.times.size > 0 && this.given === 0) throw new Error(`Nothing of this ${this.name} could be decoded`);
  }

  private given = 0;

  private send(packet: AvPacket | null): void {
    const { av, context } = this;
    checked(av, context.sendPacketSync(packet));
    const frame = new av.Frame();
    frame.alloc();
    let code = context.receiveFrameSync(frame);
    for (; code >= 0; code = context.receiveFrameSync(frame)) {
      this.shown(frame);
      frame.unref();
    }
    frame.free();
    if (code !== av.AVERROR_EAGAIN && code !== av.AVERROR_EOF) checked(av, code);
  }

  private shown(frame: AvFrame): void {
    if (frame.decodeErrorFlags !== 0) throw new Error(`A frame of ${this.name} is broken`);
    const timestampMs = this.times.get(frame.pts);
    if (timestampMs === undefined) return;
    for (const pts of this.times.keys()) if (pts <= frame.pts) this.times.delete(pts); // some are never shown
    const fitted = this.scaler.fit(frame);
    const { width, height } = fitted;
    this.given += 1;
    this.give({ data: fitted.toBuffer(), timestampMs, isKeyFrame: false, width, height });
    if (fitted !== frame) fitted.free();
  }
}
