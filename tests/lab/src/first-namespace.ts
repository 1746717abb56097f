import { execFileSync } from 'node:child_process';
import { missingForLab } from './requirements.js';

/** The first namespace of a machine makes ip(8) mount the folder of all: two at once would get in each other's way. */
export default function setup(): void {
  if (missingForLab() !== undefined) return;
  const name = `maru${process.pid}x-first`;
  execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', ['netns', 'del', name]);
}
