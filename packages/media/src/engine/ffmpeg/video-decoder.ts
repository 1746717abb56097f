import { readFrameHeader, type VideoCodec } from '@maru/protocol/payload';
import { CoderChain } from '../coder-chain.js';
import type { Coder, EncodedChunk, Ended, Picture, PictureSize } from '../media-engine.js';
import { ASIDE, EngineChild } from './child.js';
import { ivfFrame, ivfHeader } from './ivf.js';
import type { FfmpegProgram } from './program.js';
import { NumberLines, PictureClock } from './timestamps.js';
import { Y4mReader } from './y4m.js';

/** What is decoded, by the name that SDP gives it. */
export const DECODED_VIDEO: Readonly<Record<string, { readonly fourCc: string; readonly payload: VideoCodec }>> = {
  VP8: { fourCc: 'VP80', payload: 'vp8' },
  VP9: { fourCc: 'VP90', payload: 'vp9' },
  H264: { fourCc: 'H264', payload: 'h264' },
  AV1: { fourCc: 'AV01', payload: 'av1' },
};
/** Encoded bytes that may wait for the decoder. */
export const WAITING_BYTES = 2 * 1024 * 1024;
/** Before a key frame has told the size; decoders find it themselves. */
const ANY_SIZE: PictureSize = { width: 640, height: 360 };

/** Decodes into pictures of one size, or of the size that they have: then each new size is decoded by another process. */
export function startVideoDecoder(
  program: FfmpegProgram,
  codec: string,
  size: PictureSize | undefined,
  give: (picture: Picture) => void,
  ended: Ended,
): Coder<EncodedChunk> {
  if (size) return startOneSize(program, codec, size, give, ended);
  return new AnySize(
    DECODED_VIDEO[codec]!.payload,
    (give, ended) => startOneSize(program, codec, undefined, give, ended),
    give,
    ended,
  );
}

function startOneSize(
  program: FfmpegProgram,
  codec: string,
  size: PictureSize | undefined,
  give: (picture: Picture) => void,
  ended: Ended,
): Coder<EncodedChunk> {
  const { fourCc } = DECODED_VIDEO[codec]!;
  const clock = new PictureClock();
  const times: number[] = [];
  const pictures: { readonly data: Uint8Array; readonly size: PictureSize }[] = [];
  const giveComplete = (): void => {
    while (times.length > 0 && pictures.length > 0) {
      const { data, size } = pictures.shift()!;
      give({ ...size, data, timestampMs: clock.take(times.shift()!) });
    }
  };
  const lines = new NumberLines((ms) => times.push(ms));
  const reader = new Y4mReader((data, size) => pictures.push({ data, size }));
  // Each picture once, with its own time in milliseconds.
  const passed = ['-map', '0:v:0', ...program.passthrough, '-enc_time_base', '1:1000'];
  const scale = size ? ['-vf', `scale=${size.width}:${size.height}`] : [];
  const child = new EngineChild({
    program: program.path,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-xerror', '-flags', 'low_delay', '-probesize', '32', '-analyzeduration', '0'],
      ...['-f', 'ivf', '-threads', '1', '-i', 'pipe:0', '-copyts', ...passed, ...scale, '-pix_fmt', 'yuv420p'],
      ...['-flush_packets', '1', '-f', 'yuv4mpegpipe', 'pipe:1', ...passed, '-c:v', 'wrapped_avframe'],
      ...['-flush_packets', '1', '-f', 'mkvtimestamp_v2', ASIDE],
    ],
    maxWaitingBytes: WAITING_BYTES,
    data(bytes) {
      const isSound = reader.push(bytes);
      giveComplete();
      return isSound;
    },
    aside(bytes) {
      lines.push(bytes);
      giveComplete();
    },
    ended,
  });
  const { width, height } = size ?? ANY_SIZE;
  child.write(ivfHeader(fourCc, width, height));
  return {
    write({ data, timestampMs }) {
      if (child.isBehind) return false;
      return child.write(ivfFrame(data, clock.told(timestampMs)));
    },
    ready: () => child.ready(),
    finish: () => child.finish(),
    close: () => child.close(),
  };
}

type Start = (give: (picture: Picture) => void, ended: Ended) => Coder<EncodedChunk>;

/** Decodes pictures of any size: another decoder for each. */
class AnySize implements Coder<EncodedChunk> {
  private readonly chain: CoderChain<EncodedChunk, Picture, Coder<EncodedChunk>>;
  private size: PictureSize | undefined;

  constructor(
    private readonly payload: VideoCodec,
    private readonly start: Start,
    give: (picture: Picture) => void,
    ended: Ended,
  ) {
    this.chain = new CoderChain(give, ended);
    this.chain.begin(start);
  }

  write(chunk: EncodedChunk): boolean {
    const size = chunk.isKeyFrame ? readFrameHeader(this.payload, chunk.data).size : undefined;
    const isOther = size && this.size && (size.width !== this.size.width || size.height !== this.size.height);
    if (isOther) this.chain.begin(this.start);
    this.size = size ?? this.size;
    return this.chain.last?.write(chunk) ?? false;
  }

  ready(): Promise<void> {
    return this.chain.ready();
  }

  finish(): void {
    this.chain.finish();
  }

  close(): void {
    this.chain.close();
  }
}
