import { type MediaKind, MediaStreamTrack, setMuted } from '@maru/webrtc';
import { defineInterface, INTERNAL } from '@maru/webrtc/webidl';
import { findEngine } from '../engine/find-engine.js';
import { LateEngine } from '../engine/late-engine.js';
import type { MediaEngine } from '../engine/media-engine.js';
import { PictureSource } from '../sources/picture-source.js';
import { SoundSource } from '../sources/sound-source.js';
import { AudioData, soundOfAudio } from '../webcodecs/audio-data.js';
import { pictureOfFrame, VideoFrame } from '../webcodecs/video-frame.js';

export interface GeneratorOptions {
  /** Encodes; that of this machine if not given. */
  readonly engine?: MediaEngine;
  /** Pictures a second that are sent at most, and by which encoders plan; 30 if not given. */
  readonly frameRate?: number;
  /** An encoder fell for good. */
  onError?(error: Error): void;
}

export interface MediaStreamTrackGeneratorInit extends GeneratorOptions {
  readonly kind: MediaKind;
}

/** What bits are planned by until the first picture tells its size. */
const EXPECTED_SIZE = { width: 1_280, height: 720 } as const;
const EXPECTED_SOUND = { sampleRate: 48_000, channels: 1 } as const;
const LABEL = 'generated';

const engineOf = ({ engine }: GeneratorOptions): MediaEngine => engine ?? new LateEngine(findEngine());

function pictureSource(options: GeneratorOptions): PictureSource {
  const { frameRate = 30, onError } = options;
  return new PictureSource({ engine: engineOf(options), label: LABEL, ...EXPECTED_SIZE, frameRate, ...(onError && { onError }) });
}

function soundSource(options: GeneratorOptions): SoundSource {
  const { onError } = options;
  return new SoundSource({ engine: engineOf(options), label: LABEL, ...EXPECTED_SOUND, ...(onError && { onError }) });
}

/** A stream that gives pictures to `source`, and closes them. */
function pictureSink(source: PictureSource): WritableStream<VideoFrame> {
  return new WritableStream({
    write(frame) {
      if (!(frame instanceof VideoFrame)) throw new TypeError('The value is not a VideoFrame');
      const picture = pictureOfFrame(frame);
      if (!picture) throw new TypeError('The frame is closed');
      source.write(picture);
      frame.close();
    },
    close: () => source.end(),
    abort: () => source.end(),
  });
}

function soundSink(source: SoundSource): WritableStream<AudioData> {
  return new WritableStream({
    write(data) {
      if (!(data instanceof AudioData)) throw new TypeError('The value is not an AudioData');
      const sound = soundOfAudio(data);
      if (!sound) throw new TypeError('The AudioData is closed');
      source.write(sound);
      data.close();
    },
    close: () => source.end(),
    abort: () => source.end(),
  });
}

/**
 * A track of pictures or sound that a program of yours writes (the first shape of mediacapture-transform, which Chromium has).
 *
 *     const generator = new MediaStreamTrackGenerator({ kind: 'video' });
 *     connection.addTrack(generator);
 *     await generator.writable.getWriter().write(frame);
 */
export class MediaStreamTrackGenerator<Item extends VideoFrame | AudioData = VideoFrame | AudioData> extends MediaStreamTrack {
  readonly #writable: WritableStream<Item>;

  constructor(init: MediaStreamTrackGeneratorInit) {
    const { kind } = init;
    if (kind !== 'audio' && kind !== 'video') throw new TypeError(`"${String(kind)}" is neither "audio" nor "video"`);
    const source = kind === 'video' ? pictureSource(init) : soundSource(init);
    super(INTERNAL, source);
    // What may be written is of the kind asked for, which is what Item says.
    this.#writable = (source instanceof PictureSource ? pictureSink(source) : soundSink(source)) as WritableStream<Item>;
  }

  get writable(): WritableStream<Item> {
    return this.#writable;
  }
}

/** A track of pictures that a program of yours writes (mediacapture-transform, VideoTrackGenerator). */
export class VideoTrackGenerator {
  readonly #source: PictureSource;
  readonly #writable: WritableStream<VideoFrame>;

  constructor(options: GeneratorOptions = {}) {
    this.#source = pictureSource(options);
    this.#writable = pictureSink(this.#source);
  }

  get track(): MediaStreamTrack {
    return this.#source.track;
  }

  get writable(): WritableStream<VideoFrame> {
    return this.#writable;
  }

  /** Whether the track pauses: what is written meanwhile is not sent. */
  get muted(): boolean {
    return this.#source.isMuted;
  }

  set muted(value: boolean) {
    this.#source.isMuted = Boolean(value);
    setMuted(this.track, this.#source.isMuted);
  }
}

defineInterface(MediaStreamTrackGenerator, 'MediaStreamTrackGenerator');
defineInterface(VideoTrackGenerator, 'VideoTrackGenerator');
