import { crc32 } from './crc32.js';

const HASH_CHARS = 8;
const NEWLINE = 0x0a;
const encoder = new TextEncoder();

/** One batch of records as a line: CRC-32 in hex, a space, a JSON array, a newline. A line counts whole or not at all. */
export function encodeLine(records: readonly string[]): Uint8Array {
  const json = `[${records.join(',')}]`;
  const line = new Uint8Array(HASH_CHARS + 2 + Buffer.byteLength(json));
  encoder.encodeInto(json, line.subarray(HASH_CHARS + 1));
  const body = line.subarray(HASH_CHARS + 1, line.length - 1);
  encoder.encodeInto(`${crc32(body).toString(16).padStart(HASH_CHARS, '0')} `, line);
  line[line.length - 1] = NEWLINE;
  return line;
}

/** What a journal file holds. */
export interface Decoded {
  readonly batches: readonly (readonly unknown[])[];
  /** Bytes of whole, sound lines from the start; what follows them was being written when the process died. */
  readonly soundBytes: number;
  /** Whether a sound line follows an unsound one: the file was damaged, not cut off. */
  readonly isDamaged: boolean;
}

/** Reads the lines of a journal file. Never throws. */
export function decodeLines(file: Uint8Array): Decoded {
  const batches: (readonly unknown[])[] = [];
  let soundBytes = 0;
  let unsound = false;
  for (let start = 0; start < file.length; ) {
    const end = file.indexOf(NEWLINE, start);
    const batch = end < 0 ? undefined : decodeLine(file.subarray(start, end));
    if (!batch) unsound = true;
    else if (unsound) return { batches, soundBytes, isDamaged: true };
    else {
      batches.push(batch);
      soundBytes = end + 1;
    }
    start = end < 0 ? file.length : end + 1;
  }
  return { batches, soundBytes, isDamaged: false };
}

function decodeLine(line: Uint8Array): readonly unknown[] | undefined {
  if (line.length < HASH_CHARS + 1) return undefined;
  const hash = Buffer.from(line.buffer, line.byteOffset, HASH_CHARS).toString('latin1');
  const body = line.subarray(HASH_CHARS + 1);
  if (crc32(body).toString(16).padStart(HASH_CHARS, '0') !== hash) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString());
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
