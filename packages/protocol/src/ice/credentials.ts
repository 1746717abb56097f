import type { RandomSource } from '../core/index.js';

/** The name and password of one ICE generation (RFC 8445 §5.3). */
export interface IceCredentials {
  /** 4 to 256 ice-chars. */
  readonly ufrag: string;
  /** 22 to 256 ice-chars. */
  readonly password: string;
}

const ICE_CHARS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** 48 bits: more than the 24 asked for (RFC 8445 §5.3), so that one port can tell a hundred thousand agents apart. */
const UFRAG_CHARS = 8;

/** 144 bits; at least 128 are asked for (RFC 8445 §5.3). */
const PASSWORD_CHARS = 24;

/** New credentials, unpredictable as far as `random` is. */
export function generateCredentials(random: RandomSource): IceCredentials {
  return { ufrag: iceChars(random, UFRAG_CHARS), password: iceChars(random, PASSWORD_CHARS) };
}

/** Whether signalling may be believed that these are credentials (RFC 8839 §5.4). */
export function areValidCredentials({ ufrag, password }: IceCredentials): boolean {
  return /^[A-Za-z0-9+/]{4,256}$/.test(ufrag) && /^[A-Za-z0-9+/]{22,256}$/.test(password);
}

/** `count` ice-chars of 6 random bits each. */
export function iceChars(random: RandomSource, count: number): string {
  const bytes = new Uint8Array(count);
  random.fill(bytes);
  for (let i = 0; i < count; i++) bytes[i] = ICE_CHARS.charCodeAt(bytes[i]! & 63);
  return String.fromCharCode(...bytes); // one string: a sum of strings keeps each of its parts alive
}
