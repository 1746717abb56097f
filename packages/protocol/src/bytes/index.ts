export { BitReader, BitWriter } from './bits.js';
export { formatHex, parseHex } from './hex.js';
export { ByteReader } from './reader.js';
export { serialDistance16, serialDistance32 } from './serial.js';
export { BLOCK_BYTES, SlabBlocks } from './slab-blocks.js';
export { ByteWriter } from './writer.js';
