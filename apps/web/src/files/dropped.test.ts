import { describe, expect, test } from 'vitest';
import { droppedFiles, MAX_FILES } from './dropped.js';

const file = (name: string) => new File(['x'], name);

/** A folder as browsers give it: its entries come in portions, an empty one at the end. */
function folder(entries: readonly FileSystemEntry[], portion = 2): FileSystemEntry {
  const entry = {
    isDirectory: true,
    isFile: false,
    createReader: () => {
      let at = 0;
      return {
        readEntries: (resolve: (entries: readonly FileSystemEntry[]) => void) => {
          resolve(entries.slice(at, at + portion));
          at += portion;
        },
      };
    },
  };
  return entry as unknown as FileSystemEntry; // the little of it that is used
}

function fileEntry(name: string, readable = true): FileSystemEntry {
  const entry = {
    isDirectory: false,
    isFile: true,
    file: (resolve: (file: File) => void, reject: (error: Error) => void) =>
      readable ? resolve(file(name)) : reject(new Error('gone')),
  };
  return entry as unknown as FileSystemEntry;
}

function drop(...roots: readonly { entry?: FileSystemEntry; file?: File }[]): DataTransfer {
  const items = roots.map((root) => ({
    kind: 'file',
    webkitGetAsEntry: () => root.entry ?? null,
    getAsFile: () => root.file ?? null,
  }));
  return { items } as unknown as DataTransfer;
}

const names = async (transfer: DataTransfer) => (await droppedFiles(transfer)).files.map((each) => each.name);

describe('a drop', () => {
  test('of files gives these files', async () => {
    expect(await names(drop({ file: file('a') }, { file: file('b') }))).toEqual(['a', 'b']);
  });
  test('of a folder gives what is in it, also further down', async () => {
    const nested = folder([fileEntry('a'), fileEntry('b'), fileEntry('c'), folder([fileEntry('d')])]);
    expect(await names(drop({ entry: nested }))).toEqual(['a', 'b', 'c', 'd']);
  });
  test('with something unreadable says so and gives the rest', async () => {
    const dropped = await droppedFiles(drop({ entry: folder([fileEntry('a', false), fileEntry('b')]) }));
    expect(dropped.files.map((each) => each.name)).toEqual(['b']);
    expect(dropped.incomplete).toBe(true);
  });
  test('of a whole disk ends', async () => {
    const endless: FileSystemEntry = folder(
      Array.from({ length: MAX_FILES + 50 }, (_, index) => fileEntry(`f${index}`)),
      100,
    );
    const dropped = await droppedFiles(drop({ entry: endless }));
    expect(dropped.files).toHaveLength(MAX_FILES);
    expect(dropped.incomplete).toBe(true);
  });
});
