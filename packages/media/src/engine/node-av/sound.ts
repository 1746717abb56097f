import { OPUS_CLOCK_RATE, OpusPacketInfo } from '@maru/protocol/payload';
import { OPUS_ENCODER, PACKET_MS } from '../ffmpeg/audio-encoder.js';
import type { AudioEncoderSettings, SoundFormat } from '../media-engine.js';
import type { Message } from './message.js';
import type { AvCodecContext, AvFilter, AvFrame, AvPacket, NodeAv } from './node-av-module.js';
import { bytesOfSamples, Samples, samplesOfBytes } from './samples.js';
import { checked, type Give, type Worker } from './worker.js';

/** What libopus takes (RFC 6716 §2). */
const OPUS_RATES: ReadonlySet<number> = new Set([8_000, 12_000, 16_000, 24_000, 48_000]);
const MONO = 'mono';
const STEREO = 'stereo';

const layoutName = (channels: number): string => (channels === 1 ? MONO : STEREO);

/** Speakers, a bit each (libavutil/channel_layout.h): the one in front, or left and right. */
const layoutOf = (av: NodeAv, channels: number): object => ({
  nbChannels: channels,
  order: av.AV_CHANNEL_ORDER_NATIVE,
  mask: channels === 1 ? 4n : 3n,
});

/** Makes what it is given 16-bit samples of one rate and so many channels. */
export function soundFilter(av: NodeAv, { sampleRate, channels }: SoundFormat): AvFilter {
  const format = `aformat=sample_fmts=s16:sample_rates=${sampleRate}:channel_layouts=${layoutName(channels)}`;
  return av.FilterAPI.create(`aresample=${sampleRate},${format}`);
}

/** Encodes Opus, 20 ms a packet. */
export class SoundEncoding implements Worker {
  private readonly context: AvCodecContext;
  private readonly samples: Samples;
  private readonly filter: AvFilter | undefined;
  private readonly rate: number;
  private startMs: number | undefined;
  private given = 0;
  private taken = 0;

  constructor(
    private readonly av: NodeAv,
    private readonly settings: AudioEncoderSettings,
    private readonly give: Give,
  ) {
    const { sampleRate, channels, bitrateBps } = settings;
    const codec = av.Codec.findEncoderByName(OPUS_ENCODER);
    if (!codec) throw new Error('This node-av has no encoder for Opus');
    this.rate = OPUS_RATES.has(sampleRate) ? sampleRate : OPUS_CLOCK_RATE;
    this.filter = this.rate === sampleRate ? undefined : soundFilter(av, { sampleRate: this.rate, channels });
    this.samples = new Samples((this.rate * channels * PACKET_MS) / 1_000);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    Object.assign(context, {
      sampleRate: this.rate,
      sampleFormat: av.AV_SAMPLE_FMT_S16,
      channelLayout: layoutOf(av, channels),
      timeBase: new av.Rational(1, this.rate),
      bitRate: BigInt(Math.round(bitrateBps)),
    });
    checked(av, context.setOption('frame_duration', String(PACKET_MS)));
    checked(av, context.setOption('application', 'audio'));
    checked(av, context.open2Sync(codec, null));
    this.context = context;
  }

  take({ data, timestampMs }: Message): void {
    this.startMs ??= timestampMs;
    const { filter, settings } = this;
    if (!filter) this.samples.push(samplesOfBytes(data));
    else {
      const frame = this.frameOf(samplesOfBytes(data), settings.sampleRate);
      for (const one of filter.processAllSync(frame)) this.resampled(one);
      frame.free();
    }
    for (let piece = this.samples.take(); piece; piece = this.samples.take()) this.encode(piece);
  }

  finish(): void {
    for (const one of this.filter?.flushFramesSync() ?? []) this.resampled(one);
    for (
      let piece = this.samples.take() ?? this.samples.takeRest();
      piece;
      piece = this.samples.take() ?? this.samples.takeRest()
    )
      this.encode(piece);
    this.send(null);
  }

  private resampled(frame: AvFrame): void {
    this.samples.push(samplesOfBytes(frame.toBuffer()));
    frame.free();
  }

  private frameOf(samples: Int16Array, sampleRate: number): AvFrame {
    const { av, settings } = this;
    const nbSamples = samples.length / settings.channels;
    const pts = BigInt(this.taken);
    this.taken += nbSamples;
    return av.Frame.fromAudioBuffer(bytesOfSamples(samples), {
      nbSamples,
      format: av.AV_SAMPLE_FMT_S16,
      sampleRate,
      channelLayout: layoutOf(av, settings.channels),
      timeBase: { num: 1, den: sampleRate },
      pts,
    });
  }

  private encode(piece: Int16Array): void {
    const frame = this.frameOf(piece, this.rate);
    this.send(frame);
    frame.free();
  }

  private send(frame: AvFrame | null): void {
    const { av, context } = this;
    checked(av, context.sendFrameSync(frame));
    const packet = new av.Packet();
    packet.alloc();
    while (context.receivePacketSync(packet) >= 0) {
      const timestampMs = (this.startMs ?? 0) + PACKET_MS * this.given++;
      if (packet.data) this.give({ data: packet.data, timestampMs, isKeyFrame: true, width: 0, height: 0 });
      packet.unref();
    }
    packet.free();
  }
}

/** Decodes Opus: a sound for each packet, however long it lasts. */
export class SoundDecoding implements Worker {
  private readonly context: AvCodecContext;
  private readonly filter: AvFilter;
  private readonly info = new OpusPacketInfo();
  private readonly samples = new Samples(1);
  /** What is still to be given of packets that were decoded. */
  private readonly expected: { readonly count: number; readonly timestampMs: number }[] = [];

  constructor(
    private readonly av: NodeAv,
    private readonly format: SoundFormat,
    private readonly give: Give,
  ) {
    const codec = av.Codec.findDecoderByName('libopus');
    if (!codec) throw new Error('This node-av has no decoder for Opus');
    const context = new av.CodecContext();
    context.allocContext3(codec);
    context.sampleRate = OPUS_CLOCK_RATE;
    context.channelLayout = layoutOf(av, format.channels);
    context.pktTimebase = new av.Rational(1, OPUS_CLOCK_RATE);
    checked(av, context.open2Sync(codec, null));
    this.context = context;
    this.filter = soundFilter(av, format);
  }

  private decoded = 0;

  take({ data, timestampMs }: Message): void {
    const { av, format, info, expected } = this;
    if (info.read(data, 0, data.length)) throw new Error('This is no packet of Opus');
    expected.push({ count: Math.round((info.samples * format.sampleRate) / OPUS_CLOCK_RATE) * format.channels, timestampMs });
    const packet = new av.Packet();
    packet.alloc();
    packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    packet.pts = packet.dts = BigInt(this.decoded);
    this.decoded += info.samples;
    this.send(packet);
    packet.free();
  }

  finish(): void {
    this.send(null);
    for (const one of this.filter.flushFramesSync()) this.resampled(one);
  }

  private send(packet: AvPacket | null): void {
    const { av, context } = this;
    checked(av, context.sendPacketSync(packet));
    const frame = new av.Frame();
    frame.alloc();
    while (context.receiveFrameSync(frame) >= 0) {
      for (const one of this.filter.processAllSync(frame)) this.resampled(one);
      frame.unref();
    }
    frame.free();
  }

  private resampled(frame: AvFrame): void {
    this.samples.push(samplesOfBytes(frame.toBuffer()));
    frame.free();
    for (let next = this.expected[0]; next; next = this.expected[0]) {
      const piece = this.samples.take(next.count);
      if (!piece) return;
      this.expected.shift();
      this.give({ data: bytesOfSamples(piece), timestampMs: next.timestampMs, isKeyFrame: false, width: 0, height: 0 });
    }
  }
}
