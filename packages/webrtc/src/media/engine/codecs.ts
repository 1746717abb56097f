import type { RandomSource } from '@maru/protocol/core';
import type { Codec } from '@maru/protocol/jsep';
import {
  createDepacketizer,
  createPacketizer,
  type Depacketizer,
  type Packetizer,
  type VideoCodec,
  WholePacketizer,
} from '@maru/protocol/payload';

const VIDEO: ReadonlyMap<string, VideoCodec> = new Map(
  (['vp8', 'vp9', 'h264', 'h265', 'av1'] as const).map((name) => [name, name]),
);
/** Sound whose frame is the payload. */
const WHOLE: ReadonlySet<string> = new Set(['opus', 'pcmu', 'pcma', 'g722']);

/** What cuts frames of `codec` into payloads; undefined for a codec that carries no media of its own. */
export function packetizerFor(codec: Codec, random: RandomSource): Packetizer | undefined {
  const name = codec.name.toLowerCase();
  if (WHOLE.has(name)) return new WholePacketizer();
  const video = VIDEO.get(name);
  // RFC 6184 §8.1: what says nothing of it is single NAL units.
  const packetizationMode = /packetization-mode=1/.test(codec.parameters) ? 1 : 0;
  return video && createPacketizer(video, { random, packetizationMode });
}

/** The codec of pictures that `codec` is. */
export function videoCodecOf({ name }: Codec): VideoCodec | undefined {
  return VIDEO.get(name.toLowerCase());
}

/** What puts payloads of `codec` together; undefined where each payload is whole. */
export function depacketizerFor(codec: Codec): Depacketizer | undefined {
  const video = VIDEO.get(codec.name.toLowerCase());
  return video && createDepacketizer(video);
}

export function isTelephoneEvent({ name }: Codec): boolean {
  return name.toLowerCase() === 'telephone-event';
}

export function isUlpfec({ name }: Codec): boolean {
  return name.toLowerCase() === 'ulpfec';
}

export function isFlexfec({ name }: Codec): boolean {
  return name.toLowerCase() === 'flexfec-03';
}
