import type { JsonValue } from '../json.js';

/** Keys whose values are secrets wherever they stand. */
const SECRET_KEYS = new Set(['token', 'resumeKey', 'credential', 'password', 'channel', 'attempt']);
const HIDDEN = '(hidden)';
const MAX_TEXT_CHARS = 2_000;
const MAX_ITEMS = 200;
const MAX_DEPTH = 12;

/** An SDP without ICE passwords (RFC 8839 §5.4) and without SDES keys (RFC 4568): what remains may be shown. */
export function redactSdp(sdp: string): string {
  return sdp.replace(/^(a=ice-pwd:)[^\r\n]*/gm, `$1${HIDDEN}`).replace(/^(a=crypto:\d+ \S+ )[^\r\n]*/gm, `$1${HIDDEN}`);
}

/**
 * A copy of anything JSON-like that is fit to be shown and saved: secrets hidden, SDP and what applications say to each other replaced by their length,
 * bounded in depth, breadth and text.
 */
export function redact(value: unknown, depth = 0): JsonValue {
  if (typeof value === 'string') return clip(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redact(item, depth + 1));
  if (typeof value !== 'object') return null;
  const copy: Record<string, JsonValue> = Object.create(null);
  for (const [key, item] of Object.entries(value).slice(0, MAX_ITEMS)) {
    if (item !== undefined) copy[key] = redactField(key, item, depth);
  }
  return copy;
}

function redactField(key: string, item: unknown, depth: number): JsonValue {
  if (SECRET_KEYS.has(key)) return HIDDEN;
  if (key === 'sdp' && typeof item === 'string') return lengthOf(item);
  if (key === 'data') return lengthOf(JSON.stringify(item) ?? '');
  return redact(item, depth + 1);
}

function clip(text: string): string {
  const clean = text.includes('a=ice-pwd:') ? redactSdp(text) : text;
  return clean.length > MAX_TEXT_CHARS ? `${clean.slice(0, MAX_TEXT_CHARS)}…` : clean;
}

function lengthOf(text: string): string {
  return `(${text.length} characters)`;
}
