import { ByteReader } from '../../bytes/index.js';
import { Malformed } from '../../core/index.js';
import type { StunAttribute } from '../attribute.js';

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Longer text is left to the encoder, which takes half a microsecond to begin. */
const MAX_SHORT = 128;

/** Short text of plain characters: a realm, a nonce, nearly every name. */
function isAscii(text: string): boolean {
  if (text.length > MAX_SHORT) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}

/** An attribute that is UTF-8 text of at most `maxBytes`. */
export function textAttribute(type: number, name: string, label: string, maxBytes: number): StunAttribute<string> {
  const tooLong = Malformed.of(`stun/${label}/too-long`);
  const notUtf8 = Malformed.of(`stun/${label}/not-utf8`);
  return {
    type,
    name,
    decode(value) {
      if (value.length > maxBytes) return tooLong;
      try {
        return DECODER.decode(value);
      } catch {
        return notUtf8; // the decoder has no other way to say so
      }
    },
    encode(text, out) {
      if (isAscii(text)) for (let i = 0; i < text.length; i++) out.u8(text.charCodeAt(i));
      else out.raw(ENCODER.encode(text));
    },
  };
}

/** An attribute that is there or not, without a value. */
export function flagAttribute(type: number, name: string): StunAttribute<true> {
  return { type, name, decode: () => true, encode() {} };
}

/** An attribute that is 32 bits, unsigned. */
export function u32Attribute(type: number, name: string, label: string): StunAttribute<number> {
  const wrongLength = Malformed.of(`stun/${label}/wrong-length`);
  return {
    type,
    name,
    decode: (value) => (value.length === 4 ? new ByteReader(value).u32() : wrongLength),
    encode(number, out) {
      out.u32(number);
    },
  };
}

/** An attribute that is 64 bits, unsigned. */
export function u64Attribute(type: number, name: string, label: string): StunAttribute<bigint> {
  const wrongLength = Malformed.of(`stun/${label}/wrong-length`);
  return {
    type,
    name,
    decode: (value) => (value.length === 8 ? new ByteReader(value).u64() : wrongLength),
    encode(number, out) {
      out.u64(number);
    },
  };
}

/** An attribute of opaque bytes; decoding lends a view. `bytes` fixes the length. */
export function opaqueAttribute(type: number, name: string, label: string, bytes?: number): StunAttribute<Uint8Array> {
  const wrongLength = Malformed.of(`stun/${label}/wrong-length`);
  return {
    type,
    name,
    decode: (value) => (bytes === undefined || value.length === bytes ? value : wrongLength),
    encode(value, out) {
      out.raw(value);
    },
  };
}

/** An attribute of one byte and three reserved ones. */
export function byteAttribute(type: number, name: string, label: string): StunAttribute<number> {
  const wrongLength = Malformed.of(`stun/${label}/wrong-length`);
  return {
    type,
    name,
    decode: (value) => (value.length === 4 ? value[0]! : wrongLength),
    encode(byte, out) {
      out.u8(byte).zeros(3);
    },
  };
}

/** An attribute of 16 bits and two reserved bytes. */
export function u16Attribute(type: number, name: string, label: string): StunAttribute<number> {
  const wrongLength = Malformed.of(`stun/${label}/wrong-length`);
  return {
    type,
    name,
    decode: (value) => (value.length === 4 ? new ByteReader(value).u16() : wrongLength),
    encode(number, out) {
      out.u16(number).zeros(2);
    },
  };
}
