/** What was dropped, folders opened up. */
export interface Dropped {
  readonly files: readonly File[];
  /** Something was not readable, or there was more than {@link MAX_FILES}. */
  readonly incomplete: boolean;
}

/** More files in one drop are a whole disk let go by accident. */
export const MAX_FILES = 500;

/** Collects the files of a drop, those in folders included. Must be called within the drop event: the browser empties it afterwards. */
export function droppedFiles(transfer: DataTransfer): Promise<Dropped> {
  const entries = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry?.() ?? undefined, file: item.getAsFile() }));
  return collect(entries);
}

async function collect(roots: readonly { entry: FileSystemEntry | undefined; file: File | null }[]): Promise<Dropped> {
  const files: File[] = [];
  let incomplete = false;
  const waiting: FileSystemEntry[] = [];
  for (const { entry, file } of roots) {
    if (entry?.isDirectory) waiting.push(entry);
    else if (file) files.push(file);
    else incomplete = true;
  }
  for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
    if (files.length >= MAX_FILES) return { files: files.slice(0, MAX_FILES), incomplete: true };
    try {
      if (isDirectory(entry)) waiting.push(...(await entriesOf(entry)));
      else if (isFile(entry)) files.push(await fileOf(entry));
    } catch {
      incomplete = true; // one unreadable file does not keep the others from going; the person is told
    }
  }
  return { files: files.slice(0, MAX_FILES), incomplete: incomplete || files.length > MAX_FILES };
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** All entries of a folder: the reader gives them in portions, and an empty one at the end. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  while (all.length <= MAX_FILES) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (portion.length === 0) break;
    all.push(...portion);
  }
  return all;
}
