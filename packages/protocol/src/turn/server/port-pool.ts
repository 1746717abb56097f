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

  constructor(readonly port: number) {}

  take(): number {
    return this.port;
  }

  takeEven(reserveNext: boolean): number | undefined {
    return reserveNext || this.port % 2 === 1 ? undefined : this.port;
  }

  release(): void {}
}

const ALL_PORTS = 65_536;

/**
 * The ports of one relay address for one transport. Which is free is one bit; taking one is at random, so that none can be guessed. The
 * range may change while ports are taken: those outside it come back without being given again.
 */
export class PortPool implements PortSource {
  private readonly taken = new Uint32Array(ALL_PORTS / 32);
  private firstPort = 1;
  private lastPort = 0;
  used = 0;

  constructor(
    firstPort: number,
    lastPort: number,
    private readonly random: RandomSource,
  ) {
    this.setRange(firstPort, lastPort);
  }

  get size(): number {
    return this.lastPort - this.firstPort + 1;
  }

  setRange(firstPort: number, lastPort: number): void {
    assert(firstPort >= 1 && lastPort < ALL_PORTS && firstPort <= lastPort, 'relay ports are a range within 1 to 65535');
    this.firstPort = firstPort;
    this.lastPort = lastPort;
    this.used = 0;
    for (let port = firstPort; port <= lastPort; port++) if (this.isTaken(port)) this.used += 1;
  }

  take(): number | undefined {
    return this.find((port) => !this.isTaken(port));
  }

  takeEven(reserveNext: boolean): number | undefined {
    const isFree = (port: number): boolean => port <= this.lastPort && !this.isTaken(port);
    const port = this.find((even) => even % 2 === 0 && isFree(even) && (!reserveNext || isFree(even + 1)));
    if (port !== undefined && reserveNext) this.mark(port + 1);
    return port;
  }

  release(port: number): void {
    assert(this.isTaken(port), 'a port that is given back was taken');
    this.taken[port >>> 5]! &= ~(1 << (port & 31));
    if (this.isInRange(port)) this.used -= 1;
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

  private isTaken(port: number): boolean {
    return (this.taken[port >>> 5]! & (1 << (port & 31))) !== 0;
  }

  private isInRange(port: number): boolean {
    return port >= this.firstPort && port <= this.lastPort;
  }

  private mark(port: number): void {
    this.taken[port >>> 5]! |= 1 << (port & 31);
    this.used += 1;
  }
}
