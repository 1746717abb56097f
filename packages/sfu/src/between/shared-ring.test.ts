import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RingReader, RingWriter, ringMemory } from './shared-ring.js';

const BYTES = 256;

/** Takes everything that is there. */
function readAll(reader: RingReader): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = reader.next(); at >= 0; at = reader.next()) records.push(reader.bytes.slice(at, at + reader.length));
  reader.release();
  return records;
}

function write(writer: RingWriter, record: Uint8Array): boolean {
  const at = writer.take(record.length);
  if (at >= 0) writer.bytes.set(record, at);
  return at >= 0;
}

describe('a ring between two threads', () => {
  test('gives records in their order, as they were written, once they are published', () => {
    const memory = ringMemory(BYTES);
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    expect(write(writer, Uint8Array.of(1, 2, 3))).toBe(true);
    expect(readAll(reader)).toEqual([]);
    expect(writer.publish()).toBe(true);
    expect(writer.publish()).toBe(false);
    expect(readAll(reader)).toEqual([Uint8Array.of(1, 2, 3)]);
    expect(writer.fill).toBe(0);
  });

  test('drops and counts what has no room, and what could never have any', () => {
    const memory = ringMemory(BYTES);
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    for (let i = 0; i < 4; i++) expect(write(writer, new Uint8Array(60))).toBe(true);
    expect(write(writer, Uint8Array.of(1))).toBe(false);
    expect(writer.take(BYTES)).toBe(-1);
    expect(writer.fill).toBe(1);
    writer.publish();
    expect(readAll(reader)).toHaveLength(4);
    expect(write(writer, Uint8Array.of(1))).toBe(true);
    expect([writer.dropped, reader.dropped]).toEqual([2, 2]);
  });

  test('another that takes the place of either end goes on where that one was', () => {
    const memory = ringMemory(BYTES);
    const first = new RingWriter(memory);
    write(first, Uint8Array.of(1));
    first.publish();
    write(first, Uint8Array.of(2)); // it dies before it says so
    readAll(new RingReader(memory));
    const second = new RingWriter(memory);
    write(second, Uint8Array.of(3));
    second.publish();
    expect(readAll(new RingReader(memory))).toEqual([Uint8Array.of(3)]);
  });

  test('whatever is written and read in whatever order, a queue would say the same; through the wrap of its counters too', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), length: fc.nat(100) }),
      fc.constant({ kind: 'publish' as const }),
      fc.constant({ kind: 'read' as const }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.nat(2_000), (steps, untilWrap) => {
        const memory = ringMemory(BYTES);
        const state = new Int32Array(memory);
        state[0] = state[16] = -4 * untilWrap; // a moment before 2^32
        const writer = new RingWriter(memory);
        const reader = new RingReader(memory);
        const pending: number[][] = [];
        const published: number[][] = [];
        let mark = 0;
        for (const one of steps) {
          if (one.kind === 'write') {
            const record = new Uint8Array(one.length).fill(++mark);
            if (write(writer, record)) pending.push([...record]);
          } else if (one.kind === 'publish') {
            writer.publish();
            published.push(...pending.splice(0));
          } else {
            expect(readAll(reader).map((record) => [...record])).toEqual(published.splice(0));
          }
        }
        expect(reader.corrupted).toBe(0);
      }),
    );
  });

  test('no bytes in the memory make a reader throw, read outside of it, or stand still', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: BYTES, maxLength: BYTES }), fc.integer(), fc.integer(), (bytes, written, read) => {
        const memory = ringMemory(BYTES);
        const reader = new RingReader(memory);
        reader.bytes.set(bytes);
        const state = new Int32Array(memory);
        state[0] = written;
        state[16] = read;
        const other = new RingReader(memory);
        for (let records = 0; ; records++) {
          const at = other.next();
          if (at < 0) break;
          expect(at + other.length).toBeLessThanOrEqual(BYTES);
          expect(records).toBeLessThan(BYTES);
        }
        expect(other.next()).toBe(-1);
        other.release();
        const writer = new RingWriter(memory); // and it works again
        write(writer, Uint8Array.of(7));
        writer.publish();
        if (writer.dropped === 0) expect(readAll(other).at(-1)).toEqual(Uint8Array.of(7));
      }),
      { numRuns: 500 },
    );
  });
});
