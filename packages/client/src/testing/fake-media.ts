/** A track that can be enabled, stopped and ended; it carries nothing. */
export class FakeTrack extends EventTarget {
  enabled = true;
  contentHint = '';
  readyState: 'live' | 'ended' = 'live';
  readonly label = 'fake device';

  constructor(
    readonly kind: 'audio' | 'video',
    readonly id = `${kind}-track`,
  ) {
    super();
  }

  getSettings(): MediaTrackSettings {
    return this.kind === 'video' ? { width: 1280, height: 720, deviceId: 'camera-1' } : { deviceId: 'microphone-1' };
  }

  getConstraints(): MediaTrackConstraints {
    return {};
  }

  stop(): void {
    this.readyState = 'ended';
  }

  /** The device went away: unlike `stop()`, the browser tells of it. */
  end(): void {
    this.stop();
    this.dispatchEvent(new Event('ended'));
  }
}

/** A set of tracks. */
export class FakeMediaStream {
  private readonly tracks = new Set<FakeTrack>();

  constructor(tracks: readonly FakeTrack[] = []) {
    for (const track of tracks) this.tracks.add(track);
  }

  addTrack(track: FakeTrack): void {
    this.tracks.add(track);
  }

  removeTrack(track: FakeTrack): void {
    this.tracks.delete(track);
  }

  getTracks(): FakeTrack[] {
    return [...this.tracks];
  }
}
