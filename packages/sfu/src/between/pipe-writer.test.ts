import { expect, test } from 'vitest';
import { PipeWriter } from './pipe-writer.js';
import { PIPE_WORDS, RecordKind } from './records.js';
import { RingReader, RingWriter, ringMemory } from './shared-ring.js';

function pipe(bytes: number) {
  const memory = ringMemory(bytes);
  const ring = new RingWriter(memory);
  const reader = new RingReader(memory);
  /** Kinds and first bytes of what has come. */
  const read = (): string[] => {
    ring.publish();
    const records: string[] = [];
    for (let at = reader.next(); at >= 0; at = reader.next())
      records.push(`${reader.words[at >> 2]} ${reader.bytes[at + 4 * PIPE_WORDS]}`);
    reader.release();
    return records;
  };
  return { writer: new PipeWriter(ring), read };
}

const of = (mark: number): Uint8Array => new Uint8Array(40).fill(mark);

test('media that finds no room is dropped; what is said waits, and nothing overtakes it', () => {
  const { writer, read } = pipe(256);
  for (let mark = 1; mark <= 4; mark++) writer.lossy(RecordKind.media, 1, 2, 3, of(mark));
  writer.reliable(RecordKind.control, 1, 2, 0, of(5));
  writer.lossy(RecordKind.media, 1, 2, 3, of(6));
  writer.reliable(RecordKind.control, 1, 2, 0, of(7));
  expect(writer.fill).toBe(1);
  expect(read()).toEqual(['2 1', '2 2', '2 3', '2 4']);
  writer.lossy(RecordKind.media, 1, 2, 3, of(8)); // there is room again: who waited goes first
  expect(read()).toEqual(['5 5', '5 7', '2 8']);
  expect([writer.packets, writer.dropped, writer.overflowed]).toEqual([5, 1, 0]);
});

test('what could never have room, or more than a worker that reads would leave, is counted and not kept', () => {
  const { writer } = pipe(1 << 16);
  writer.reliable(RecordKind.message, 1, 2, 0, new Uint8Array(1 << 16));
  expect(writer.overflowed).toBe(1);
  const message = new Uint8Array(30_000);
  for (let i = 0; i < 600; i++) writer.reliable(RecordKind.message, 1, 2, 0, message);
  expect(writer.overflowed).toBeGreaterThan(30);
  expect(writer.overflowed).toBeLessThan(60);
});
