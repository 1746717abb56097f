import { ByteWriter } from '../bytes/index.js';
import type { CryptoProvider, Path, RandomSource } from '../core/index.js';

const SECRET_BYTES = 32;
/** Cookies are cut to this: what a ClientHello of any DTLS version can carry, and far beyond guessing. */
export const COOKIE_BYTES = 20;

/**
 * Makes and checks stateless cookies (RFC 6347 §4.2.1), so that a server spends nothing on a client that has not shown
 * that it receives at its address. One jar serves every connection of a port. Call {@link rotate} now and then, every few
 * minutes: cookies of the secret before the last stop counting.
 */
export class CookieJar {
  private secret: Uint8Array;
  private previousSecret: Uint8Array;

  constructor(
    private readonly crypto: CryptoProvider,
    private readonly random: RandomSource,
  ) {
    this.secret = this.previousSecret = this.draw();
  }

  rotate(): void {
    this.previousSecret = this.secret;
    this.secret = this.draw();
  }

  /** The cookie for a client at `path` whose ClientHello has this random. */
  cookieFor(path: Path, clientRandom: Uint8Array): Uint8Array {
    return this.bake(this.secret, path, clientRandom);
  }

  isValid(cookie: Uint8Array, path: Path, clientRandom: Uint8Array): boolean {
    const isCurrent = this.crypto.equal(cookie, this.bake(this.secret, path, clientRandom));
    return isCurrent || this.crypto.equal(cookie, this.bake(this.previousSecret, path, clientRandom));
  }

  private bake(secret: Uint8Array, path: Path, clientRandom: Uint8Array): Uint8Array {
    const address = new TextEncoder().encode(path.remoteAddress);
    const input = new ByteWriter(new Uint8Array(address.length + 3 + clientRandom.length));
    input.u8(address.length).raw(address).u16(path.remotePort).raw(clientRandom);
    return this.crypto.hmac('sha-256', secret, input.written).slice(0, COOKIE_BYTES);
  }

  private draw(): Uint8Array {
    const secret = new Uint8Array(SECRET_BYTES);
    this.random.fill(secret);
    return secret;
  }
}
