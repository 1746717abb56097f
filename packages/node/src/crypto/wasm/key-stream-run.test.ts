import { createCipheriv } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CounterSource, type Habit, KeyStreamRun } from './key-stream-run.js';
import { MAX_RUN, PacketEngine, RUN, RUN_BYTES } from './packet-engine.js';

const HEADER_BYTES = 12;
const BLOCK_BYTES = 16;

/** AES under a key, whose counters say SSRC, rollover counter and sequence number and nothing else; counts its calls. */
class Source implements CounterSource {
  readonly habit: Habit = { run: 1 };
  readonly blocks;
  calls = 0;

  constructor(private readonly key: Buffer) {
    const blocks = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
    const update = blocks.update.bind(blocks);
    this.blocks = Object.assign(blocks, {
      update: (counters: Uint8Array) => {
        this.calls += 1;
        return update(counters);
      },
    }) as typeof blocks;
  }

  writeCounter(to: Uint8Array, at: number, packet: Uint8Array, packetAt: number, rollover: number, sequence: number): void {
    Buffer.from(to.buffer).set(this.counterOf(packet.subarray(packetAt), rollover, sequence), at);
  }

  counterOf(packet: Uint8Array, rollover: number, sequence: number): Buffer {
    const counter = Buffer.alloc(BLOCK_BYTES);
    counter.set(packet.subarray(8, 12));
    counter.writeUInt32BE(rollover >>> 0, 4);
    counter.writeUInt16BE(sequence, 8);
    return counter;
  }

  streamOf(packet: Uint8Array, rollover: number, length: number): Buffer {
    const counter = this.counterOf(packet, rollover, (packet[2]! << 8) | packet[3]!);
    return createCipheriv('aes-128-ctr', this.key, counter).update(Buffer.alloc(length));
  }
}

function headerOf(ssrc: number, sequence: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(sequence, 2);
  header.writeUInt32BE(ssrc, 8);
  return header;
}

const engine = PacketEngine.make(false)!;

/** Takes the next stream as a cipher does, and returns it. */
function take(
  run: KeyStreamRun,
  source: Source,
  header: Uint8Array,
  rollover: number,
  length: number,
  { bytes } = engine,
): Buffer {
  const at = run.next(source, header, 0, rollover, length);
  const stream = Buffer.from(bytes.slice(at, at + length));
  run.wipe(at, length);
  return stream;
}

const step = fc.record({
  source: fc.nat(2),
  ssrc: fc.constantFrom(1, 0xffff_ffff),
  /** On from the last of its source and SSRC; mostly the next. */
  ahead: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: -3, max: 40_000 }) }),
  repeats: fc.integer({ min: 1, max: 12 }),
  blocks: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 70, max: 128 })),
});

test('whoever sends what in whatever order, each packet has the key stream of its own counter', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const sources = [1, 2, 3].map((byte) => new Source(Buffer.alloc(16, byte)));
      const run = new KeyStreamRun(engine, RUN);
      const indexes = new Map<string, number>();
      for (const { source, ssrc, ahead, repeats, blocks } of steps) {
        for (let i = 0; i < repeats; i++) {
          const name = `${source} ${ssrc}`;
          const index = Math.max(0, (indexes.get(name) ?? 65_530) + ahead);
          indexes.set(name, index);
          const rollover = Math.floor(index / 65_536);
          const header = headerOf(ssrc, index % 65_536);
          const length = blocks * BLOCK_BYTES;
          const stream = take(run, sources[source]!, header, rollover, length);
          expect(stream.equals(sources[source]!.streamOf(header, rollover, length))).toBe(true);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('a sender that goes on has up to eight packets to a call, and one who takes turns with another no more than it had before', () => {
  const [one, other] = [new Source(Buffer.alloc(16, 1)), new Source(Buffer.alloc(16, 2))];
  const run = new KeyStreamRun(engine, RUN);
  for (let i = 0; i < 1 + 2 + 4 + 8 + 80; i++) take(run, one, headerOf(1, i), 0, 1_184);
  expect(one.habit.run).toBe(MAX_RUN);
  expect(one.calls).toBe(4 + 10);
  one.calls = 0;
  for (let i = 0; i < 50; i++) {
    take(run, one, headerOf(1, 1_000 + i), 0, 1_184);
    take(run, other, headerOf(2, i), 0, 1_184);
  }
  expect(one.habit.run).toBe(1);
  expect(other.habit.run).toBe(1);
  expect(one.calls + other.calls).toBe(100);
});

test('what has been used is not in memory any more', () => {
  const source = new Source(Buffer.alloc(16, 3));
  const fresh = PacketEngine.make(false)!;
  const run = new KeyStreamRun(fresh, RUN);
  for (let i = 0; i < 15; i++) take(run, source, headerOf(1, i), 0, 1_184, fresh);
  expect(fresh.bytes.subarray(RUN, RUN + RUN_BYTES).every((byte) => byte === 0)).toBe(true);
});
