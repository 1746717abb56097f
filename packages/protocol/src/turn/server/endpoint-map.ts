import { IpEndpoint } from './ip-endpoint.js';

/** Words of a key: scope, four of the address, port. */
const STRIDE = 6;
const FIRST_SLOTS = 64;

/**
 * A map from a scope (a listener, a relay) and an endpoint to a value. Open addressing over integers: a look-up makes no object,
 * and an entry costs some 60 bytes. Seeded, so that nobody outside can choose addresses that collide.
 */
export class EndpointMap<T> {
  size = 0;
  private mask = FIRST_SLOTS - 1;
  private keys = new Int32Array(FIRST_SLOTS * STRIDE);
  private values: (T | undefined)[] = new Array<T | undefined>(FIRST_SLOTS).fill(undefined);

  constructor(private readonly seed: number) {}

  get(scope: number, endpoint: IpEndpoint): T | undefined {
    return this.values[this.slotOf(scope, endpoint, endpoint.port)];
  }

  /** What is under the address alone: entries whose port is 0. */
  getAddress(scope: number, endpoint: IpEndpoint): T | undefined {
    return this.values[this.slotOf(scope, endpoint, 0)];
  }

  set(scope: number, endpoint: IpEndpoint, value: T): void {
    if (4 * (this.size + 1) > 3 * this.values.length) this.grow();
    const slot = this.slotOf(scope, endpoint, endpoint.port);
    if (this.values[slot] === undefined) {
      this.size += 1;
      this.write(slot, scope, endpoint);
    }
    this.values[slot] = value;
  }

  delete(scope: number, endpoint: IpEndpoint): void {
    let hole = this.slotOf(scope, endpoint, endpoint.port);
    if (this.values[hole] === undefined) return;
    this.size -= 1;
    // what was pushed past the hole moves back into it: no tombstones (Knuth, vol. 3, algorithm 6.4 R)
    for (let slot = (hole + 1) & this.mask; this.values[slot] !== undefined; slot = (slot + 1) & this.mask) {
      const home = this.homeAt(slot);
      if (((slot - home) & this.mask) < ((slot - hole) & this.mask)) continue;
      this.keys.copyWithin(hole * STRIDE, slot * STRIDE, (slot + 1) * STRIDE);
      this.values[hole] = this.values[slot];
      hole = slot;
    }
    this.values[hole] = undefined;
  }

  /** The slot of the entry, or the free one where it would be. */
  private slotOf(scope: number, { w0, w1, w2, w3 }: IpEndpoint, port: number): number {
    const { keys, values, mask } = this;
    let slot = this.hash(scope, w0, w1, w2, w3, port) & mask;
    while (values[slot] !== undefined) {
      const at = slot * STRIDE;
      if (
        keys[at + 4] === w3 &&
        keys[at + 5] === port &&
        keys[at] === scope &&
        keys[at + 3] === w2 &&
        keys[at + 2] === w1 &&
        keys[at + 1] === w0
      )
        break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private homeAt(slot: number): number {
    const { keys } = this;
    const at = slot * STRIDE;
    return this.hash(keys[at]!, keys[at + 1]!, keys[at + 2]!, keys[at + 3]!, keys[at + 4]!, keys[at + 5]!) & this.mask;
  }

  private hash(scope: number, w0: number, w1: number, w2: number, w3: number, port: number): number {
    let hash = mix(this.seed ^ w0, w1);
    hash = mix(hash, w2);
    hash = mix(hash, w3);
    return mix(hash, (scope << 16) ^ port);
  }

  private write(slot: number, scope: number, { w0, w1, w2, w3, port }: IpEndpoint): void {
    const { keys } = this;
    const at = slot * STRIDE;
    keys[at] = scope;
    keys[at + 1] = w0;
    keys[at + 2] = w1;
    keys[at + 3] = w2;
    keys[at + 4] = w3;
    keys[at + 5] = port;
  }

  private grow(): void {
    const { keys, values } = this;
    this.mask = 2 * values.length - 1;
    this.keys = new Int32Array(2 * keys.length);
    this.values = new Array<T | undefined>(2 * values.length).fill(undefined);
    this.size = 0;
    const endpoint = new IpEndpoint();
    for (const [slot, value] of values.entries()) {
      if (value === undefined) continue;
      const at = slot * STRIDE;
      endpoint.w0 = keys[at + 1]!;
      endpoint.w1 = keys[at + 2]!;
      endpoint.w2 = keys[at + 3]!;
      endpoint.w3 = keys[at + 4]!;
      endpoint.port = keys[at + 5]!;
      this.set(keys[at]!, endpoint, value);
    }
  }
}

/** One round of MurmurHash3. */
function mix(hash: number, value: number): number {
  let k = Math.imul(value, 0xcc9e2d51 | 0);
  k = (k << 15) | (k >>> 17);
  let h = hash ^ Math.imul(k, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  h = (Math.imul(h, 5) + (0xe6546b64 | 0)) | 0;
  return h ^ (h >>> 16);
}
