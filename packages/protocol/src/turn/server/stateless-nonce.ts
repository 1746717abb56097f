import type { CryptoProvider, Instant } from '../../core/index.js';
import { formatNonceCookie, type SecurityFeatures } from '../../stun/index.js';
import { formatBase64, parseBase64 } from './base64.js';
import type { IpEndpoint } from './ip-endpoint.js';
import { putWord, word } from './ip-endpoint.js';

/** Seconds, then a truncated HMAC: 18 bytes, 24 characters. */
const STAMP_BYTES = 4;
const MAC_BYTES = 14;
const INPUT_BYTES = 4 + 16 + 4;

/**
 * Nonces that the server need not remember: when they were made, and an HMAC over that and the client's address, and over UDP its
 * port. Nobody else can make one, one is of no use elsewhere, and a flood of requests leaves nothing behind (RFC 8489 §9.2, §18.1).
 * A client of streams has shown that it is there, and takes its nonce along to its data connections (RFC 6062 §4.4).
 */
export class StatelessNonces {
  private readonly input = new Uint8Array(INPUT_BYTES);

  constructor(
    private readonly key: Uint8Array,
    private readonly crypto: CryptoProvider,
  ) {}

  issue(now: Instant, client: IpEndpoint, features: SecurityFeatures): string {
    const bytes = new Uint8Array(STAMP_BYTES + MAC_BYTES);
    putWord(bytes, 0, Math.floor(now / 1_000));
    bytes.set(this.mac(word(bytes, 0), client), STAMP_BYTES);
    return formatNonceCookie(features) + formatBase64(bytes);
  }

  /** Whether we made it for this client, not longer ago than `lifetimeS`, with these features (so that nobody bids them down). */
  accepts(now: Instant, nonce: string, client: IpEndpoint, lifetimeS: number, features: SecurityFeatures): boolean {
    const cookie = formatNonceCookie(features);
    if (!nonce.startsWith(cookie)) return false;
    const bytes = parseBase64(nonce.slice(cookie.length));
    if (bytes?.length !== STAMP_BYTES + MAC_BYTES) return false;
    const madeAtS = word(bytes, 0);
    const ageS = Math.floor(now / 1_000) - madeAtS;
    return ageS >= 0 && ageS < lifetimeS && this.crypto.equal(this.mac(madeAtS, client), bytes.subarray(STAMP_BYTES));
  }

  private mac(madeAtS: number, { w0, w1, w2, w3, port }: IpEndpoint): Uint8Array {
    const { input } = this;
    putWord(input, 0, madeAtS);
    putWord(input, 4, w0);
    putWord(input, 8, w1);
    putWord(input, 12, w2);
    putWord(input, 16, w3);
    putWord(input, 20, port);
    return this.crypto.hmac('sha-256', this.key, input).subarray(0, MAC_BYTES);
  }
}
