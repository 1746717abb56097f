import { NAL_LENGTH_BYTES, NalUnits } from './nal-units.js';

/**
 * Turns an Annex B frame into one with lengths of four bytes, as MP4 and WebCodecs' `avc` and `hevc` formats have it; undefined
 * if it has no start code.
 */
export function annexBToLengthPrefixed(frame: Uint8Array, units = new NalUnits()): Uint8Array | undefined {
  return converted(frame, units.scan(frame, 'annex-b'), units, (length, out, at) => {
    out[at] = length >>> 24;
    out[at + 1] = length >>> 16;
    out[at + 2] = length >>> 8;
    out[at + 3] = length;
  });
}

/** The way back; undefined if lengths run past the end. Start codes have four bytes. */
export function lengthPrefixedToAnnexB(frame: Uint8Array, units = new NalUnits()): Uint8Array | undefined {
  return converted(frame, units.scan(frame, 'length-prefixed'), units, (_length, out, at) => {
    out[at + 3] = 1;
  });
}

function converted(
  frame: Uint8Array,
  isSound: boolean,
  units: NalUnits,
  writePrefix: (length: number, out: Uint8Array, at: number) => void,
): Uint8Array | undefined {
  if (!isSound) return undefined;
  let size = 0;
  for (let i = 0; i < units.count; i++) size += NAL_LENGTH_BYTES + units.length(i);
  const out = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < units.count; i++) {
    const start = units.start(i);
    const length = units.length(i);
    writePrefix(length, out, at);
    out.set(frame.subarray(start, start + length), at + NAL_LENGTH_BYTES);
    at += NAL_LENGTH_BYTES + length;
  }
  return out;
}
