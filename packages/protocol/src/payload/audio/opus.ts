import { Malformed } from '../../core/index.js';

/** The RTP clock of Opus, whatever the audio bandwidth (RFC 7587 §4.1). */
export const OPUS_CLOCK_RATE = 48_000;
/** The longest packet: 120 ms (RFC 6716 §3.2.5). */
export const MAX_OPUS_SAMPLES = 5_760;

export type OpusMode = 'silk' | 'hybrid' | 'celt';

const TRUNCATED = Malformed.of('payload/opus/truncated');
const TOO_LONG = Malformed.of('payload/opus/longer-than-120-ms');
const BAD_FRAMES = Malformed.of('payload/opus/frames-do-not-fill-packet');

const SAMPLES_PER_2_5_MS = 120;
const SILK_SAMPLES = [480, 960, 1_920, 2_880];
const FIRST_HYBRID = 12;
const FIRST_CELT = 16;
const MAX_FRAME_BYTES = 1_275;

/**
 * What an Opus packet says of itself in its first bytes (RFC 6716 §3.1, §3.2): reused from packet to packet.
 *
 *      0 1 2 3 4 5 6 7
 *     | config  |s| c |
 */
export class OpusPacketInfo {
  mode: OpusMode = 'silk';
  /** 1 or 2. */
  channels = 1;
  frameCount = 0;
  /** Of all frames, in samples of {@link OPUS_CLOCK_RATE}: how far the RTP timestamp moves. */
  samples = 0;
  /** There is no audio in it: the sender pauses (discontinuous transmission). */
  isSilent = false;

  /** Reads the packet of `length` bytes at `offset`; a packet that breaks RFC 6716 §3.4 in lengths or duration is refused. */
  read(bytes: Uint8Array, offset: number, length: number): Malformed | undefined {
    if (length < 1) return TRUNCATED;
    const toc = bytes[offset]!;
    const config = toc >> 3;
    const code = toc & 0x03;
    this.mode = config < FIRST_HYBRID ? 'silk' : config < FIRST_CELT ? 'hybrid' : 'celt';
    this.channels = toc & 0x04 ? 2 : 1;
    this.frameCount = code === 0 ? 1 : 2;
    if (code === 3) {
      if (length < 2) return TRUNCATED;
      this.frameCount = bytes[offset + 1]! & 0x3f;
    }
    this.samples = this.frameCount * samplesPerFrame(config);
    this.isSilent = length <= 2;
    if (this.frameCount === 0) return BAD_FRAMES;
    if (this.samples > MAX_OPUS_SAMPLES) return TOO_LONG;
    return this.areFramesSound(code, bytes, offset + 1, offset + length) ? undefined : BAD_FRAMES;
  }

  private areFramesSound(code: number, bytes: Uint8Array, at: number, end: number): boolean {
    const length = end - at;
    if (code === 0) return length <= MAX_FRAME_BYTES;
    if (code === 1) return length % 2 === 0 && length / 2 <= MAX_FRAME_BYTES;
    if (code === 2) {
      const rest = behindFrameLength(bytes, at, end, this.frame);
      return rest >= 0 && rest + this.frame.bytes <= end && end - rest - this.frame.bytes <= MAX_FRAME_BYTES;
    }
    return this.areCountedFramesSound(bytes, at, end);
  }

  /** Code 3: a count, perhaps padding, frames of one length or each with its own (RFC 6716 §3.2.5). */
  private areCountedFramesSound(bytes: Uint8Array, at: number, end: number): boolean {
    const flags = bytes[at]!;
    let rest = at + 1;
    let dataEnd = end;
    if (flags & 0x40) {
      for (let more = true; more; rest += 1) {
        if (rest >= end) return false;
        const byte = bytes[rest]!;
        more = byte === 0xff;
        dataEnd -= more ? 254 : byte;
      }
    }
    if ((flags & 0x80) === 0) {
      const data = dataEnd - rest;
      return data >= 0 && data % this.frameCount === 0 && data / this.frameCount <= MAX_FRAME_BYTES;
    }
    let framesBytes = 0;
    for (let i = 0; i < this.frameCount - 1; i++) {
      rest = behindFrameLength(bytes, rest, end, this.frame);
      if (rest < 0) return false;
      framesBytes += this.frame.bytes;
    }
    const last = dataEnd - rest - framesBytes;
    return last >= 0 && last <= MAX_FRAME_BYTES;
  }

  private readonly frame = { bytes: 0 };
}

/** A frame length of one or two bytes (RFC 6716 §3.2.1); returns what is behind it, or -1. */
function behindFrameLength(bytes: Uint8Array, at: number, end: number, frame: { bytes: number }): number {
  if (at >= end) return -1;
  const first = bytes[at]!;
  frame.bytes = first;
  if (first < 252) return at + 1;
  if (at + 1 >= end) return -1;
  frame.bytes = 4 * bytes[at + 1]! + first;
  return at + 2;
}

function samplesPerFrame(config: number): number {
  if (config < FIRST_HYBRID) return SILK_SAMPLES[config & 3]!;
  if (config < FIRST_CELT) return config & 1 ? 960 : 480;
  return SAMPLES_PER_2_5_MS << (config & 3);
}
