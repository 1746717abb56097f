/** Castagnoli's polynomial, reflected (RFC 9260 appendix A). */
const POLYNOMIAL = 0x82f6_3b78;

/** Eight tables of 256: table k advances a byte that lies k bytes before the end of a group of eight. */
const TABLES = buildTables();

function buildTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let index = 256; index < tables.length; index++) {
    const previous = tables[index - 256]!;
    tables[index] = (previous >>> 8) ^ tables[previous & 0xff]!;
  }
  return tables;
}

/** Continues a CRC32c over `bytes` from `start` to `end`; start with -1, and invert what comes out of the last call. */
export function crc32cUpdate(crc: number, bytes: Uint8Array, start: number, end: number): number {
  const tables = TABLES;
  let at = start;
  for (const lastGroup = end - 8; at <= lastGroup; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      tables[1792 + (crc & 0xff)]! ^
      tables[1536 + ((crc >>> 8) & 0xff)]! ^
      tables[1280 + ((crc >>> 16) & 0xff)]! ^
      tables[1024 + (crc >>> 24)]! ^
      tables[768 + bytes[at + 4]!]! ^
      tables[512 + bytes[at + 5]!]! ^
      tables[256 + bytes[at + 6]!]! ^
      tables[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[at]!) & 0xff]!;
  return crc;
}

/** CRC32c of `bytes` as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array): number {
  return ~crc32cUpdate(-1, bytes, 0, bytes.length) >>> 0;
}
