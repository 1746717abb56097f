import { sealPacket } from '../packet.js';
import type { End, TwoEnds } from './two-ends.js';

/** Big-endian bytes of numbers: `u32(1, 2)` is eight bytes. */
export function u32(...values: number[]): number[] {
  return values.flatMap((value) => [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]);
}

export function u16(...values: number[]): number[] {
  return values.flatMap((value) => [(value >>> 8) & 0xff, value & 0xff]);
}

/** A chunk with its header, padded; `length` lies if it is given. */
export function chunk(type: number, flags: number, value: readonly number[], length = 4 + value.length): number[] {
  return [type, flags, ...u16(length), ...value, ...new Array<number>(-value.length & 3).fill(0)];
}

export function parameter(type: number, value: readonly number[], length = 4 + value.length): number[] {
  return [...u16(type, length), ...value, ...new Array<number>(-value.length & 3).fill(0)];
}

export function packet(tag: number, ...chunks: readonly number[][]): Uint8Array {
  const bytes = Uint8Array.from([...new Array<number>(12).fill(0), ...chunks.flat()]);
  sealPacket(bytes, bytes.length, 5000, 5000, tag, true);
  return bytes;
}

/** Everything needed to speak to `b` as if we were `a`. */
export interface Impostor {
  /** The tag that `b` expects, and the one that `a` does. */
  readonly tag: number;
  readonly peerTag: number;
  /** The next TSN of `a`. */
  readonly tsn: number;
  /** Hands chunks to `b` and takes what it answers. */
  inject(...chunks: readonly number[][]): Uint8Array[];
  injectRaw(bytes: Uint8Array): Uint8Array[];
}

/** Connects, cuts the wire, and stands in for `a`. */
export function impersonate(ends: TwoEnds): Impostor {
  const seen = { tag: 0, peerTag: 0, tsn: 0 };
  ends.filter = (bytes, from: End) => {
    const tag = readU32(bytes, 4);
    if (bytes[12] === 1 && from === ends.a) seen.tsn = readU32(bytes, 28);
    if (tag !== 0 && from === ends.a) seen.tag = tag;
    if (tag !== 0 && from === ends.b) seen.peerTag = tag;
    return true;
  };
  ends.connected();
  ends.run(1_000);
  const answers: Uint8Array[] = [];
  ends.filter = (bytes) => {
    answers.push(bytes.slice());
    return false;
  };
  const injectRaw = (bytes: Uint8Array): Uint8Array[] => {
    ends.b.association.receive(ends.now, bytes);
    ends.b.association.drain(ends.b);
    return answers.splice(0);
  };
  return { ...seen, inject: (...chunks) => injectRaw(packet(seen.tag, ...chunks)), injectRaw };
}

function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
