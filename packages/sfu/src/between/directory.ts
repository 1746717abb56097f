/** Entries of one bucket; a key has its place in any of them. */
const BUCKET = 16;
/** Room for some eight times as many as may be there: that a bucket is full never comes up. */
const BUCKETS = 16_384;
const SLOTS = BUCKET * BUCKETS;
const HEADER_WORDS = 2;
/** An entry is 27 bits of its key, four for the worker's number, and one that is always set. */
const KEY_BITS = 27;
const KEY_SHIFT = 32 - KEY_BITS;
const WORKER_MASK = 15;
/** Its upper bits say in which bucket a key is, its lower ones what is compared there. */
export type DirectoryKey = number;

/** Memory for a directory. `seed`: two random words, so that nobody outside can choose keys that collide. */
export function directoryMemory(seed: readonly [number, number]): SharedArrayBuffer {
  const memory = new SharedArrayBuffer((HEADER_WORDS + SLOTS) * 4);
  new Int32Array(memory).set(seed);
  return memory;
}

/**
 * Which worker a remote address or a ufrag belongs to, for all workers of a server: a table in shared memory of a part of each key. A key that
 * is not there is found with a chance of one in ten million: whoever is asked in its place then says that it is nobody's.
 */
export class Directory {
  private readonly slots: Int32Array;
  private readonly seed0: number;
  private readonly seed1: number;

  constructor(memory: SharedArrayBuffer) {
    const words = new Int32Array(memory);
    this.seed0 = words[0]!;
    this.seed1 = words[1]!;
    this.slots = words.subarray(HEADER_WORDS);
  }

  /** The key of what comes to our end number `end` from the address of these words (IPv4 mapped into IPv6) and port. */
  keyOfAddress(end: number, w0: number, w1: number, w2: number, w3: number, port: number): DirectoryKey {
    let a = mix(this.seed0 ^ end, port);
    let b = mix(this.seed1 ^ port, a);
    a = mix(a, w3);
    b = mix(b ^ w3, a);
    a = mix(a, w2);
    b = mix(b ^ w2, a);
    a = mix(a, w1);
    b = mix(b ^ w1, a);
    a = mix(a, w0);
    b = mix(b ^ w0, a);
    return keyOf(a, b);
  }

  keyOfUfrag(ufrag: string): DirectoryKey {
    let a = ~this.seed0;
    let b = ~this.seed1;
    for (let i = 0; i < ufrag.length; i++) {
      const code = ufrag.charCodeAt(i);
      a = mix(a, code);
      b = mix(b ^ code, a);
    }
    return keyOf(a, b);
  }

  /** The worker whose the key is; -1: nobody's. */
  ownerOf(key: DirectoryKey): number {
    const { slots } = this;
    const first = bucketOf(key);
    const wanted = key << KEY_SHIFT;
    for (let at = first; at < first + BUCKET; at++) {
      const entry = slots[at]!;
      if (entry !== 0 && (entry ^ wanted) >>> KEY_SHIFT === 0) return (entry >> 1) & WORKER_MASK;
    }
    return -1;
  }

  /** The key is this worker's from now on, whoever had it. */
  claim(key: DirectoryKey, worker: number): void {
    const { slots } = this;
    const first = bucketOf(key);
    const own = entryOf(key, worker);
    for (let at = first; at < first + BUCKET; at++) {
      const entry = Atomics.load(slots, at);
      const isSame = entry !== 0 && (entry ^ own) >>> KEY_SHIFT === 0;
      if (isSame && Atomics.compareExchange(slots, at, entry, own) === entry) return;
    }
    for (let at = first; at < first + BUCKET; at++) if (Atomics.compareExchange(slots, at, 0, own) === 0) return;
  }

  /** The key is nobody's any more, unless another has it by now. */
  release(key: DirectoryKey, worker: number): void {
    const { slots } = this;
    const first = bucketOf(key);
    const own = entryOf(key, worker);
    for (let at = first; at < first + BUCKET; at++) Atomics.compareExchange(slots, at, own, 0);
  }

  /** A worker is gone: nothing is its any more. */
  forget(worker: number): void {
    const { slots } = this;
    for (let at = 0; at < SLOTS; at++) {
      const entry = slots[at]!;
      if (entry !== 0 && ((entry >> 1) & WORKER_MASK) === worker) Atomics.compareExchange(slots, at, entry, 0);
    }
  }
}

function bucketOf(key: DirectoryKey): number {
  return Math.floor(key / 2 ** KEY_BITS) * BUCKET;
}

function entryOf(key: DirectoryKey, worker: number): number {
  return (key << KEY_SHIFT) | (worker << 1) | 1;
}

function keyOf(a: number, b: number): DirectoryKey {
  const place = mix(a, b);
  return (place & (BUCKETS - 1)) * 2 ** KEY_BITS + (mix(b, place) >>> KEY_SHIFT);
}

function mix(state: number, word: number): number {
  let mixed = Math.imul(state ^ word, 0x9e37_79b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85eb_ca6b);
  return mixed ^ (mixed >>> 13);
}
