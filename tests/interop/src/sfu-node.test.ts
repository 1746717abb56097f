import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, launch } from './harness/browser.js';
import { burntCamera } from './harness/burnt-camera.js';
import { eventually } from './harness/eventually.js';
import { FRUGAL_PAGE } from './harness/frugal-page.js';
import { MaruCommand } from './harness/maru-command.js';
import { RECORD_PEER_CONNECTIONS } from './harness/media.js';
import { Meeting } from './harness/meeting.js';
import { burntIn, hearsBeep } from './harness/pattern-eye.js';
import { marksIn, readRecording, timesIn } from './harness/recording-eye.js';
import { Rest } from './harness/rest.js';
import { MaruServer } from './harness/server.js';

const KEY = 'key-of-those-who-meet-node-in-a-test';
const CAMERA = { width: 160, height: 90, frameRate: 4 };
/** Of the loudest that there is: fake microphones of browsers and the beep of the pattern are far above it. */
const AUDIBLE = 0.01;
const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'maru-sfu-node-'));

let server: MaruServer;
let meeting: Meeting;
const browsers: Browser[] = [];
const commands: MaruCommand[] = [];

beforeAll(async () => {
  server = await MaruServer.start({ MARU_API_KEY: KEY });
  const prelude = RECORD_PEER_CONNECTIONS + FRUGAL_PAGE + burntCamera(CAMERA);
  meeting = await Meeting.open(server, new Rest(server.url, KEY), 'sfu');
  browsers.push(await launch('chromium', { prelude }), await launch('firefox', { prelude }));
  await meeting.enter('Ada', browsers[0]!);
  await meeting.enter('Ben', browsers[1]!);
}, 120_000);

afterAll(async () => {
  for (const command of commands) await command.kill();
  for (const browser of browsers) await browser.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function maru(...args: string[]): MaruCommand {
  const command = new MaruCommand(args);
  commands.push(command);
  return command;
}

/** From one time of day to a later one. */
const passed = (from: number, to: number): number => (to - from + DAY_MS) % DAY_MS;

const MEMBERS = ['Ada', 'Ben', 'Pattern'];

/** Resolves once this command has got so many pictures of everybody. */
async function gets(watcher: MaruCommand, pictures: number): Promise<void> {
  for (const member of MEMBERS) {
    await watcher.until(
      `${pictures} pictures of ${member}`,
      ({ event, name, streams }) =>
        event === 'figures' &&
        name === member &&
        (streams as { kind: string; frames: number }[]).some(({ kind, frames }) => kind === 'video' && frames >= pictures),
      60_000,
    );
  }
}

test('maru publish and maru watch take part beside both browsers: its picture moves in them, and the files hold everybody', async () => {
  const link = `${server.url}/h/${meeting.hall}?mode=sfu`;
  const publisher = maru('publish', link, '--test-pattern', '--name', 'Pattern', '--size', '320x180', '--fps', '10');
  const watcher = maru('watch', link, '--out', folder, '--name', 'Watcher');
  for (const command of [publisher, watcher])
    await command.until('media through the server', ({ event, way }) => event === 'media' && way === 'sfu');
  for (const { tab, person } of meeting.attendees.values()) {
    await person.sees(3);
    const first = await tab.until('the burnt-in time', burntIn, undefined, 60_000);
    await tab.until('the beep', hearsBeep, undefined, 60_000);
    await eventually(
      () => tab.evaluate(burntIn, undefined),
      (seen) => (seen?.burntMs ?? 0) > first!.burntMs,
      () => `the pattern stands still for ${person.name}`,
    );
  }
  await gets(watcher, 30);
  expect(await watcher.interrupt()).toBe(0);
  expect(await publisher.interrupt()).toBe(0);
  for (const { tab, person } of meeting.attendees.values()) {
    await person.sees(1);
    expect(tab.complaints).toEqual([]);
  }
}, 180_000);

test('the files hold pictures and sound of each of them, and of nobody else', () => {
  expect(readdirSync(folder).sort()).toEqual(MEMBERS.map((name) => `${name}-camera.webm`));
  for (const [name, { mark }] of meeting.attendees) {
    const recorded = readRecording(join(folder, `${name}-camera.webm`));
    const { marks, numbers } = marksIn(recorded);
    expect(marks, name).toEqual([mark]);
    expect(numbers, name).toBeGreaterThan(20);
    expect(recorded.peak, name).toBeGreaterThan(AUDIBLE);
  }
  const pattern = readRecording(join(folder, 'Pattern-camera.webm'));
  const now = Date.now() % DAY_MS;
  const times = timesIn(pattern).filter((time) => passed(time, now) < 5 * 60_000);
  const steps = times.slice(1).filter((time, index) => passed(times[index]!, time) < 60_000);
  expect(times.length).toBeGreaterThan(20);
  expect(steps.length, times.join()).toBeGreaterThan(0.9 * (times.length - 1));
  expect(pattern.peak).toBeGreaterThan(AUDIBLE);
});
