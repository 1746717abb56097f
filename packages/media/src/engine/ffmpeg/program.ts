import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A program that is read from a slow disk for the first time needs long. */
const ASK_LIMIT_MS = 60_000;
const run = promisify(execFile);

/** An ffmpeg that can be run. */
export interface FfmpegProgram {
  readonly path: string;
  /** Names of its encoders. */
  readonly encoders: ReadonlySet<string>;
  /** How it is told to leave out and to repeat no picture. */
  readonly passthrough: readonly string[];
}

/** Asks `path` what it is and what it can do. Rejects where it cannot be run. */
export async function askProgram(path: string): Promise<FfmpegProgram> {
  const { stdout, stderr } = await run(path, ['-encoders'], { timeout: ASK_LIMIT_MS });
  const encoders = stdout.split('\n').map((line) => /^ [VAS][A-Z.]{5} (\S+)/.exec(line)?.[1]);
  return { path, encoders: new Set(encoders.filter((name) => name !== undefined)), passthrough: passthroughOf(stderr) };
}

/** `-fps_mode` came with 5.1, and `-vsync` left with 9. Versions that are no numbers are builds of today. */
export function passthroughOf(banner: string): readonly string[] {
  const [, major, minor] = /^ffmpeg version n?(\d+)\.(\d+)/m.exec(banner) ?? [];
  const isOld = major !== undefined && (Number(major) < 5 || (Number(major) === 5 && Number(minor) < 1));
  return [isOld ? '-vsync' : '-fps_mode', 'passthrough'];
}
