import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as later } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { FfmpegEngine } from './ffmpeg-engine.js';

const COMPILED = new URL('../../../dist/engine/ffmpeg/ffmpeg-engine.js', import.meta.url);

/** Encodes, says so, and ends in good order when it is asked to. */
const ENCODING = `
const { FfmpegEngine } = await import(${JSON.stringify(COMPILED.href)});
const engine = await FfmpegEngine.find();
const settings = { codec: 'VP8', parameters: '', width: 320, height: 180, frameRate: 30, bitrateBps: 300_000, scaleDownBy: 1 };
const encoder = engine.encodeVideo(settings, () => console.log('encoding'), () => undefined);
let count = 0;
setInterval(() => encoder.write({ width: 320, height: 180, data: new Uint8Array(86_400), timestampMs: 33 * count++ }), 33);
process.on('SIGTERM', () => process.exit(0));
`;

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** Whether process `pid` runs; one that ended and was not asked for its status does not. */
function runs(pid: string): boolean {
  const status = `/proc/${pid}/status`;
  return existsSync(status) && !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
}

test.runIf(process.platform === 'linux' && existsSync(COMPILED)).each(['SIGTERM', 'SIGKILL'] as const)(
  'when the process that encodes ends by %s, its encoder does too',
  async (signal) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', ENCODING], { stdio: ['ignore', 'pipe', 'inherit'] });
    started.push(child);
    await once(child.stdout, 'data');
    const encoders = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
    expect(encoders).toHaveLength(1);
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    while (runs(encoders[0]!)) await later(5); // the test's own limit bounds it
  },
);

test('an engine that cannot be run is an error that says what to install', async () => {
  await expect(FfmpegEngine.find('/nowhere/ffmpeg')).rejects.toThrow(/apt install ffmpeg/);
});
