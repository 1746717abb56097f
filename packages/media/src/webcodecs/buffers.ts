import { dataClone } from './exceptions.js';

/** Bytes that a caller may hand over: a buffer, or a view of one. */
export type BufferSource = ArrayBufferLike | ArrayBufferView;

/** The bytes of `source` where they are; a TypeError for anything else. */
export function bytesOfSource(source: unknown, name: string): Uint8Array {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer || source instanceof SharedArrayBuffer) return new Uint8Array(source);
  throw new TypeError(`The ${name} is not a buffer, nor a view of one`);
}

/** Refuses what cannot be transferred. */
export function demandTransferable(buffers: readonly ArrayBuffer[]): void {
  if (new Set(buffers).size !== buffers.length) throw dataClone('A buffer cannot be handed over twice');
}

/** Takes `buffers` from the caller, who cannot use them any more (HTML, "transfer"); of empty ones there is nothing to take. */
export function transferAway(buffers: readonly ArrayBuffer[]): void {
  const taken = buffers.filter((buffer) => buffer.byteLength > 0);
  if (taken.length > 0) structuredClone(null, { transfer: taken });
}
