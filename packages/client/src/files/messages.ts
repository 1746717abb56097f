import { isRecord } from '../json.js';
import { parseText } from '../signaling/parse-text.js';

/** Which end of a transfer writes a message: it says whose numbering `id` belongs to. */
export type End = 'sender' | 'receiver';

/**
 * What two browsers say about files, as JSON text on the files channel; the bytes themselves are binary messages (see `chunk.ts`).
 * `id` is a number that the sender of the file chose.
 */
export type FileMessage =
  | { readonly type: 'offer'; readonly id: number; readonly name: string; readonly size: number; readonly mediaType: string }
  /** Send from this byte on: 0 at first, further on after the channel was made anew. */
  | { readonly type: 'accept'; readonly id: number; readonly from: number }
  | { readonly type: 'decline'; readonly id: number }
  /** So many bytes are written: lets the sender send on, and see what has really arrived. */
  | { readonly type: 'progress'; readonly id: number; readonly bytes: number }
  | { readonly type: 'end'; readonly id: number; readonly sha256: string }
  | { readonly type: 'verified'; readonly id: number }
  | { readonly type: 'pause' | 'resume' | 'cancel'; readonly id: number; readonly end: End }
  | { readonly type: 'fail'; readonly id: number; readonly end: End; readonly code: string };

/** Longest text that is looked at. */
const MAX_CHARS = 8_000;
const MAX_NAME_CHARS = 1_000;

/** Reads a message; undefined for anything that is not one. */
export function parseFileMessage(text: string): FileMessage | undefined {
  if (text.length > MAX_CHARS) return undefined;
  const value = parseText(text);
  if (!isRecord(value)) return undefined;
  const { type, id } = value;
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > 0xffff_ffff) return undefined;
  switch (type) {
    case 'offer':
      return parseOffer(id, value);
    case 'accept':
      return isPosition(value['from']) ? { type, id, from: value['from'] } : undefined;
    case 'progress':
      return isPosition(value['bytes']) ? { type, id, bytes: value['bytes'] } : undefined;
    case 'end':
      return typeof value['sha256'] === 'string' && /^[0-9a-f]{64}$/.test(value['sha256'])
        ? { type, id, sha256: value['sha256'] }
        : undefined;
    case 'decline':
    case 'verified':
      return { type, id };
    case 'pause':
    case 'resume':
    case 'cancel':
      return isEnd(value['end']) ? { type, id, end: value['end'] } : undefined;
    case 'fail':
      return isEnd(value['end']) ? { type, id, end: value['end'], code: codeOf(value['code']) } : undefined;
    default:
      return undefined;
  }
}

function parseOffer(id: number, { name, size, mediaType }: Record<string, unknown>): FileMessage | undefined {
  if (typeof name !== 'string' || name.length > MAX_NAME_CHARS || !isPosition(size)) return undefined;
  const isPlain = typeof mediaType === 'string' && /^[\w.+-]{1,64}\/[\w.+-]{1,80}$/.test(mediaType);
  return { type: 'offer', id, name, size, mediaType: isPlain ? mediaType : 'application/octet-stream' };
}

function isPosition(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isEnd(value: unknown): value is End {
  return value === 'sender' || value === 'receiver';
}

function codeOf(value: unknown): string {
  return typeof value === 'string' && /^files\/[a-z-]{1,40}$/.test(value) ? value : 'files/failed';
}
