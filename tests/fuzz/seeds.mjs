import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const VECTORS = join(import.meta.dirname, '../../packages/protocol/vectors');
const encoder = new TextEncoder();

/** The bytes of a `.hex` vector: comments are lines that start with `#`, an empty line begins another datagram. */
function datagramsOf(text) {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  const parts = lines.join('\n').split(/\n\s*\n/);
  return parts.map((part) => new Uint8Array(Buffer.from(part.replace(/\s/g, ''), 'hex'))).filter(({ length }) => length > 0);
}

/** Every binary vector of `protocol` whose name matches. @param {string} protocol @param {RegExp} [name] */
export function hexVectors(protocol, name = /./) {
  const folder = join(VECTORS, protocol);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.hex') && name.test(file))
    .flatMap((file) => datagramsOf(readFileSync(join(folder, file), 'utf8')));
}

/** Every text vector of `protocol` with this extension. @param {string} protocol @param {string} extension */
export function textVectors(protocol, extension) {
  const folder = join(VECTORS, protocol);
  return readdirSync(folder)
    .filter((file) => file.endsWith(extension))
    .map((file) => new Uint8Array(readFileSync(join(folder, file))));
}

/** @param {string} protocol @param {string} file */
export function jsonVector(protocol, file) {
  const path = join(VECTORS, protocol, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}

/** @param {string} text */
export const bytesOf = (text) => encoder.encode(text);

/** Several datagrams as one input: each behind its length, in 16 bits. @param {readonly Uint8Array[]} datagrams */
export function framed(datagrams) {
  return new Uint8Array(
    Buffer.concat(datagrams.flatMap((bytes) => [Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])),
  );
}

/** What {@link framed} made, as far as the lengths tell the truth. @param {Uint8Array} bytes */
export function* unframed(bytes) {
  for (let at = 0; at + 2 <= bytes.length; ) {
    const end = Math.min(bytes.length, at + 2 + ((bytes[at] << 8) | bytes[at + 1]));
    yield bytes.subarray(at + 2, end);
    at = end;
  }
}

/** Packets of the SRTP vectors, before or after protection. @param {'rtp' | 'rtcp'} kind @param {'plain' | 'protected'} what */
export function srtpVectors(kind, what) {
  const vectors = readdirSync(join(VECTORS, 'srtp')).map((file) => jsonVector('srtp', file));
  return vectors.filter((vector) => vector.kind === kind).map((vector) => new Uint8Array(Buffer.from(vector[what], 'hex')));
}
