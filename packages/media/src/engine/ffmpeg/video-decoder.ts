import { readFrameHeader, type VideoCodec } from '@maru/protocol/payload';
import type { Coder, EncodedChunk, Ended, Picture, PictureSize } from '../media-engine.js';
import { ASIDE, EngineChild } from './child.js';
import { ivfFrame, ivfHeader } from './ivf.js';
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
  program: string,
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
  program: string,
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
  const scale = size ? ['-vf', `scale=${size.width}:${size.height}`] : [];
  const child = new EngineChild({
    program,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-xerror', '-flags', 'low_delay', '-probesize', '32', '-analyzeduration', '0'],
      ...['-f', 'ivf', '-threads', '1', '-i', 'pipe:0', '-copyts', '-map', '0:v:0', '-vsync', 'passthrough', ...scale],
      ...['-pix_fmt', 'yuv420p', '-flush_packets', '1', '-f', 'yuv4mpegpipe', 'pipe:1', '-map', '0:v:0', '-vsync', 'passthrough'],
      ...['-c:v', 'wrapped_avframe', '-flush_packets', '1', '-f', 'mkvtimestamp_v2', ASIDE],
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

interface Stage {
  readonly coder: Coder<EncodedChunk>;
  /** Pictures that wait until the stages before have given theirs. */
  readonly held: Picture[];
  isOver: boolean;
}

/** Decoders one after the other, each for the size of its key frame; their pictures keep their order. */
class AnySize implements Coder<EncodedChunk> {
  /** The first gives; the last is written to. */
  private readonly stages: Stage[] = [];
  private size: PictureSize | undefined;
  private isFinished = false;

  constructor(
    private readonly payload: VideoCodec,
    private readonly start: Start,
    private readonly give: (picture: Picture) => void,
    private readonly ended: Ended,
  ) {
    this.begin();
  }

  write(chunk: EncodedChunk): boolean {
    const size = chunk.isKeyFrame ? readFrameHeader(this.payload, chunk.data).size : undefined;
    if (size && this.size && (size.width !== this.size.width || size.height !== this.size.height)) {
      this.last?.finish();
      this.begin();
    }
    this.size = size ?? this.size;
    return this.last?.write(chunk) ?? false;
  }

  ready(): Promise<void> {
    return this.last?.ready() ?? Promise.resolve();
  }

  finish(): void {
    this.isFinished = true;
    this.last?.finish();
  }

  close(): void {
    for (const { coder } of this.stages.splice(0)) coder.close();
  }

  private get last(): Coder<EncodedChunk> | undefined {
    return this.stages.at(-1)?.coder;
  }

  private begin(): void {
    const held: Picture[] = [];
    const stage: Stage = {
      held,
      isOver: false,
      coder: this.start(
        (picture) => (this.stages[0] === stage ? this.give(picture) : held.push(picture)),
        (error) => this.stageEnded(stage, error),
      ),
    };
    this.stages.push(stage);
  }

  private stageEnded(stage: Stage, error: Error | undefined): void {
    stage.isOver = true;
    const isUnasked = this.stages.at(-1) === stage && !this.isFinished;
    if (error || isUnasked) {
      this.close();
      this.ended(error);
      return;
    }
    while (this.stages[0]?.isOver) {
      this.stages.shift();
      for (const picture of this.stages[0]?.held.splice(0) ?? []) this.give(picture);
    }
    if (this.stages.length === 0) this.ended(undefined);
  }
}
