import { requireArguments, required, toDictionary, toDomString, toSequence } from '../webidl/convert.js';
import { defineEventHandlers, type EventHandler } from '../webidl/event-handlers.js';
import { defineInterface } from '../webidl/interface.js';
import { MediaStreamTrack } from './track.js';

let tracksOf: (stream: MediaStream) => Set<MediaStreamTrack>;
let rename: (stream: MediaStream, id: string) => void;

/** Tracks that belong together (mediacapture-streams §4.2). */
export class MediaStream extends EventTarget {
  readonly #tracks: Set<MediaStreamTrack>;
  #id: string = crypto.randomUUID();

  declare onaddtrack: EventHandler<MediaStreamTrackEvent>;
  declare onremovetrack: EventHandler<MediaStreamTrackEvent>;

  static {
    tracksOf = (stream) => stream.#tracks;
    rename = (stream, id) => {
      stream.#id = id;
    };
  }

  constructor(from?: MediaStream | Iterable<MediaStreamTrack>) {
    const tracks = from instanceof MediaStream ? from.getTracks() : from === undefined ? [] : toTracks(from);
    super();
    this.#tracks = new Set(tracks);
  }

  get id(): string {
    return this.#id;
  }

  /** Whether a track of it is live. */
  get active(): boolean {
    return [...this.#tracks].some(({ readyState }) => readyState === 'live');
  }

  getTracks(): MediaStreamTrack[] {
    return [...this.#tracks];
  }

  getAudioTracks(): MediaStreamTrack[] {
    return this.getTracks().filter(({ kind }) => kind === 'audio');
  }

  getVideoTracks(): MediaStreamTrack[] {
    return this.getTracks().filter(({ kind }) => kind === 'video');
  }

  getTrackById(trackId: string): MediaStreamTrack | null {
    const id = toDomString(trackId);
    return this.getTracks().find((track) => track.id === id) ?? null;
  }

  addTrack(track: MediaStreamTrack): void {
    this.#tracks.add(toTrack(track));
  }

  removeTrack(track: MediaStreamTrack): void {
    this.#tracks.delete(toTrack(track));
  }

  clone(): MediaStream {
    return new MediaStream(this.getTracks().map((track) => track.clone()));
  }
}

export function toTrack(value: unknown): MediaStreamTrack {
  if (!(value instanceof MediaStreamTrack)) throw new TypeError('The value is not a MediaStreamTrack');
  return value;
}

function toTracks(value: unknown): MediaStreamTrack[] {
  return toSequence(value, toTrack, 'sequence of tracks');
}

export function toStream(value: unknown): MediaStream {
  if (!(value instanceof MediaStream)) throw new TypeError('The value is not a MediaStream');
  return value;
}

/** A stream that the other side named. */
export function remoteStream(id: string): MediaStream {
  const stream = new MediaStream();
  rename(stream, id);
  return stream;
}

/** Adds what the other side has added: listeners are told, where a script's own `addTrack` tells nobody. */
export function addRemoteTrack(stream: MediaStream, track: MediaStreamTrack): void {
  if (tracksOf(stream).has(track)) return;
  tracksOf(stream).add(track);
  stream.dispatchEvent(new MediaStreamTrackEvent('addtrack', { track }));
}

export function removeRemoteTrack(stream: MediaStream, track: MediaStreamTrack): void {
  if (tracksOf(stream).delete(track)) stream.dispatchEvent(new MediaStreamTrackEvent('removetrack', { track }));
}

/** A stream has one track more or less (mediacapture-streams §4.2.4). */
export class MediaStreamTrackEvent extends Event {
  readonly #track: MediaStreamTrack;

  constructor(type: string, eventInitDict: EventInit & { track: MediaStreamTrack }) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 2, 'MediaStreamTrackEvent constructor');
    const dictionary = toDictionary(eventInitDict, 'MediaStreamTrackEventInit');
    super(type, eventInitDict);
    this.#track = toTrack(required(dictionary, 'track', 'MediaStreamTrackEventInit'));
  }

  get track(): MediaStreamTrack {
    return this.#track;
  }
}

type EventInit = { bubbles?: boolean; cancelable?: boolean; composed?: boolean };

defineInterface(MediaStream, 'MediaStream');
defineEventHandlers(MediaStream, ['addtrack', 'removetrack']);
defineInterface(MediaStreamTrackEvent, 'MediaStreamTrackEvent');
