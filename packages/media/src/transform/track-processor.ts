import { type MediaStreamTrack, sourceOf } from '@maru/webrtc';
import { defineInterface } from '@maru/webrtc/webidl';
import { findEngine } from '../engine/find-engine.js';
import { LateEngine } from '../engine/late-engine.js';
import type { MediaEngine, Picture, Sound } from '../engine/media-engine.js';
import { receivePictures, receiveSound } from '../sinks/decoded.js';
import { FileTrack } from '../sources/file-track.js';
import { PictureSource } from '../sources/picture-source.js';
import { SoundSource } from '../sources/sound-source.js';
import { type AudioData, audioOfSound } from '../webcodecs/audio-data.js';
import { frameOfPicture, type VideoFrame } from '../webcodecs/video-frame.js';

export interface MediaStreamTrackProcessorInit {
  readonly track: MediaStreamTrack;
  /** So many wait for who reads; with more, the oldest is closed. */
  readonly maxBufferSize?: number;
  /** Decodes; that of this machine if not given. */
  readonly engine?: MediaEngine;
  /** The decoder fell; it begins anew with the next key frame. */
  onError?(error: Error): void;
}

/** A decoder gives what it has in bursts. */
const USUAL_BUFFER = { video: 4, audio: 25 } as const;

/**
 * What a track shows or sounds, as frames to read (mediacapture-transform): of a track that is received, a file's, or one whose
 * pictures and sound are made here.
 *
 *     for await (const frame of new MediaStreamTrackProcessor({ track }).readable) {
 *       …
 *       frame.close();
 *     }
 */
export class MediaStreamTrackProcessor<Item extends VideoFrame | AudioData = VideoFrame | AudioData> {
  readonly #readable: ReadableStream<Item>;

  constructor({ track, maxBufferSize, engine, onError }: MediaStreamTrackProcessorInit) {
    const limit = maxBufferSize ?? USUAL_BUFFER[track.kind];
    if (!(Number.isInteger(limit) && limit >= 1)) throw new TypeError('maxBufferSize is a whole number from 1 on');
    const waiting: Item[] = [];
    let stop: (() => void) | undefined;
    let isWanted = false;
    const end = (): void => {
      stop?.();
      for (const item of waiting.splice(0)) item.close();
    };
    this.#readable = new ReadableStream<Item>(
      {
        start(controller) {
          if (track.readyState === 'ended') return controller.close();
          const take = (item: VideoFrame | AudioData): void => {
            if (track.readyState === 'ended') onEnded(); // stopped here, of which no event tells
            if (!track.enabled || track.readyState === 'ended') return item.close();
            waiting.push(item as Item); // of the kind that the track has, which is what Item says
            if (waiting.length > limit) waiting.shift()?.close();
            if (isWanted) {
              isWanted = false;
              controller.enqueue(waiting.shift()!);
            }
          };
          const onEnded = (): void => {
            end();
            controller.close();
          };
          const leave = listenTo(track, take, engine ?? new LateEngine(findEngine()), onError);
          track.addEventListener('ended', onEnded, { once: true });
          stop = () => {
            leave();
            track.removeEventListener('ended', onEnded);
          };
        },
        pull(controller) {
          const item = waiting.shift();
          if (item) controller.enqueue(item);
          else isWanted = true;
        },
        cancel: end,
      },
      { highWaterMark: 0 }, // what waits, waits here, where the oldest can be closed
    );
  }

  get readable(): ReadableStream<Item> {
    return this.#readable;
  }
}

type Take = (item: VideoFrame | AudioData) => void;

function listenTo(track: MediaStreamTrack, take: Take, engine: MediaEngine, onError?: (error: Error) => void): () => void {
  const source = sourceOf(track);
  if (source instanceof FileTrack) return listenToFile(source, take);
  const local = listenLocally(source, take);
  if (local) return local;
  const options = { engine, ...(onError && { onError }) };
  return track.kind === 'video'
    ? receivePictures(track, options, (picture) => take(frameOf(picture)))
    : receiveSound(track, options, (sound) => take(audioOf(sound)));
}

/** Pictures and sound that are made here are lent: those who read get copies. */
function listenLocally(source: object, take: Take): (() => void) | undefined {
  if (source instanceof PictureSource)
    return source.listen((picture) => take(frameOf({ ...picture, data: new Uint8Array(picture.data) })));
  if (source instanceof SoundSource)
    return source.listen((sound) => take(audioOf({ ...sound, samples: new Int16Array(sound.samples) })));
  return undefined;
}

function listenToFile(file: FileTrack, take: Take): () => void {
  const decoding = file.decode();
  if (!decoding) throw new TypeError('The file was opened without an engine, which decoding needs');
  const stop = listenLocally(decoding.source, take);
  return () => {
    stop?.();
    decoding.release();
  };
}

const frameOf = (picture: Picture): VideoFrame => frameOfPicture(picture, Math.round(picture.timestampMs * 1_000), null);
const audioOf = (sound: Sound): AudioData => audioOfSound(sound, Math.round(sound.timestampMs * 1_000));

defineInterface(MediaStreamTrackProcessor, 'MediaStreamTrackProcessor');
