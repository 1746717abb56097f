/** What the domain allows, for the server and as defaults of sessions. */
export interface DomainLimits {
  readonly sessions: number;
  /** Defaults of a session, which the application may lower or raise within the schema. */
  readonly connectionsPerSession: number;
  readonly streamsPerConnection: number;
  readonly messageBytes: number;
  /** Application's metadata of one thing, as JSON text. */
  readonly metadataBytes: number;
  /** What a connection says of itself or of a stream, as JSON text. */
  readonly presenceBytes: number;
  readonly graceMs: number;
  readonly emptyTimeoutMs: number;
  readonly tokenTtlMs: number;
  /** Seats of one session that are reserved and not yet taken. */
  readonly reservedPerSession: number;
}

export const DEFAULT_DOMAIN_LIMITS: DomainLimits = {
  sessions: 10_000,
  connectionsPerSession: 50,
  streamsPerConnection: 8,
  messageBytes: 64 * 1024,
  metadataBytes: 64 * 1024,
  presenceBytes: 4 * 1024,
  graceMs: 30_000,
  emptyTimeoutMs: 300_000,
  tokenTtlMs: 120_000,
  reservedPerSession: 2_000,
};

/** Length of `text` in UTF-8, without encoding it. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit >= 0xd800 && unit <= 0xdbff && index + 1 < text.length) {
      bytes += 2; // a surrogate pair is two units here and four bytes there
      index += 1;
    } else bytes += unit < 0x800 ? 1 : 2;
  }
  return bytes;
}

/** A character in JSON text takes at most this many bytes, as `\u001f` does. */
const JSON_CHAR_BYTES = 6;

/** Whether `value` as JSON text takes at most `limitBytes`. */
export function fits(value: unknown, limitBytes: number): boolean {
  if (typeof value === 'string' && value.length * JSON_CHAR_BYTES + 2 <= limitBytes) return true;
  return utf8Bytes(JSON.stringify(value)) <= limitBytes;
}
