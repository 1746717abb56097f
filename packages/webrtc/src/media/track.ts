import { type Dictionary, toDictionary, toDomString } from '../webidl/convert.js';
import { defineEventHandlers, type EventHandler } from '../webidl/event-handlers.js';
import { defineInterface, INTERNAL, type Internal, refuseScripts } from '../webidl/interface.js';

export type MediaKind = 'audio' | 'video';
export type MediaStreamTrackState = 'live' | 'ended';

/** mediacapture-streams, MediaTrackSettings: what a source does now. */
export type MediaTrackSettings = Readonly<Record<string, boolean | number | string>>;
/** mediacapture-streams, MediaTrackConstraints, kept as they were given. */
export type MediaTrackConstraints = Readonly<Record<string, unknown>>;

/** What a track shows or sounds: a camera, a file, another end's sender. Clones of a track share one. */
export interface TrackSource {
  readonly kind: MediaKind;
  readonly label: string;
  /** Nothing comes for now, and nobody but the source can change that. */
  readonly isMuted: boolean;
  readonly settings: MediaTrackSettings;
  /** One more track is fed by this source. */
  attach(track: MediaStreamTrack): void;
  /** A track has ended; after the last one the source is free. */
  detach(track: MediaStreamTrack): void;
}

interface TrackSlots {
  readonly id: string;
  readonly source: TrackSource;
  enabled: boolean;
  muted: boolean;
  readyState: MediaStreamTrackState;
  contentHint: string;
  constraints: MediaTrackConstraints;
}

const CONTENT_HINTS: Readonly<Record<MediaKind, readonly string[]>> = {
  audio: ['', 'speech', 'speech-recognition', 'music'],
  video: ['', 'motion', 'detail', 'text'],
};

let slotsOf: (track: MediaStreamTrack) => TrackSlots;

/** One source's media, as an object that can be handed on, switched off and ended (mediacapture-streams §4.3). */
export class MediaStreamTrack extends EventTarget {
  readonly #slots: TrackSlots;

  declare onmute: EventHandler;
  declare onunmute: EventHandler;
  declare onended: EventHandler;
  declare onisolationchange: EventHandler;

  static {
    slotsOf = (track) => track.#slots;
  }

  constructor(...[token, source, id]: [Internal, TrackSource, string?]) {
    refuseScripts(token);
    super();
    this.#slots = {
      id: id ?? crypto.randomUUID(),
      source,
      enabled: true,
      muted: source.isMuted,
      readyState: 'live',
      contentHint: '',
      constraints: {},
    };
    source.attach(this);
  }

  get kind(): MediaKind {
    return this.#slots.source.kind;
  }

  get id(): string {
    return this.#slots.id;
  }

  get label(): string {
    return this.#slots.source.label;
  }

  /** Off: silence, or black pictures. */
  get enabled(): boolean {
    return this.#slots.enabled;
  }

  set enabled(value: boolean) {
    this.#slots.enabled = Boolean(value);
  }

  get muted(): boolean {
    return this.#slots.muted;
  }

  get readyState(): MediaStreamTrackState {
    return this.#slots.readyState;
  }

  /** What the media is of, for those who encode it (mst-content-hint §3). An unknown hint is ignored. */
  get contentHint(): string {
    return this.#slots.contentHint;
  }

  set contentHint(value: string) {
    const hint = toDomString(value);
    if (CONTENT_HINTS[this.kind].includes(hint)) this.#slots.contentHint = hint;
  }

  /** Whether scripts may not look at its media (W3C webrtc-identity §7): nothing is kept from scripts of Node.js. */
  get isolated(): boolean {
    void this.#slots;
    return false;
  }

  clone(): MediaStreamTrack {
    const { source, enabled, muted, readyState, contentHint, constraints } = this.#slots;
    const clone = new MediaStreamTrack(INTERNAL, source);
    Object.assign(slotsOf(clone), { enabled, muted, contentHint, constraints });
    if (readyState === 'ended') clone.stop();
    return clone;
  }

  /** Ends the track; no event, since the script knows. */
  stop(): void {
    if (this.#slots.readyState === 'ended') return;
    this.#slots.readyState = 'ended';
    this.#slots.source.detach(this);
  }

  getSettings(): MediaTrackSettings {
    return { ...this.#slots.source.settings };
  }

  getCapabilities(): MediaTrackSettings {
    return { ...this.#slots.source.settings };
  }

  getConstraints(): MediaTrackConstraints {
    return { ...this.#slots.constraints };
  }

  /** Keeps `constraints`; a source of ours has one way to be, so `exact` members that differ from it are refused. */
  async applyConstraints(constraints: MediaTrackConstraints = {}): Promise<void> {
    const wanted = toDictionary(constraints, 'MediaTrackConstraints');
    const unmet = Object.keys(wanted).find((name) => !isMet(wanted, name, this.#slots.source.settings[name]));
    if (unmet !== undefined) throw new OverconstrainedError(unmet, `The source cannot do what "${unmet}" demands`);
    this.#slots.constraints = wanted;
  }
}

function isMet(constraints: Dictionary, name: string, value: unknown): boolean {
  const constraint = constraints[name];
  if (typeof constraint !== 'object' || constraint === null || !('exact' in constraint)) return true;
  return value === undefined || constraint.exact === value;
}

/** A constraint that a source cannot satisfy (mediacapture-streams §4.4). */
export class OverconstrainedError extends DOMException {
  readonly #constraint: string;

  constructor(constraint: string, message = '') {
    super(toDomString(message), 'OverconstrainedError');
    this.#constraint = toDomString(constraint);
  }

  /** The name of the constraint. */
  get constraint(): string {
    return this.#constraint;
  }
}

/** A track fed by `source`: what a camera, a file or a program of yours has to give. */
export function trackOf(source: TrackSource): MediaStreamTrack {
  return new MediaStreamTrack(INTERNAL, source);
}

export function sourceOf(track: MediaStreamTrack): TrackSource {
  return slotsOf(track).source;
}

/** Says that the source of `track` pauses or goes on (mediacapture-streams §4.3.1, "set a track's muted state"). */
export function setMuted(track: MediaStreamTrack, muted: boolean): void {
  const slots = slotsOf(track);
  if (slots.readyState === 'ended' || slots.muted === muted) return;
  slots.muted = muted;
  track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
}

/** Ends `track` because its source has: listeners are told. */
export function endTrack(track: MediaStreamTrack): void {
  if (track.readyState === 'ended') return;
  track.stop();
  track.dispatchEvent(new Event('ended'));
}

defineInterface(MediaStreamTrack, 'MediaStreamTrack');
defineEventHandlers(MediaStreamTrack, ['mute', 'unmute', 'ended', 'isolationchange']);
defineInterface(OverconstrainedError, 'OverconstrainedError');
