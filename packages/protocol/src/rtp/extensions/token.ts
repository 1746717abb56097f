/** The longest MID or RID that we take: browsers write a few characters, RFC 8285 elements hold 16 or 255. */
export const MAX_TOKEN_BYTES = 32;

/** Strings kept; more means that somebody makes them up, and then each costs a string. */
const MAX_KEPT = 64;

/**
 * Reads the text of mid, rid and repaired-rid (RFC 9143 §15, RFC 8852 §3) without making a string for each packet: what was
 * read once is found again by its bytes.
 */
export class TokenReader {
  private readonly kept: { readonly bytes: Uint8Array; readonly text: string }[] = [];

  /** The token of `length` bytes at `offset`; undefined where the bytes are none (RFC 8851 §10: letters and digits, and what SDP tokens allow). */
  read(bytes: Uint8Array, offset: number, length: number): string | undefined {
    if (length === 0 || length > MAX_TOKEN_BYTES) return undefined;
    for (let i = 0; i < this.kept.length; i++) {
      const one = this.kept[i]!;
      if (isSame(one.bytes, bytes, offset, length)) return one.text;
    }
    return this.readNew(bytes.slice(offset, offset + length));
  }

  private readNew(bytes: Uint8Array): string | undefined {
    if (!bytes.every(isTokenByte)) return undefined;
    const text = String.fromCharCode(...bytes);
    if (this.kept.length < MAX_KEPT) this.kept.push({ bytes, text });
    return text;
  }
}

/** Writes `token` at `offset`; its length is that of the string. */
export function writeToken(bytes: Uint8Array, offset: number, token: string): void {
  for (let i = 0; i < token.length; i++) bytes[offset + i] = token.charCodeAt(i);
}

/** token-char of SDP (RFC 8866 §9). */
const TOKEN = /^[\x21\x23-\x27\x2a\x2b\x2d\x2e\x30-\x39\x41-\x5a\x5e-\x7e]$/;

function isTokenByte(byte: number): boolean {
  return TOKEN.test(String.fromCharCode(byte));
}

function isSame(token: Uint8Array, bytes: Uint8Array, offset: number, length: number): boolean {
  if (token.length !== length) return false;
  for (let i = 0; i < length; i++) if (token[i] !== bytes[offset + i]) return false;
  return true;
}
