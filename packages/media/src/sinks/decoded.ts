import { type MediaStreamTrack, type ReceivedMedia, receiveEncoded } from '@maru/webrtc';
import type { Coder, EncodedChunk, MediaEngine, Picture, PictureFormat, Sound, SoundFormat } from '../engine/media-engine.js';
import { MediaTimeline } from './media-timeline.js';

export interface DecodingOptions {
  readonly engine: MediaEngine;
  /** It fell, and begins anew with the next key frame. */
  onError?(error: Error): void;
}

/**
 * Gives the pictures of a received track to `give`, in `format` whatever size they come in, until the function returned is called.
 * Their timestamps are on the clock on which they arrive (`performance.now()`).
 */
export function receivePictures(
  track: MediaStreamTrack,
  { engine, onError, ...format }: DecodingOptions & PictureFormat,
  give: (picture: Picture) => void,
): () => void {
  const begin: Begin = (codec, ended) => engine.decodeVideo(codec, format, give, ended);
  return decode(track, begin, onError);
}

/** Gives the sound of a received track to `give`, 20 ms at a time. */
export function receiveSound(
  track: MediaStreamTrack,
  { engine, onError, ...format }: DecodingOptions & SoundFormat,
  give: (sound: Sound) => void,
): () => void {
  const begin: Begin = (codec, ended) => engine.decodeAudio(codec, format, give, ended);
  return decode(track, begin, onError);
}

type Begin = (codec: string, ended: (error: Error | undefined) => void) => Coder<EncodedChunk>;

/** Feeds a decoder of the codec that comes now, from a key frame on. */
function decode(track: MediaStreamTrack, begin: Begin, onError: DecodingOptions['onError']): () => void {
  let decoder: Coder<EncodedChunk> | undefined;
  let decodes = '';
  let timeline: MediaTimeline | undefined;
  const take = ({ codec, data, isKeyFrame, rtpTimestamp, receivedAtMs }: ReceivedMedia): void => {
    if (decodes !== codec.name) {
      decoder?.close();
      decoder = undefined;
      timeline = new MediaTimeline(codec.clockRate);
      decodes = codec.name;
    }
    const timestampMs = timeline?.place(rtpTimestamp, receivedAtMs) ?? receivedAtMs;
    if (!decoder && !isKeyFrame) return;
    decoder ??= begin(codec.name, (error) => {
      decoder = undefined;
      if (error) onError?.(error);
    });
    const isTaken = decoder.write({ data, isKeyFrame, timestampMs });
    if (isTaken || codec.name === 'opus') return;
    decoder.close(); // what follows a frame that was left out would be wrong: the next key frame begins anew
    decoder = undefined;
  };
  const stop = receiveEncoded(track, take);
  return () => {
    stop();
    decoder?.close();
  };
}
