import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BrowserName } from './harness/browser.js';
import { eventually } from './harness/eventually.js';
import { MaruCommand } from './harness/maru-command.js';
import { type BurntTime, burntIn, hearsBeep } from './harness/pattern-eye.js';
import { People } from './harness/people.js';
import type { Person } from './harness/person.js';
import { MaruServer } from './harness/server.js';
import { smallCamera } from './harness/small-camera.js';

let server: MaruServer;
const people = new People();
const commands: MaruCommand[] = [];
const folder = mkdtempSync(join(tmpdir(), 'maru-publish-'));

beforeAll(async () => {
  server = await MaruServer.start();
});

afterEach(async () => {
  for (const command of commands.splice(0)) await command.kill();
  await people.disperse();
});

afterAll(async () => {
  await people.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** `maru`, as a script runs it; ended with the test. */
function maru(...args: string[]): MaruCommand {
  const command = new MaruCommand(args);
  commands.push(command);
  return command;
}

const person = (browserName: BrowserName): Promise<Person> => people.person('Minji', browserName, smallCamera());

/** Resolves once pictures go on, and are of this moment: one of them may have waited for a processor. */
async function seesAfter({ tab }: Person, before: BurntTime): Promise<void> {
  await eventually(
    () => tab.evaluate(burntIn, undefined),
    (seen) => seen !== undefined && seen.burntMs > before.burntMs && seen.seenMs - seen.burntMs < 2_000,
    (seen) => `the picture stands still, or comes late: ${JSON.stringify({ before, seen })}`,
  );
}

describe.each<BrowserName>(['chromium', 'firefox'])('%s in a session', (browserName) => {
  test('sees the test pattern move, with the right time in it, and hears its beep, until the command is interrupted', async () => {
    const minji = await person(browserName);
    const link = await minji.openHall(server.url);
    const command = maru('publish', link, '--test-pattern');
    await command.event('joined');
    await minji.sees(1);
    const first = await minji.tab.until('the burnt-in time', burntIn, undefined);
    await minji.tab.until('the beep', hearsBeep, undefined);
    await seesAfter(minji, first!);
    expect(await command.interrupt()).toBe(0);
    await minji.sees(0);
    expect(minji.tab.complaints).toEqual([]);
  });

  test.each([
    ['WebM in a folder', 'Minji-camera.webm', (folder: string) => ['--out', folder], /^vp8,/],
    ['MP4 by name', 'call.mp4', (folder: string) => [join(folder, 'call.mp4')], /^(h264|vp9|av1),/],
  ])('is recorded by maru watch to %s: pictures and sound, for as long as they came', async (_, name, args, codec) => {
    const minji = await person(browserName);
    const link = await minji.openHall(server.url);
    const out = join(folder, `${browserName}-${name}`);
    mkdirSync(out);
    const command = maru('watch', link, ...args(out), '--duration', '8');
    const { files, videoFrames } = await command.event('written');
    await command.event('ended');
    expect(readdirSync(out)).toEqual([name]);
    expect(files).toEqual([join(out, name)]);
    const probe = ['-v', 'error', '-count_frames', '-show_entries', 'stream=codec_name,nb_read_frames', '-of', 'csv=p=0'];
    const { stdout, stderr } = spawnSync('ffprobe', [...probe, join(out, name)], { encoding: 'utf8', timeout: 30_000 });
    expect(stderr).toBe('');
    const [video = '', audio = ''] = stdout.trim().split('\n');
    expect(video, JSON.stringify(command.events)).toMatch(codec);
    expect(video.split(',')[1], JSON.stringify(command.events)).toBe(String(videoFrames));
    expect(Number(videoFrames), JSON.stringify(command.events)).toBeGreaterThan(30);
    expect(audio).toMatch(/^opus,\d{3,}$/);
  });
});

test('a server that is killed and started again finds the publisher in its seat, and media goes on meanwhile', async () => {
  const minji = await person('chromium');
  const command = maru('publish', await minji.openHall(server.url), '--test-pattern');
  await command.event('joined');
  const before = await minji.tab.until('the burnt-in time', burntIn, undefined);
  await server.kill();
  await command.event('line-down');
  await seesAfter(minji, before!);
  await server.run();
  await command.event('line-up');
  await minji.sees(1);
  expect(await command.interrupt()).toBe(0);
  await minji.sees(0);
});
