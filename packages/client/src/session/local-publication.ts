import type { StreamSpec } from '@maru/signaling';
import { AudioMeter } from '../audio/audio-meter.js';
import { MaruError } from '../errors.js';
import type { OutgoingTrack } from '../mesh/outgoing.js';
import type { LocalStream, Muted, MuteOptions, PublishOptions, StreamKind, StreamMetadata, TrackKind } from '../stream.js';

/** What a local stream needs of the call that it is published in. */
export interface PublicationHost {
  createStream(): MediaStream;
  /** Tracks or mute state changed: send accordingly. */
  outgoingChanged(): void;
  /** Tells everybody, if the stream is announced already. */
  announce(stream: LocalPublication, change: StreamChange): Promise<void>;
  updated(stream: LocalPublication): void;
  trackEnded(stream: LocalPublication, kind: TrackKind): void;
  withdraw(stream: LocalPublication, reason: 'unpublished' | 'source-ended'): Promise<void>;
}

export interface StreamChange {
  readonly hasAudio?: boolean;
  readonly hasVideo?: boolean;
  readonly muted?: Partial<Muted>;
  readonly metadata?: StreamMetadata;
}

/** One half of a published stream. */
interface Half {
  track: MediaStreamTrack | null;
  /** Whether the others were told that there is such a track. */
  has: boolean;
  muted: boolean;
  /** The camera was stopped by muting; unmuting opens it again with these. */
  reopenWith: MediaTrackConstraints | undefined;
}

/** A stream that we publish: its tracks, its mute state, and what becomes of it when devices come and go. */
export class LocalPublication implements LocalStream {
  readonly kind: StreamKind;
  readonly mediaStream: MediaStream;
  closed = false;
  private meta: StreamMetadata;
  private readonly halves: Record<TrackKind, Half>;
  private readonly maxVideoBitrateBps: number | undefined;
  private readonly isAsIs: boolean;
  private meter: AudioMeter | undefined;
  private readonly stopListening = new Map<MediaStreamTrack, () => void>();

  constructor(
    readonly id: string,
    tracks: readonly MediaStreamTrack[],
    options: PublishOptions,
    private readonly host: PublicationHost,
  ) {
    this.mediaStream = host.createStream();
    this.kind = options.kind ?? 'camera';
    this.isAsIs = options.asIs ?? false;
    this.meta = options.metadata ?? {};
    this.maxVideoBitrateBps = options.maxVideoBitrateBps;
    this.halves = {
      audio: half(trackOf(tracks, 'audio'), options.muted?.audio ?? false),
      video: half(trackOf(tracks, 'video'), options.muted?.video ?? false),
    };
    for (const kind of ['audio', 'video'] as const) this.adopt(kind);
  }

  get metadata(): StreamMetadata {
    return this.meta;
  }

  get audioTrack(): MediaStreamTrack | undefined {
    return this.halves.audio.track ?? undefined;
  }

  get videoTrack(): MediaStreamTrack | undefined {
    return this.halves.video.track ?? undefined;
  }

  get muted(): Muted {
    return { audio: this.halves.audio.muted, video: this.halves.video.muted };
  }

  /** How it is announced to the others. */
  get spec(): StreamSpec {
    const { audio, video } = this.halves;
    return { id: this.id, kind: this.kind, hasAudio: audio.has, hasVideo: video.has, muted: this.muted, metadata: this.meta };
  }

  /** What each person should get of it. */
  outgoing(): OutgoingTrack[] {
    const tracks: OutgoingTrack[] = [];
    for (const kind of ['audio', 'video'] as const) {
      const { has, track, muted } = this.halves[kind];
      if (!has) continue;
      const maxBitrateBps = kind === 'video' ? this.maxVideoBitrateBps : undefined;
      const { id: streamId, kind: streamKind, mediaStream: wireStream, isAsIs } = this;
      tracks.push({ streamId, streamKind, kind, track, wireStream, muted, maxBitrateBps, isAsIs });
    }
    return tracks;
  }

  audioLevel(): number {
    const { track, muted } = this.halves.audio;
    if (!track || muted) return 0;
    this.meter ??= new AudioMeter(track);
    return this.meter.level();
  }

  async mute(kind: TrackKind, options: MuteOptions = {}): Promise<void> {
    const mine = this.requireHalf(kind);
    mine.muted = true;
    if (mine.track) mine.track.enabled = false;
    if (kind === 'video' && options.stopDevice && mine.track) this.stopDevice(mine, mine.track);
    await this.tell(kind, { muted: { [kind]: true } });
  }

  async unmute(kind: TrackKind): Promise<void> {
    const mine = this.requireHalf(kind);
    if (mine.reopenWith) await this.reopenDevice(mine, mine.reopenWith);
    mine.muted = false;
    if (mine.track) mine.track.enabled = true;
    await this.tell(kind, { muted: { [kind]: false } });
  }

  async replaceTrack(kind: TrackKind, track: MediaStreamTrack | null): Promise<void> {
    if (track && track.kind !== kind)
      throw new MaruError('sdk/invalid-argument', `expected a track of kind ${kind}, got ${track.kind}`);
    const mine = this.requireHalf(kind);
    mine.reopenWith = undefined;
    this.drop(kind);
    mine.track = track;
    this.adopt(kind);
    const had = mine.has;
    mine.has = track !== null;
    await this.tell(kind, had === mine.has ? {} : kind === 'audio' ? { hasAudio: mine.has } : { hasVideo: mine.has });
  }

  async updateMetadata(change: StreamMetadata): Promise<void> {
    this.requireOpen();
    this.meta = { ...this.meta, ...change };
    this.host.updated(this);
    await this.host.announce(this, { metadata: this.meta });
  }

  async unpublish(): Promise<void> {
    if (!this.closed) await this.host.withdraw(this, 'unpublished');
  }

  /** It is published no more. The tracks stay as they are: they are the page's. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.meter?.close();
    for (const stop of this.stopListening.values()) stop();
    this.stopListening.clear();
  }

  private async tell(kind: TrackKind, change: StreamChange): Promise<void> {
    if (kind === 'audio') this.resetMeter();
    this.host.outgoingChanged();
    this.host.updated(this);
    if (Object.keys(change).length > 0) await this.host.announce(this, change);
  }

  private resetMeter(): void {
    this.meter?.close();
    this.meter = undefined;
  }

  private stopDevice(mine: Half, track: MediaStreamTrack): void {
    mine.reopenWith = { ...track.getConstraints(), deviceId: track.getSettings().deviceId ?? '' };
    this.drop('video');
    mine.track = null;
    track.stop();
  }

  private async reopenDevice(mine: Half, constraints: MediaTrackConstraints): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia({ video: constraints });
    const [track] = stream.getVideoTracks();
    if (this.closed) return track?.stop();
    mine.reopenWith = undefined;
    mine.track = track ?? null;
    this.adopt('video');
  }

  private adopt(kind: TrackKind): void {
    const { track, muted } = this.halves[kind];
    if (!track) return;
    if (muted) track.enabled = false;
    this.mediaStream.addTrack(track);
    const ended = (): void => this.ended(kind, track);
    track.addEventListener('ended', ended);
    this.stopListening.set(track, () => track.removeEventListener('ended', ended));
  }

  private drop(kind: TrackKind): void {
    const { track } = this.halves[kind];
    if (!track) return;
    this.mediaStream.removeTrack(track);
    this.stopListening.get(track)?.();
    this.stopListening.delete(track);
  }

  /** The device went away, or the person stopped sharing by the browser's own button. */
  private ended(kind: TrackKind, track: MediaStreamTrack): void {
    if (this.closed || this.halves[kind].track !== track) return;
    const carriesAll =
      this.kind === 'screen' ? kind === 'video' : this.mediaStream.getTracks().every((one) => one.readyState === 'ended');
    if (this.kind !== 'camera' && carriesAll) void this.host.withdraw(this, 'source-ended').catch(() => undefined);
    else this.host.trackEnded(this, kind);
  }

  private requireHalf(kind: TrackKind): Half {
    this.requireOpen();
    return this.halves[kind];
  }

  private requireOpen(): void {
    if (this.closed) throw new MaruError('sdk/invalid-state', `stream ${this.id} is not published any more`);
  }
}

function half(track: MediaStreamTrack | null, muted: boolean): Half {
  return { track, has: track !== null, muted, reopenWith: undefined };
}

function trackOf(tracks: readonly MediaStreamTrack[], kind: TrackKind): MediaStreamTrack | null {
  return tracks.find((track) => track.kind === kind) ?? null;
}
