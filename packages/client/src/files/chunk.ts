/**
 * A piece of a file on the wire:
 *
 *      0                   1                   2                   3
 *      +-------------------------------+-------------------------------+
 *      |                        transfer id (32)                       |
 *      +-------------------------------+-------------------------------+
 *      |                     offset in the file (48)                   |
 *      +-------------------------------+-------------------------------+
 *      |                            bytes …
 */
export const CHUNK_HEADER_BYTES = 10;

export interface Chunk {
  readonly id: number;
  readonly offset: number;
  /** A view of the message. */
  readonly bytes: Uint8Array;
}

export function encodeChunk({ id, offset, bytes }: Chunk): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(CHUNK_HEADER_BYTES + bytes.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, id);
  view.setUint16(4, Math.floor(offset / 0x1_0000_0000));
  view.setUint32(6, offset % 0x1_0000_0000);
  message.set(bytes, CHUNK_HEADER_BYTES);
  return message;
}

/** Undefined when it is too short to be one. */
export function decodeChunk(message: ArrayBuffer): Chunk | undefined {
  if (message.byteLength < CHUNK_HEADER_BYTES) return undefined;
  const view = new DataView(message);
  return {
    id: view.getUint32(0),
    offset: view.getUint16(4) * 0x1_0000_0000 + view.getUint32(6),
    bytes: new Uint8Array(message, CHUNK_HEADER_BYTES),
  };
}
