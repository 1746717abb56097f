// What stands in the files that `maru watch` writes, as ffmpeg decodes them.

import { spawnSync } from 'node:child_process';
import { SQUARES } from './burnt-camera.js';

const [WIDTH, HEIGHT] = [704, 36];
const SOUND_HZ = 8_000;

/** A file, decoded. */
export interface Recorded {
  /** The brightness of one line at the foot of each picture, from left to right. */
  readonly feet: readonly Uint8Array[];
  /** The loudest of its sound: 0 silence, 1 as loud as it can be. */
  readonly peak: number;
}

export function readRecording(path: string): Recorded {
  const pictures = decode(path, ['-map', '0:v', '-s', `${WIDTH}x${HEIGHT}`, '-vsync', '0', '-f', 'rawvideo', '-pix_fmt', 'gray']);
  const sound = decode(path, ['-map', '0:a', '-f', 's16le', '-ac', '1', '-ar', String(SOUND_HZ)]);
  const feet: Uint8Array[] = [];
  const [size, foot] = [WIDTH * HEIGHT, WIDTH * (HEIGHT - 2)];
  for (let at = 0; at + size <= pictures.length; at += size) feet.push(pictures.subarray(at + foot, at + foot + WIDTH));
  const samples = new Int16Array(sound.buffer, sound.byteOffset, sound.length >> 1);
  return { feet, peak: samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) / 32_768 };
}

/** Of pictures of a burnt camera: the marks that stand in them, and how many different numbers. */
export function marksIn({ feet }: Recorded): { readonly marks: readonly number[]; readonly numbers: number } {
  const marks = new Set<number>();
  const numbers = new Set<number>();
  for (const foot of feet) {
    const bits = bitsOf(foot, SQUARES.mark + SQUARES.number + SQUARES.check);
    const [mark, number] = [bits.slice(0, SQUARES.mark), bits.slice(SQUARES.mark, -SQUARES.check)].map((text) =>
      parseInt(text, 2),
    );
    if (mark === undefined || number === undefined || mark === 0) continue;
    if ((mark + number) % 2 ** SQUARES.check !== parseInt(bits.slice(-SQUARES.check), 2)) continue; // too blurred to read
    marks.add(mark);
    numbers.add(number);
  }
  return { marks: [...marks], numbers: numbers.size };
}

/** Of pictures of the test pattern: the times of day that stand in them, in milliseconds. */
export function timesIn({ feet }: Recorded): number[] {
  return feet.map((foot) => parseInt(bitsOf(foot, 32), 2));
}

function bitsOf(foot: Uint8Array, count: number): string {
  let bits = '';
  for (let bit = 0; bit < count; bit++) bits += foot[Math.floor(((bit + 0.5) * WIDTH) / count)]! > 127 ? '1' : '0';
  return bits;
}

function decode(path: string, output: readonly string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-i', path, ...output, '-'], {
    timeout: 60_000,
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`ffmpeg cannot read ${path}: ${stderr}`);
  return stdout;
}
