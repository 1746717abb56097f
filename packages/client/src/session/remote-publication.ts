import type { Instant } from '@maru/protocol/core';
import type { StreamInfo } from '@maru/signaling';
import { ReceivedLevel } from '../audio/audio-meter.js';
import { SpeakingDetector } from '../audio/speaking-detector.js';
import type { RemoteConnection } from '../connection.js';
import type { JsonValue } from '../json.js';
import type { IncomingTrack } from '../mesh/peer.js';
import type { DisplaySize, Muted, RemoteStream, StreamKind, StreamMetadata, SubscribeOptions } from '../stream.js';

/** What a remote stream needs of the call. */
export interface SubscriptionHost {
  now(): Instant;
  createStream(): MediaStream;
  subscriptionChanged(stream: RemotePublication): void;
  displaySizeChanged(stream: RemotePublication): void;
  /** Size, priority or visibility changed: the server is told of all three. */
  viewChanged(): void;
}

/** A stream that somebody else publishes: what is said of it, and the tracks that have arrived. */
export class RemotePublication implements RemoteStream {
  readonly mediaStream: MediaStream;
  closed = false;
  displaySize: DisplaySize | undefined;
  visible = true;
  private wanted = { audio: true, video: true };
  private audio: IncomingTrack | undefined;
  private video: IncomingTrack | undefined;
  private level: ReceivedLevel | undefined;
  private readonly detector = new SpeakingDetector();

  constructor(
    private info: StreamInfo,
    readonly connection: RemoteConnection,
    private readonly host: SubscriptionHost,
  ) {
    this.mediaStream = host.createStream();
  }

  get id(): string {
    return this.info.id;
  }

  get kind(): StreamKind {
    return this.info.kind;
  }

  get metadata(): StreamMetadata {
    return this.info.metadata as Record<string, JsonValue>; // it came out of JSON.parse
  }

  get hasAudio(): boolean {
    return this.info.hasAudio;
  }

  get hasVideo(): boolean {
    return this.info.hasVideo;
  }

  get muted(): Muted {
    return this.info.muted;
  }

  get audioTrack(): MediaStreamTrack | undefined {
    return this.audio?.track;
  }

  get videoTrack(): MediaStreamTrack | undefined {
    return this.video?.track;
  }

  get subscribed(): Required<SubscribeOptions> {
    return this.wanted;
  }

  get speaking(): boolean {
    return this.detector.update(this.host.now(), this.audioLevel());
  }

  audioLevel(): number {
    return this.muted.audio || this.closed ? 0 : (this.level?.level() ?? 0);
  }

  subscribe({ audio = true, video = true }: SubscribeOptions = {}): void {
    this.want(audio, video);
  }

  unsubscribe(): void {
    this.want(false, false);
  }

  setDisplaySize(size: DisplaySize | undefined): void {
    const rounded = size && {
      width: Math.max(1, Math.round(size.width)),
      height: Math.max(1, Math.round(size.height)),
      ...(size.priority !== undefined && { priority: size.priority }),
    };
    const before = this.displaySize;
    const isSameSize = rounded?.width === before?.width && rounded?.height === before?.height;
    if (isSameSize && rounded?.priority === before?.priority) return;
    this.displaySize = rounded;
    if (this.closed) return;
    if (!isSameSize) this.host.displaySizeChanged(this);
    this.host.viewChanged();
  }

  setVisible(visible: boolean): void {
    if (visible === this.visible) return;
    this.visible = visible;
    if (!this.closed) this.host.viewChanged();
  }

  /** What is said of it changed. */
  update(info: StreamInfo): void {
    this.info = info;
  }

  /** The tracks that come in for it now. True when that is a change. */
  setTracks(audio: IncomingTrack | undefined, video: IncomingTrack | undefined): boolean {
    const changed = this.audio?.track !== audio?.track || this.video?.track !== video?.track;
    if (!changed) return false;
    if (this.audio?.track !== audio?.track) {
      this.level?.close();
      this.level = audio && new ReceivedLevel(audio.receiver, audio.track);
    }
    this.swap(this.audio?.track, audio?.track);
    this.swap(this.video?.track, video?.track);
    this.audio = audio;
    this.video = video;
    return true;
  }

  close(): void {
    this.setTracks(undefined, undefined);
    this.closed = true;
  }

  private swap(old: MediaStreamTrack | undefined, next: MediaStreamTrack | undefined): void {
    if (old === next) return;
    if (old) this.mediaStream.removeTrack(old);
    if (next) this.mediaStream.addTrack(next);
  }

  private want(audio: boolean, video: boolean): void {
    if (this.closed || (audio === this.wanted.audio && video === this.wanted.video)) return;
    this.wanted = { audio, video };
    this.host.subscriptionChanged(this);
  }
}
