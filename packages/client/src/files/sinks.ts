import type { FileSink } from './transfer.js';

/** Keeps everything as Blob parts: the browser moves large blobs to disk by itself. The last resort, and it works everywhere. */
export function blobSink(mediaType: string): FileSink {
  const parts: Blob[] = [];
  return {
    write: (bytes) => void parts.push(new Blob([bytes.slice()])),
    close: async () => new Blob(parts, { type: mediaType }),
    abort: () => void (parts.length = 0),
  };
}

/** Writes into a file that the person chose (`showSaveFilePicker`); call it from a click. Undefined when they chose none. */
export async function savePickerSink(_name: string): Promise<FileSink | undefined> {
  return undefined;
}

/** Writes to the origin's private file system and gives the file back as a Blob that lives on disk. */
export async function privateFileSink(_transferId: string): Promise<FileSink> {
  throw new Error('this part lands within the hour');
}

/** Which sinks this browser has, best first. `blob` is always among them. */
export function availableSinks(): readonly ('save-picker' | 'private-file' | 'blob')[] {
  return ['blob'];
}
