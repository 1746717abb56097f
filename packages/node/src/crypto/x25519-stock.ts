import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeX25519 } from './public-keys.js';

/** A key for one agreement. */
export interface X25519Key {
  readonly privateKey: KeyObject;
  /** 32 bytes (RFC 7748 §5). */
  readonly publicKey: Uint8Array;
}

/** Enough for handshakes that begin together. A key that waits is as fresh as any: it is given out once, and to nobody else. */
const READY = 4;

/**
 * Keeps a few keys ready, since a handshake that makes its own has the peer wait for it: a tenth of a millisecond of the five
 * that a handshake takes. Nothing is made before the first handshake; what was taken is made again in a later turn of the event loop.
 */
export class X25519Stock {
  private readonly ready: X25519Key[] = [];
  private isRefilling = false;

  /** `later` runs a task when what runs now has been sent. */
  constructor(private readonly later: (task: () => void) => void = (task) => void setImmediate(task)) {}

  take(): X25519Key {
    const key = this.ready.pop() ?? newKey();
    this.refillLater();
    return key;
  }

  private refillLater(): void {
    if (this.isRefilling || this.ready.length >= READY) return;
    this.isRefilling = true;
    this.later(() => {
      this.isRefilling = false;
      this.ready.push(newKey());
      this.refillLater(); // one a turn, so that nobody waits for all of them
    });
  }
}

function newKey(): X25519Key {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return { privateKey, publicKey: writeX25519(publicKey) };
}
