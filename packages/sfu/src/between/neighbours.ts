import { type Bells, bellsMemory } from './bells.js';
import { directoryMemory } from './directory.js';
import { RingReader, RingWriter, ringMemory } from './shared-ring.js';

/** Taken of one other in a row: then sockets and timers have their turn. */
const MAX_TAKEN = 512;
/** From each worker to each other: some 800 packets of full size. Memory is touched as it is used. */
const RING_BYTES = 1 << 20;

/** The memory that the workers of a server share. It outlives each of them: who takes the place of another goes on where that one was. */
export interface SharedGround {
  readonly workers: number;
  readonly directory: SharedArrayBuffer;
  readonly bells: SharedArrayBuffer;
  /** By who writes, and then by who reads; a place of one's own is empty. */
  readonly rings: readonly (readonly (SharedArrayBuffer | undefined)[])[];
}

export function sharedGround(workers: number, seed: readonly [number, number]): SharedGround {
  const places = Array.from({ length: workers }, (_, worker) => worker);
  return {
    workers,
    directory: directoryMemory(seed),
    bells: bellsMemory(workers),
    rings: places.map((from) => places.map((to) => (from === to ? undefined : ringMemory(RING_BYTES)))),
  };
}

/** Takes the records of other workers. */
export interface NeighbourReceiver {
  /** `length` bytes of `bytes` from `offset` on, lent for the call; `words` are the same memory. */
  record(from: number, words: Int32Array, bytes: Uint8Array, offset: number, length: number): void;
  /** Everything at hand was handed over. */
  recordsTaken(): void;
}

/** One worker's ends of the rings between it and the others. */
export class Neighbours {
  /** By worker; none for itself. */
  readonly writers: readonly (RingWriter | undefined)[];
  private readonly readers: readonly (RingReader | undefined)[];
  private readonly stopListening: () => void;

  constructor(
    ground: SharedGround,
    private readonly worker: number,
    private readonly bells: Bells,
    private readonly receiver: NeighbourReceiver,
  ) {
    this.writers = ground.rings[worker]!.map((memory) => memory && new RingWriter(memory));
    this.readers = ground.rings.map((ofWriter) => {
      const memory = ofWriter[worker];
      return memory && new RingReader(memory);
    });
    this.stopListening = bells.listen(worker, this.take);
  }

  /** Records that had no room in a ring, of those that this worker wrote. */
  get dropped(): number {
    return this.writers.reduce((sum, writer) => sum + (writer?.dropped ?? 0), 0);
  }

  /** Shows the others what was written for them: at the end of each turn. */
  flush(): void {
    const { writers } = this;
    for (let worker = 0; worker < writers.length; worker++) if (writers[worker]?.publish()) this.bells.ring(worker);
  }

  end(): void {
    this.stopListening();
  }

  private readonly take = (): void => {
    const { readers, receiver } = this;
    for (let worker = 0; worker < readers.length; worker++) {
      const reader = readers[worker];
      if (!reader) continue;
      let taken = 0;
      for (let at = reader.next(); at >= 0; at = taken < MAX_TAKEN ? reader.next() : -1) {
        receiver.record(worker, reader.words, reader.bytes, at, reader.length);
        taken += 1;
      }
      reader.release();
      if (taken === MAX_TAKEN) this.bells.ring(this.worker);
    }
    receiver.recordsTaken();
  };
}
