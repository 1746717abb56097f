import {
  type EncodedMedia,
  type EncodingDemand,
  type EncodingFeed,
  type EncodingSource,
  endTrack,
  type MediaStreamTrack,
  type MediaTrackSettings,
  type TrackSource,
  trackOf,
} from '@maru/webrtc';
import type { Coder, MediaEngine, Sound, SoundFormat } from '../engine/media-engine.js';
import { CaptureClock } from './capture-clock.js';
import { levelBelowFull, SoundLevels } from './sound-level.js';
import { TrackOwner } from './track-owner.js';

const DEFAULT_BPS = 64_000;
const [LEAST_BPS, MOST_BPS] = [12_000, 256_000];

export interface SoundSourceOptions extends SoundFormat {
  readonly engine: MediaEngine;
  readonly label: string;
  onFree?(): void;
  onError?(error: Error): void;
}

/** What is given to all who want one bitrate. The encoder begins with the first sound, and anew when the format of sounds changes. */
interface Line {
  coder: Coder<Sound> | undefined;
  readonly sinks: Set<(media: EncodedMedia) => void>;
}

/** A track of sound that a program of yours makes, encoded with Opus once for all that want the same bitrate. */
export class SoundSource implements TrackSource, EncodingSource {
  readonly kind = 'audio';
  readonly isMuted = false;
  readonly label: string;
  private readonly lines = new Map<number, Line>();
  private readonly listeners = new Set<(sound: Sound) => void>();
  private readonly owner: TrackOwner;
  private readonly levels = new SoundLevels();
  private readonly clock = new CaptureClock();
  private format: SoundFormat;
  private own: MediaStreamTrack | undefined;

  constructor(private readonly options: SoundSourceOptions) {
    const { label, sampleRate, channels } = options;
    this.label = label;
    this.format = { sampleRate, channels };
    this.owner = new TrackOwner(() => {
      this.close();
      options.onFree?.();
    });
  }

  get settings(): MediaTrackSettings {
    const { sampleRate, channels } = this.format;
    return { sampleRate, channelCount: channels, deviceId: this.label };
  }

  /** Made when it is asked for first. */
  get track(): MediaStreamTrack {
    return (this.own ??= trackOf(this));
  }

  /** Borrowed for the call. Sounds follow one another without gaps. */
  write(sound: Sound): void {
    this.levels.add(sound.timestampMs, levelBelowFull(sound.samples));
    this.clock.given(sound.timestampMs);
    const { sampleRate, channels } = sound;
    if (sampleRate !== this.format.sampleRate || channels !== this.format.channels) {
      this.format = { sampleRate, channels };
      this.close();
    }
    for (const [bitrateBps, line] of this.lines) (line.coder ??= this.coderOf(bitrateBps, line)).write(sound);
    for (const listener of this.listeners) listener(sound);
  }

  listen(listener: (sound: Sound) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  encode({ codecs, encoding }: EncodingDemand, sink: (media: EncodedMedia) => void): EncodingFeed | undefined {
    const codec = codecs.find(({ name }) => name.toLowerCase() === 'opus');
    if (!codec || !this.options.engine.encodes.has('opus')) return undefined;
    const bitrateBps = Math.round(Math.min(MOST_BPS, Math.max(LEAST_BPS, encoding.maxBitrate ?? DEFAULT_BPS)));
    const line = this.line(bitrateBps);
    line.sinks.add(sink);
    return {
      codec,
      requestKeyFrame() {},
      setTargetBitrate() {}, // sound is small, and the last to be made worse
      close: () => {
        line.sinks.delete(sink);
        if (line.sinks.size > 0 || this.lines.get(bitrateBps) !== line) return;
        this.lines.delete(bitrateBps);
        line.coder?.close();
      },
    };
  }

  attach(track: MediaStreamTrack): void {
    this.owner.attach(track);
  }

  detach(track: MediaStreamTrack): void {
    this.owner.detach(track);
  }

  /** There is nothing more to hear: its tracks end. */
  end(): void {
    this.close();
    for (const track of this.owner.all) endTrack(track);
  }

  private line(bitrateBps: number): Line {
    const line: Line = this.lines.get(bitrateBps) ?? { coder: undefined, sinks: new Set() };
    this.lines.set(bitrateBps, line);
    return line;
  }

  private coderOf(bitrateBps: number, line: Line): Coder<Sound> {
    return this.options.engine.encodeAudio(
      { codec: 'opus', ...this.format, bitrateBps },
      (chunk) => {
        for (const sink of line.sinks)
          sink({ ...chunk, audioLevel: this.levels.at(chunk.timestampMs), ...this.clock.members(chunk.timestampMs) });
      },
      (error) => {
        this.lines.delete(bitrateBps);
        this.options.onError?.(error ?? new Error('the encoder ended'));
      },
    );
  }

  private close(): void {
    for (const line of this.lines.values()) {
      line.coder?.close();
      line.coder = undefined;
    }
  }
}
