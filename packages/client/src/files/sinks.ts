import type { FileSink } from './transfer.js';

/** Keeps everything as Blob parts: browsers move large blobs to disk by themselves. The last resort, and it works everywhere. */
export function blobSink(mediaType: string): FileSink {
  /** Small pieces are gathered first: a blob for each would cost more than its bytes. */
  const GATHER_BYTES = 4 * 1024 * 1024;
  const parts: Blob[] = [];
  let gathered: Uint8Array<ArrayBuffer>[] = [];
  let gatheredBytes = 0;
  const settle = (): void => {
    parts.push(new Blob(gathered));
    gathered = [];
    gatheredBytes = 0;
  };
  return {
    write(bytes) {
      gathered.push(bytes.slice());
      gatheredBytes += bytes.length;
      if (gatheredBytes >= GATHER_BYTES) settle();
    },
    async close() {
      settle();
      return new Blob(parts, { type: mediaType });
    },
    abort() {
      parts.length = 0;
      gathered = [];
    },
  };
}

/** What some browsers have beyond the DOM types (File System Access). */
interface FilePickers {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

/** Writes into a file that the person chooses (`showSaveFilePicker`); call it from a click. Undefined when they choose none or cannot. */
export async function savePickerSink(name: string): Promise<FileSink | undefined> {
  const { showSaveFilePicker } = globalThis as FilePickers;
  if (!showSaveFilePicker) return undefined;
  try {
    const handle = await showSaveFilePicker.call(globalThis, { suggestedName: name });
    return writableSink(await handle.createWritable(), async () => undefined);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

/** Folder of the origin's private file system where received files wait to be saved. */
const PRIVATE_FOLDER = 'maru-received';

/** Writes to the origin's private file system and gives the file back as a Blob that lives on disk: for files larger than memory. */
export async function privateFileSink(transferId: string, mediaType = ''): Promise<FileSink> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(PRIVATE_FOLDER, { create: true });
  const name = `${transferId.replace(/[^\w-]/g, '_')}-${crypto.randomUUID()}`;
  const handle = await folder.getFileHandle(name, { create: true });
  const remove = (): Promise<void> => folder.removeEntry(name);
  return writableSink(
    await handle.createWritable(),
    async () => {
      const file = await handle.getFile();
      return file.slice(0, file.size, mediaType);
    },
    remove,
  );
}

/** Removes what earlier visits left in the private file system. Call when no transfer runs, e.g. when the page starts. */
export async function clearPrivateFiles(): Promise<void> {
  if (!('storage' in navigator) || !('getDirectory' in navigator.storage)) return;
  const root = await navigator.storage.getDirectory();
  try {
    await root.removeEntry(PRIVATE_FOLDER, { recursive: true });
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'NotFoundError') throw error;
  }
}

/** Which sinks this browser has, best first. `blob` is always among them. */
export function availableSinks(): readonly ('save-picker' | 'private-file' | 'blob')[] {
  const hasPicker = 'showSaveFilePicker' in globalThis;
  const hasPrivate =
    typeof FileSystemFileHandle !== 'undefined' &&
    'createWritable' in FileSystemFileHandle.prototype &&
    globalThis.isSecureContext;
  return [...(hasPicker ? (['save-picker'] as const) : []), ...(hasPrivate ? (['private-file'] as const) : []), 'blob'];
}

function writableSink(
  writable: FileSystemWritableFileStream,
  result: () => Promise<Blob | undefined>,
  remove: () => Promise<void> = async () => undefined,
): FileSink {
  return {
    write: (bytes) => writable.write(bytes as Uint8Array<ArrayBuffer>),
    async close() {
      await writable.close();
      return result();
    },
    async abort() {
      await writable.abort();
      await remove();
    },
  };
}
