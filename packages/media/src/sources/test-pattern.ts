import type { MediaStreamTrack } from '@maru/webrtc';
import type { MediaEngine } from '../engine/media-engine.js';
import { PatternPainter } from './pattern-picture.js';
import { PictureSource } from './picture-source.js';
import { SoundSource } from './sound-source.js';
import { tick } from './ticker.js';

const SAMPLE_RATE = 48_000;
const SAMPLES_EACH = 960;
/** The beep: at each full second, so long, so high. */
export const BEEP = { lengthMs: 100, frequencyHz: 1_000 } as const;
const BEEP_AMPLITUDE = 10_000;

export interface TestPatternOptions {
  readonly engine: MediaEngine;
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
  onError?(error: Error): void;
}

/** A picture with the time burnt in and a beep at each full second, for as long as one of the tracks is live. */
export class TestPattern {
  readonly videoTrack: MediaStreamTrack;
  readonly audioTrack: MediaStreamTrack;
  private readonly stops: (() => void)[];
  private live = 2;

  constructor(options: TestPatternOptions) {
    const { engine, width = 640, height = 360, frameRate = 30 } = options;
    const wallOffset = Date.now() - performance.now();
    const onFree = (): void => {
      this.live -= 1;
      if (this.live === 0) this.stop();
    };
    const shared = { engine, onFree, ...(options.onError && { onError: options.onError }) };
    const pictures = new PictureSource({ ...shared, label: 'test pattern', width, height, frameRate });
    const sounds = new SoundSource({ ...shared, label: 'test beep', sampleRate: SAMPLE_RATE, channels: 1 });
    const painter = new PatternPainter(width, height);
    this.videoTrack = pictures.track;
    this.audioTrack = sounds.track;
    this.stops = [
      tick(frameRate, (count, atMs) => {
        const data = painter.paint(count, Math.floor(atMs + wallOffset));
        pictures.write({ width, height, data, timestampMs: atMs });
      }),
      tick(SAMPLE_RATE / SAMPLES_EACH, (_, atMs) => {
        const samples = beep(atMs + wallOffset);
        sounds.write({ sampleRate: SAMPLE_RATE, channels: 1, samples, timestampMs: atMs });
      }),
    ];
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
    for (const track of [this.videoTrack, this.audioTrack]) track.stop();
  }
}

function beep(wallMs: number): Int16Array {
  return Int16Array.from({ length: SAMPLES_EACH }, (_, index) => {
    const inSecond = (wallMs + (index * 1_000) / SAMPLE_RATE) % 1_000;
    if (inSecond >= BEEP.lengthMs) return 0;
    return Math.round(BEEP_AMPLITUDE * Math.sin((2 * Math.PI * BEEP.frequencyHz * inSecond) / 1_000));
  });
}
