import { LevelMeter } from '../../media/audio.js';

/** Louder than this is speech into the microphone, not the room. */
const SPEECH_LEVEL = 0.55;
/** So much of it, before one is told; and so much time until one is told again. */
const SPEECH_MS = 900;
const TOLD_EVERY_MS = 30_000;

/** Decides, from levels over time, whether somebody talks without noticing that they are muted. Pure: time arrives with each call. */
export class MutedTalk {
  private spokenMs = 0;
  private lastAt = -Infinity;
  private toldAt = -Infinity;

  /** Takes the level at `now` (milliseconds, monotonic); returns whether it is time to tell. */
  hear(now: number, level: number): boolean {
    const elapsed = Math.min(500, now - this.lastAt);
    this.lastAt = now;
    this.spokenMs = level >= SPEECH_LEVEL ? this.spokenMs + elapsed : Math.max(0, this.spokenMs - elapsed / 3);
    if (this.spokenMs < SPEECH_MS || now - this.toldAt < TOLD_EVERY_MS) return false;
    this.toldAt = now;
    this.spokenMs = 0;
    return true;
  }
}

/** Listens to a muted microphone through a copy of its track, which goes to nobody: only its loudness is looked at, and only here. */
export class MutedEar {
  private readonly talk = new MutedTalk();
  private original: MediaStreamTrack | undefined;
  private copy: MediaStreamTrack | undefined;
  private meter: LevelMeter | undefined;

  /** Looks once; `muted` is the microphone while it is off, undefined otherwise. Returns whether to tell the person. */
  listen(now: number, muted: MediaStreamTrack | undefined): boolean {
    if (muted !== this.original) this.follow(muted);
    return this.meter !== undefined && this.talk.hear(now, this.meter.level());
  }

  close(): void {
    this.follow(undefined);
  }

  private follow(track: MediaStreamTrack | undefined): void {
    this.meter?.close();
    this.copy?.stop();
    this.original = track;
    this.copy = track?.clone();
    this.meter = undefined;
    if (!this.copy) return;
    this.copy.enabled = true;
    this.meter = new LevelMeter(this.copy);
  }
}
