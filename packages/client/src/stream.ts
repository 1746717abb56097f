import type { RemoteConnection } from './connection.js';
import type { JsonValue } from './json.js';

export type StreamKind = 'camera' | 'screen' | 'custom';
export type TrackKind = 'audio' | 'video';
export type StreamMetadata = Readonly<Record<string, JsonValue>>;

/** Which halves of a stream are muted by the person who publishes it. */
export interface Muted {
  readonly audio: boolean;
  readonly video: boolean;
}

export interface PublishOptions {
  /** `camera` when left out. Decides bitrates and degradation: a screen keeps its sharpness, a camera its motion. */
  readonly kind?: StreamKind;
  readonly metadata?: StreamMetadata;
  /** Start muted: the tracks' devices need not even be running. */
  readonly muted?: Partial<Muted>;
  /** Upper limit for video to one person in bits per second; the SDK's own policy stays below it. */
  readonly maxVideoBitrateBps?: number;
  /**
   * The media is encoded already and goes out as it is: whole, in one encoding, at the bitrate that it has. For files and for
   * sources that encode by themselves (Node.js); what a line does not carry of it is lost.
   */
  readonly asIs?: boolean;
}

/** What muting does to the device. */
export interface MuteOptions {
  /** Video only: stop the camera (its light goes out); unmuting opens it again with the same constraints. */
  readonly stopDevice?: boolean;
}

/** A stream that we publish. */
export interface LocalStream {
  readonly id: string;
  readonly kind: StreamKind;
  readonly metadata: StreamMetadata;
  /** The stream given to `publish`, with the tracks that are live now: show it as the self view. */
  readonly mediaStream: MediaStream;
  readonly audioTrack: MediaStreamTrack | undefined;
  readonly videoTrack: MediaStreamTrack | undefined;
  readonly muted: Muted;
  /** Unpublished, or the call is over. */
  readonly closed: boolean;
  /** Loudness of our own audio now, 0 to 1 (0 when muted or without audio). */
  audioLevel(): number;
  /** Stops sending audio or video at once and tells everybody. */
  mute(kind: TrackKind, options?: MuteOptions): Promise<void>;
  /** Sends again. Rejects with the browser's own error when a stopped camera cannot be opened again. */
  unmute(kind: TrackKind): Promise<void>;
  /** Another device (or none) in place of the one that sends, without a gap for the others. A kind that was not there is added. */
  replaceTrack(kind: TrackKind, track: MediaStreamTrack | null): Promise<void>;
  updateMetadata(change: StreamMetadata): Promise<void>;
  /** Takes it down for everybody. The tracks are not stopped: they are the page's. */
  unpublish(): Promise<void>;
}

/** What one wants of a stream. Everything when left out. */
export interface SubscribeOptions {
  readonly audio?: boolean;
  readonly video?: boolean;
}

/** How a stream is shown. */
export interface DisplaySize {
  readonly width: number;
  readonly height: number;
  /** When a line does not carry everything: 0 a thumbnail, 1 as all others (when left out), 2 pinned or a shared screen. */
  readonly priority?: 0 | 1 | 2;
}

/** A stream that somebody else publishes. Subscribed by itself, until told otherwise. */
export interface RemoteStream {
  readonly id: string;
  readonly kind: StreamKind;
  readonly metadata: StreamMetadata;
  readonly connection: RemoteConnection;
  /** Always the same object: assign it once to `srcObject`; tracks come and go within. */
  readonly mediaStream: MediaStream;
  readonly audioTrack: MediaStreamTrack | undefined;
  readonly videoTrack: MediaStreamTrack | undefined;
  /** What its publisher says it has (tracks may still be on their way). */
  readonly hasAudio: boolean;
  readonly hasVideo: boolean;
  readonly muted: Muted;
  readonly subscribed: Required<SubscribeOptions>;
  readonly closed: boolean;
  /** Loudness now, 0 to 1: read it in an animation frame to show who speaks. */
  audioLevel(): number;
  /** Whether it has been loud enough, long enough, to be called speaking. */
  readonly speaking: boolean;
  /** Asks for this stream, or part of it, again. */
  subscribe(options?: SubscribeOptions): void;
  /** Stops it coming: its publisher stops sending it to us, which saves both sides the bandwidth. */
  unsubscribe(): void;
  /** How large it is shown, in device pixels, and how much it matters; no more than that comes. `undefined`: as large as it comes. */
  setDisplaySize(size: DisplaySize | undefined): void;
  /** Whether it can be seen. Of what cannot, the server sends no picture; sound goes on. Browsers that send to us directly go on sending. */
  setVisible(visible: boolean): void;
}
