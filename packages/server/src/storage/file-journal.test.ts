import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { crc32 } from './crc32.js';
import { FileJournal } from './file-journal.js';
import { FolderLock } from './folder-lock.js';
import { decodeLines, encodeLine } from './journal-line.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (): unknown[] => {
  const records: unknown[] = [];
  void FileJournal.open(folder, (record) => records.push(record)).close();
  return records;
};

test('the check sum is the well-known one', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf4_3926);
});

test('what was appended is read again, in order', async () => {
  const journal = FileJournal.open(folder, () => {});
  journal.append(['{"a":1}', '{"b":"한"}']);
  journal.append(['{"c":3}']);
  await journal.durable();
  await journal.close();
  expect(read()).toEqual([{ a: 1 }, { b: '한' }, { c: 3 }]);
  expect(statSync(join(folder, 'journal-00000001.log')).mode & 0o777).toBe(0o600);
});

test('wherever a write was cut off, what stood before it is whole and what follows can be appended', () => {
  const lines = [encodeLine(['{"n":1}']), encodeLine(['{"n":2}', '{"n":3}']), encodeLine(['{"n":4}'])];
  const whole = Buffer.concat(lines);
  fc.assert(
    fc.property(fc.nat(whole.length), (length) => {
      writeFileSync(join(folder, 'journal-00000001.log'), whole.subarray(0, length));
      const sound = decodeLines(whole.subarray(0, length)).batches.length;
      const journal = FileJournal.open(folder, () => {});
      journal.append(['{"n":9}']);
      void journal.close();
      const expected = [[{ n: 1 }], [{ n: 2 }, { n: 3 }], [{ n: 4 }]].slice(0, sound).flat();
      expect(read()).toEqual([...expected, { n: 9 }]);
    }),
    { numRuns: 60 },
  );
});

test('a file that was damaged in the middle is not built upon', () => {
  const path = join(folder, 'journal-00000001.log');
  writeFileSync(path, Buffer.concat([encodeLine(['1']), encodeLine(['2']), encodeLine(['3'])]));
  const bytes = readFileSync(path);
  bytes[16] = bytes[16]! ^ 1;
  writeFileSync(path, bytes);
  expect(() => FileJournal.open(folder, () => {})).toThrow('is damaged');
});

test('when a segment has grown, an image of the present replaces the past, and nothing said meanwhile is lost', async () => {
  const state = new Map<string, number>();
  const journal = FileJournal.open(folder, () => {}, 2_000);
  journal.imageSource = function* () {
    for (const [key, value] of state) yield [JSON.stringify({ key, value })];
  };
  const set = (key: string, value: number): void => {
    state.set(key, value);
    journal.append([JSON.stringify({ key, value })]);
  };
  for (let value = 0; value < 2_000; value += 1) {
    set(`k${value % 20}`, value);
    if (value % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await journal.close();
  const replayed = new Map<string, number>();
  for (const record of read() as { key: string; value: number }[]) replayed.set(record.key, record.value);
  expect(replayed).toEqual(state);
  const files = readdirSync(folder);
  expect(files.length).toBeLessThanOrEqual(2);
  expect(files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)).toBeLessThan(20_000);
});

test('when the disk takes nothing, it says so, durable() rejects, and an image makes up for it later', async () => {
  const journal = FileJournal.open(folder, () => {});
  journal.append(['{"n":1}']);
  const failures: unknown[] = [];
  journal.onFailure = (error) => failures.push(error);
  const internals = journal as unknown as { write: (records: readonly string[]) => number };
  const write = internals.write.bind(journal);
  internals.write = () => {
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  };
  journal.append(['{"n":2}']);
  expect(failures).toHaveLength(1);
  await expect(journal.durable()).rejects.toThrow('disk');
  internals.write = write;
  await journal.close();
  expect(read()).toEqual([{ n: 1 }]);
});

test('two servers do not share a folder; the lock of a dead one is taken over', () => {
  const lock = FolderLock.take(folder);
  writeFileSync(join(folder, 'server.pid'), String(process.ppid));
  expect(() => FolderLock.take(folder)).toThrow(`in use by process ${process.ppid}`);
  writeFileSync(join(folder, 'server.pid'), '999999999');
  FolderLock.take(folder).release();
  lock.release();
  appendFileSync(join(folder, 'server.pid'), 'nonsense');
  FolderLock.take(folder).release();
});
