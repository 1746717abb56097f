import type { Attribute } from '../tree.js';

/** `a=rid` (RFC 8851 §4): one encoding of a track and what restricts it. */
export interface RidDescription {
  readonly rid: string;
  readonly direction: 'send' | 'recv';
  /** `pt=97;max-width=1280`, or empty. */
  readonly restrictions: string;
}

/** A rid is letters, digits, `-` and `_` (RFC 8851 §10 allows no more where RTP carries it: RFC 8852 §3.3 has letters and digits alone). */
export function isRid(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,255}$/.test(text);
}

export function parseRid(value: string): RidDescription | undefined {
  const match = /^(\S+) +(send|recv)(?: (.*))?$/.exec(value);
  if (!match || !isRid(match[1]!)) return undefined;
  return { rid: match[1]!, direction: match[2] as 'send' | 'recv', restrictions: match[3] ?? '' };
}

export function formatRid({ rid, direction, restrictions }: RidDescription): Attribute {
  return { name: 'rid', value: restrictions === '' ? `${rid} ${direction}` : `${rid} ${direction} ${restrictions}` };
}
