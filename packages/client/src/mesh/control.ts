import { isRecord } from '../json.js';
import { parseText } from '../signaling/parse-text.js';

/** Negotiated by number on both sides (RFC 8832 §5.1 is not needed): no side waits for the other's to open. */
export const CONTROL_CHANNEL_ID = 0;
export const FILES_CHANNEL_ID = 1;

/** What two browsers tell each other over their own channel, without any server. */
export type ControlMessage =
  /** How large the receiver shows a stream, in device pixels; null: as large as it comes. */
  { readonly type: 'display-size'; readonly stream: string; readonly width: number | null; readonly height: number | null };

/** Longest control message that is looked at. */
const MAX_CHARS = 2_000;
const MAX_PIXELS = 16_384;

/** Reads a control message; undefined for anything that is not one. */
export function parseControl(text: string): ControlMessage | undefined {
  if (text.length > MAX_CHARS) return undefined;
  const value = parseText(text);
  if (!isRecord(value) || value['type'] !== 'display-size') return undefined;
  const { stream, width, height } = value;
  if (typeof stream !== 'string' || stream.length > 64 || !isSide(width) || !isSide(height)) return undefined;
  return { type: 'display-size', stream, width, height };
}

function isSide(value: unknown): value is number | null {
  return value === null || (typeof value === 'number' && value >= 1 && value <= MAX_PIXELS);
}
