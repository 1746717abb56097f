import type { CryptoProvider, HashAlgorithm } from '../core/index.js';
import type { CipherSuite } from './cipher-suite.js';
import { concat, vector16 } from './vector.js';

const MASTER_SECRET_BYTES = 48;
export const VERIFY_DATA_BYTES = 12;

/** The pseudorandom function of TLS 1.2: P_hash over label and seed (RFC 5246 §5). */
export function prf(
  crypto: CryptoProvider,
  hash: HashAlgorithm,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const labelled = concat(ascii(label), seed);
  const output = new Uint8Array(length);
  let a = labelled;
  for (let filled = 0; filled < length; ) {
    a = crypto.hmac(hash, secret, a);
    const block = crypto.hmac(hash, secret, concat(a, labelled));
    output.set(block.subarray(0, length - filled), filled);
    filled += block.length;
  }
  return output;
}

/** Keys of one direction. */
export interface DirectionKeys {
  readonly key: Uint8Array;
  readonly fixedIv: Uint8Array;
}

/** What both sides know once keys are agreed: everything else is derived from it. */
export class SessionSecrets {
  /** The extended master secret: bound to the transcript up to ClientKeyExchange (RFC 7627 §4). */
  static derive(
    crypto: CryptoProvider,
    suite: CipherSuite,
    premasterSecret: Uint8Array,
    transcript: Uint8Array,
    randoms: { readonly client: Uint8Array; readonly server: Uint8Array },
  ): SessionSecrets {
    const sessionHash = crypto.hash(suite.hash, transcript);
    const master = prf(crypto, suite.hash, premasterSecret, 'extended master secret', sessionHash, MASTER_SECRET_BYTES);
    return new SessionSecrets(crypto, suite, master, randoms);
  }

  constructor(
    private readonly crypto: CryptoProvider,
    readonly suite: CipherSuite,
    private readonly masterSecret: Uint8Array,
    private readonly randoms: { readonly client: Uint8Array; readonly server: Uint8Array },
  ) {}

  /** The key block, cut up (RFC 5246 §6.3). AEAD suites have no MAC keys. */
  trafficKeys(): { readonly client: DirectionKeys; readonly server: DirectionKeys } {
    const { keyBytes, fixedIvBytes } = this.suite;
    const seed = concat(this.randoms.server, this.randoms.client);
    const block = this.expand('key expansion', seed, 2 * (keyBytes + fixedIvBytes));
    const ivs = 2 * keyBytes;
    return {
      client: { key: block.subarray(0, keyBytes), fixedIv: block.subarray(ivs, ivs + fixedIvBytes) },
      server: { key: block.subarray(keyBytes, ivs), fixedIv: block.subarray(ivs + fixedIvBytes) },
    };
  }

  /** What a Finished message of `sender` must hold after `transcript` (RFC 5246 §7.4.9). */
  verifyData(sender: 'client' | 'server', transcript: Uint8Array): Uint8Array {
    return this.expand(`${sender} finished`, this.crypto.hash(this.suite.hash, transcript), VERIFY_DATA_BYTES);
  }

  /** Keying material for other protocols (RFC 5705 §4). An absent context differs from an empty one. */
  export(label: string, length: number, context?: Uint8Array): Uint8Array {
    const randoms = concat(this.randoms.client, this.randoms.server);
    return this.expand(label, context ? concat(randoms, vector16(context)) : randoms, length);
  }

  private expand(label: string, seed: Uint8Array, length: number): Uint8Array {
    return prf(this.crypto, this.suite.hash, this.masterSecret, label, seed, length);
  }
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
