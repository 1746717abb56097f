import { PACKET_MS } from '../ffmpeg/audio-encoder.js';
import { fitted } from '../ffmpeg/raw-reader.js';
import type { PictureFormat, RawInput, SoundFormat } from '../media-engine.js';
import type { AvDemuxer, AvFilter, AvFrame, NodeAv } from './node-av-module.js';
import { bytesOfSamples, Samples, samplesOfBytes } from './samples.js';
import { soundFilter } from './sound.js';
import type { Give } from './worker.js';

/** What a file says of how its pictures are to be turned clockwise, by the upper left of its matrix (ISO/IEC 14496-12 §6.2.2). */
const TURNS: Readonly<Record<string, string>> = {
  '0,1,-1,0': 'transpose=clock,',
  '-1,0,0,-1': 'hflip,vflip,',
  '0,-1,1,0': 'transpose=cclock,',
};

/** Gives the pictures of a file, a camera or a screen as fast as they are taken. */
export function readPictures(av: NodeAv, input: RawInput, format: PictureFormat, give: Give): void {
  const { width, height, frameRate } = format;
  const opened = open(av, input, frameRate);
  let filter: AvFilter | undefined;
  let count = 0;
  const show = (frames: Iterable<AvFrame>): void => {
    for (const frame of frames) {
      give({ data: frame.toBuffer(), timestampMs: (count++ * 1_000) / frameRate, isKeyFrame: false, width, height });
      frame.free();
    }
  };
  for (const { frame, offset } of framesOf(av, input, opened, av.AVMEDIA_TYPE_VIDEO)) {
    const times = `setpts=PTS-${offset},fps=fps=${frameRate}${input.type === 'file' ? ':start_time=0' : ''}`;
    filter ??= av.FilterAPI.create(`${times},${turnOf(av, frame)}${fitted(width, height)},format=yuv420p`);
    show(filter.processAllSync(frame));
    frame.free();
  }
  show(filter?.flushFramesSync() ?? []);
}

/** Gives the sound of a file or a microphone, 20 ms at a time. */
export function readSound(av: NodeAv, input: RawInput, format: SoundFormat, give: Give): void {
  const { sampleRate, channels } = format;
  const opened = open(av, input);
  const filter = soundFilter(av, format);
  const samples = new Samples((sampleRate * channels * PACKET_MS) / 1_000);
  let count = 0;
  const sound = (frames: Iterable<AvFrame>): void => {
    for (const frame of frames) {
      samples.push(samplesOfBytes(frame.toBuffer()));
      frame.free();
    }
    for (let piece = samples.take(); piece; piece = samples.take())
      give({ data: bytesOfSamples(piece), timestampMs: PACKET_MS * count++, isKeyFrame: false, width: 0, height: 0 });
  };
  for (const { frame } of framesOf(av, input, opened, av.AVMEDIA_TYPE_AUDIO)) {
    sound(filter.processAllSync(frame));
    frame.free();
  }
  sound(filter.flushFramesSync());
}

function open(av: NodeAv, input: RawInput, frameRate?: number): AvDemuxer {
  switch (input.type) {
    case 'file': {
      const demuxer = av.Demuxer.openSync(input.path, {});
      if (input.startMs > 0) demuxer.seekSync(demuxer.startTime + input.startMs / 1_000);
      return demuxer;
    }
    case 'camera': {
      const size = input.width && input.height ? { video_size: `${input.width}x${input.height}` } : {};
      return av.Demuxer.openSync(input.device, { format: 'v4l2', options: size });
    }
    case 'screen':
      return av.Demuxer.openSync(input.display, { format: 'x11grab', options: { framerate: String(frameRate ?? 30) } });
    case 'microphone': {
      if (input.device.startsWith('pulse:')) throw new Error('node-av does not listen to PulseAudio; ffmpeg does');
      return av.Demuxer.openSync(input.device.replace(/^\w+:/, ''), { format: 'alsa', options: {} });
    }
  }
}

/** The frames of the first track of a kind, from where the input is to be read, and what is taken off their times to count from there. */
function* framesOf(av: NodeAv, input: RawInput, demuxer: AvDemuxer, kind: number): Generator<{ frame: AvFrame; offset: string }> {
  const stream = demuxer.streams.find(({ codecpar }) => codecpar.codecType === kind);
  if (!stream) return;
  const decoder = av.Decoder.createSync(stream);
  const fromSeconds = input.type === 'file' ? demuxer.startTime + input.startMs / 1_000 : undefined;
  const offset = fromSeconds === undefined ? 'STARTPTS' : `${fromSeconds}/TB`;
  function* wanted(frames: Iterable<AvFrame>): Generator<{ frame: AvFrame; offset: string }> {
    for (const frame of frames) {
      const seconds = (Number(frame.pts) * frame.timeBase.num) / frame.timeBase.den;
      if (fromSeconds === undefined || seconds >= fromSeconds - 0.001) yield { frame, offset };
      else frame.free();
    }
  }
  for (const packet of demuxer.packetsSync(stream.index)) {
    if (packet) yield* wanted(decoder.decodeAllSync(packet));
    packet?.free();
  }
  yield* wanted(decoder.decodeAllSync(null));
}

function turnOf(av: NodeAv, frame: AvFrame): string {
  const matrix = frame.getSideData(av.AV_FRAME_DATA_DISPLAYMATRIX);
  if (!matrix || matrix.length < 20) return '';
  const view = new DataView(matrix.buffer, matrix.byteOffset, matrix.length);
  const sign = (index: number): number => Math.sign(view.getInt32(4 * index, true)); // in the order of the machine
  return TURNS[[0, 1, 3, 4].map(sign).join()] ?? '';
}
