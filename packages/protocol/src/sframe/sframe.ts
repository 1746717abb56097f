import { type CryptoProvider, Malformed } from '../core/index.js';
import type { SFrameCipherSuite } from './cipher-suite.js';
import { decodeHeader } from './header.js';
import { SFrameKey } from './sframe-key.js';

const NO_METADATA = new Uint8Array(0);

/** A group that changes keys with its members needs the last few: more are forgotten, oldest first. */
const MAX_KEYS = 64;

/** Encrypts the frames of one sender (RFC 9605 §4.4.3). Each key counts its frames by itself. */
export class SFrameSender {
  private key: SFrameKey | undefined;
  /** By key ID and key: a counter that came once under a key never comes again, whatever keys were used between. */
  private readonly counters = new Map<string, bigint>();
  private counterName = '';

  constructor(
    private readonly crypto: CryptoProvider,
    private readonly suite: SFrameCipherSuite,
  ) {}

  /** Encrypts with `baseKey` from now. */
  setKey(kid: bigint, baseKey: Uint8Array): void {
    this.key = new SFrameKey(this.crypto, this.suite, kid, baseKey);
    this.counterName = `${kid} ${this.crypto.hash('sha-256', baseKey).join()}`;
  }

  /** Undefined before there is a key. */
  seal(plain: Uint8Array, metadata = NO_METADATA): Uint8Array | undefined {
    if (!this.key) return undefined;
    const ctr = this.counters.get(this.counterName) ?? 0n;
    this.counters.set(this.counterName, ctr + 1n);
    return this.key.seal(ctr, plain, metadata);
  }
}

/** Why a frame was not opened. */
export type SFrameRefusal =
  | { readonly reason: 'syntax' }
  | { readonly reason: 'unknown-key'; readonly kid: bigint }
  | { readonly reason: 'authentication'; readonly kid: bigint };

/** Decrypts frames of those whose keys it has (RFC 9605 §4.4.4). */
export class SFrameReceiver {
  private readonly keys = new Map<bigint, SFrameKey>();

  constructor(
    private readonly crypto: CryptoProvider,
    private readonly suite: SFrameCipherSuite,
  ) {}

  setKey(kid: bigint, baseKey: Uint8Array): void {
    this.keys.delete(kid);
    this.keys.set(kid, new SFrameKey(this.crypto, this.suite, kid, baseKey));
    if (this.keys.size > MAX_KEYS) this.keys.delete(this.keys.keys().next().value!);
  }

  open(sealed: Uint8Array, metadata = NO_METADATA): Uint8Array | SFrameRefusal {
    const header = decodeHeader(sealed);
    if (header instanceof Malformed) return { reason: 'syntax' };
    const { kid, ctr, bytes } = header;
    const key = this.keys.get(kid);
    if (!key) return { reason: 'unknown-key', kid };
    return key.open(ctr, sealed.subarray(0, bytes), sealed.subarray(bytes), metadata) ?? { reason: 'authentication', kid };
  }
}
