import { OpusPacketInfo } from '@maru/protocol/payload';
import { type MediaStreamTrack, type ReceivedMedia, receiveEncoded, requestKeyFrame } from '@maru/webrtc';
import type { Coder, EncodedChunk, MediaEngine, Picture, PictureSize, Sound } from '../engine/media-engine.js';
import { type Rotation, Turns, turnedPicture } from '../engine/turned-picture.js';
import { scaleI420 } from '../engine/webcodecs/scale.js';
import { MediaTimeline } from './media-timeline.js';

export interface DecodingOptions {
  readonly engine: MediaEngine;
  /** It fell, and begins anew with the next key frame. */
  onError?(error: Error): void;
}

export interface PictureDecodingOptions extends DecodingOptions {
  /** The size that all pictures are to have; that in which they come if not given. */
  readonly width?: number;
  readonly height?: number;
}

export interface SoundDecodingOptions extends DecodingOptions {
  /** 48,000 if not given. */
  readonly sampleRate?: number;
  /** As many as the sender has if not given. */
  readonly channels?: number;
}

/**
 * Gives the pictures of a received track to `give`, upright, until the function returned is called. Their timestamps are on the clock on
 * which they arrive (`performance.now()`).
 */
export function receivePictures(
  track: MediaStreamTrack,
  { engine, onError, width, height }: PictureDecodingOptions,
  give: (picture: Picture) => void,
): () => void {
  const size = width !== undefined && height !== undefined ? { width, height } : undefined;
  const turns = new Turns();
  const giveUpright = (picture: Picture): void => give(upright(picture, turns.at(picture.timestampMs), size));
  const begin: Begin = (codec, _, ended) => engine.decodeVideo(codec, size, giveUpright, ended);
  return decode(track, begin, onError, (timestampMs, rotation) => turns.told(timestampMs, rotation));
}

/** Gives the sound of a received track to `give`, a packet at a time. */
export function receiveSound(
  track: MediaStreamTrack,
  { engine, onError, sampleRate = 48_000, channels }: SoundDecodingOptions,
  give: (sound: Sound) => void,
): () => void {
  const info = new OpusPacketInfo();
  const begin: Begin = (codec, first, ended) => {
    info.read(first, 0, first.length);
    return engine.decodeAudio(codec.toLowerCase(), { sampleRate, channels: channels ?? info.channels }, give, ended);
  };
  return decode(track, begin, onError);
}

/** Turned as its sender says; in `size`, if one is wanted, also where it stood on its side. */
function upright(picture: Picture, rotation: Rotation, size: PictureSize | undefined): Picture {
  const turned = turnedPicture(picture, rotation);
  if (!size || (turned.width === size.width && turned.height === size.height)) return turned;
  return { ...size, data: scaleI420(turned, size), timestampMs: turned.timestampMs };
}

type Begin = (codec: string, first: Uint8Array, ended: (error: Error | undefined) => void) => Coder<EncodedChunk>;

/** Feeds a decoder of the codec that comes now, from a key frame on, for which it asks. */
function decode(
  track: MediaStreamTrack,
  begin: Begin,
  onError: DecodingOptions['onError'],
  stands: (timestampMs: number, rotation: Rotation) => void = () => undefined,
): () => void {
  let decoder: Coder<EncodedChunk> | undefined;
  let decodes = '';
  let timeline: MediaTimeline | undefined;
  const beginAnew = (): void => {
    decoder?.close();
    decoder = undefined;
    requestKeyFrame(track);
  };
  const take = ({ codec, data, isKeyFrame, rtpTimestamp, receivedAtMs, rotationDegrees = 0 }: ReceivedMedia): void => {
    if (decodes !== codec.name) {
      decoder?.close();
      decoder = undefined;
      timeline = new MediaTimeline(codec.clockRate);
      decodes = codec.name;
    }
    const timestampMs = timeline?.place(rtpTimestamp, receivedAtMs) ?? receivedAtMs;
    if (!decoder && !isKeyFrame) return;
    decoder ??= begin(codec.name, data, (error) => {
      decoder = undefined;
      if (track.readyState === 'live') requestKeyFrame(track);
      if (error) onError?.(error);
    });
    stands(timestampMs, rotationDegrees);
    const isTaken = decoder.write({ data, isKeyFrame, timestampMs });
    if (!isTaken && track.kind === 'video') beginAnew(); // what follows a frame that was left out would be wrong
  };
  const stop = receiveEncoded(track, take);
  requestKeyFrame(track);
  return () => {
    stop();
    decoder?.close();
  };
}
