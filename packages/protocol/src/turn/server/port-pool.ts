import { assert, type RandomSource } from '../../core/index.js';

/** Where ports of a relay address come from. */
export interface PortSource {
  readonly size: number;
  /** Ports in use or kept for a token. */
  readonly used: number;
  take(): number | undefined;
  takeEven(reserveNext: boolean): number | undefined;
  release(port: number): void;
}

/** One port for everybody. Nobody gets it for an even pair: the port after it is nobody's. */
export class SharedPort implements PortSource {
  readonly size = 1;
  readonly used = 0;

  constructor(private readonly port: number) {}

  take(): number {
    return this.port;
  }

  takeEven(reserveNext: boolean): number | undefined {
    return reserveNext || this.port % 2 === 1 ? undefined : this.port;
  }

  release(): void {}
}

/** The ports of one relay address for one transport. Which is free is one bit; taking one is at random, so that none can be guessed. */
export class PortPool implements PortSource {
  readonly size: number;
  private readonly taken: Uint32Array;
  /** Ports in use or kept for a token. */
  used = 0;

  constructor(
    readonly firstPort: number,
    readonly lastPort: number,
    private readonly random: RandomSource,
  ) {
    assert(firstPort >= 1 && lastPort <= 65_535 && firstPort <= lastPort, 'relay ports are a range within 1 to 65535');
    this.size = lastPort - firstPort + 1;
    this.taken = new Uint32Array((this.size + 31) >>> 5);
  }

  /** A free port, undefined when there is none. */
  take(): number | undefined {
    return this.find((port) => this.isFree(port));
  }

  /** A free even port (RFC 8656 §18.10); with `reserveNext` the one after it is taken as well. */
  takeEven(reserveNext: boolean): number | undefined {
    const port = this.find((even) => even % 2 === 0 && this.isFree(even) && (!reserveNext || this.isFree(even + 1)));
    if (port !== undefined && reserveNext) this.mark(port + 1);
    return port;
  }

  release(port: number): void {
    const index = port - this.firstPort;
    assert(!this.isFree(port), 'a port that is given back was taken');
    this.taken[index >>> 5]! &= ~(1 << (index & 31));
    this.used -= 1;
  }

  private find(fits: (port: number) => boolean): number | undefined {
    if (this.used >= this.size) return undefined;
    const start = this.random.uint32() % this.size;
    for (let i = 0; i < this.size; i++) {
      const port = this.firstPort + ((start + i) % this.size);
      if (!fits(port)) continue;
      this.mark(port);
      return port;
    }
    return undefined;
  }

  private isFree(port: number): boolean {
    const index = port - this.firstPort;
    return index >= 0 && index < this.size && (this.taken[index >>> 5]! & (1 << (index & 31))) === 0;
  }

  private mark(port: number): void {
    const index = port - this.firstPort;
    this.taken[index >>> 5]! |= 1 << (index & 31);
    this.used += 1;
  }
}
