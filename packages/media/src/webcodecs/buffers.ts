/** Bytes that a caller may hand over: a buffer, or a view of one. */
export type BufferSource = ArrayBufferLike | ArrayBufferView;

/** The bytes of `source` where they are; a TypeError for anything else. */
export function bytesOfSource(source: unknown, name: string): Uint8Array {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer || source instanceof SharedArrayBuffer) return new Uint8Array(source);
  throw new TypeError(`The ${name} is not a buffer, nor a view of one`);
}

/** Takes `buffers` from the caller, who cannot use them any more (HTML, "transfer"). */
export function transferAway(buffers: readonly ArrayBuffer[]): void {
  if (buffers.length > 0) structuredClone(null, { transfer: [...buffers] });
}
