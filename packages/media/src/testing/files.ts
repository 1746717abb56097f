import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** What each kind of file is made with, so that it can go as it is where its codec can. */
const CODECS: Readonly<Record<string, readonly string[]>> = {
  webm: ['-c:v', 'libvpx', '-deadline', 'realtime', '-g', '25', '-c:a', 'libopus'],
  mp4: ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
  ts: ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
  'hevc.mp4': [
    '-c:v',
    'libx265',
    '-preset',
    'ultrafast',
    '-bf',
    '0',
    '-g',
    '25',
    '-pix_fmt',
    'yuv420p',
    '-an',
    '-x265-params',
    'log-level=0',
  ],
  ogg: ['-vn', '-c:a', 'libopus'],
};

/** Two seconds of a picture and a tone, by `name` or its ending. */
export function makeFile(
  folder: string,
  name: string,
  args = CODECS[name] ?? CODECS[name.split('.').at(-1) ?? ''] ?? [],
): string {
  const path = join(folder, name);
  const input = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25', '-f', 'lavfi', '-i', 'sine=440:r=48000', '-t', '2'];
  const made = spawnSync('ffmpeg', ['-y', '-loglevel', 'error', ...input, ...args, path], { timeout: 30_000, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`ffmpeg did not make ${name}: ${made.stderr}`);
  return path;
}

/** The same file, said to stand on its side: to be turned clockwise by so many degrees before it is shown. */
export function turnFile(path: string, degrees: 90 | 180 | 270): string {
  const turned = path.replace(/(\.\w+)$/, `-turned-${degrees}$1`);
  const anticlockwise = `rotate=${360 - degrees}`;
  const args = ['-y', '-loglevel', 'error', '-i', path, '-c', 'copy', '-metadata:s:v:0', anticlockwise, turned];
  const made = spawnSync('ffmpeg', args, { timeout: 30_000, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`ffmpeg did not turn ${path}: ${made.stderr}`);
  return turned;
}
