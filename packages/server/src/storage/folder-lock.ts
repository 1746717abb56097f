import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { makePrivateFolder } from './private-file.js';

/** Keeps two servers from writing into one data folder. A lock whose process is gone is taken over. */
export class FolderLock {
  private constructor(private readonly path: string) {}

  static take(folder: string): FolderLock {
    makePrivateFolder(folder);
    const path = join(folder, 'server.pid');
    try {
      return FolderLock.create(path);
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    }
    const holder = Number(readFileSync(path, 'utf8'));
    if (isRunning(holder)) {
      throw new ConfigError(
        `The folder ${folder} is in use by process ${holder}. Stop that server, or choose another folder: --data FOLDER. ` +
          `If that process is no server of Maru, delete ${path}.`,
      );
    }
    rmSync(path, { force: true });
    return FolderLock.create(path);
  }

  release(): void {
    rmSync(this.path, { force: true });
  }

  private static create(path: string): FolderLock {
    const descriptor = openSync(path, 'wx', 0o600);
    writeSync(descriptor, String(process.pid));
    closeSync(descriptor);
    return new FolderLock(path);
  }
}

/** Whether the process lives. Ours does not count: in a container every start has the same number. */
function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
