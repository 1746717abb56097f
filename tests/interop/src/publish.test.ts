import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, type BrowserName, launch } from './harness/browser.js';
import { eventually } from './harness/eventually.js';
import { RECORD_PEER_CONNECTIONS } from './harness/media.js';
import { Person } from './harness/person.js';
import { MaruServer } from './harness/server.js';

const MARU = resolve(import.meta.dirname, '../../../packages/cli/bin/maru.js');

let server: MaruServer;
const browsers: Browser[] = [];
const commands: MaruCommand[] = [];
const folder = mkdtempSync(join(tmpdir(), 'maru-publish-'));

beforeAll(async () => {
  server = await MaruServer.start();
});

afterEach(async () => {
  for (const command of commands.splice(0)) await command.kill();
  for (const browser of browsers.splice(0)) await browser.close();
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** `maru`, as a script runs it. */
class MaruCommand {
  readonly events: Record<string, unknown>[] = [];
  private readonly child: ChildProcess;
  private errors = '';

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [MARU, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let rest = '';
    this.child.stdout?.on('data', (bytes: Buffer) => {
      const lines = (rest + bytes.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.events.push(JSON.parse(line) as Record<string, unknown>);
    });
    this.child.stderr?.on('data', (bytes: Buffer) => (this.errors += bytes.toString()));
    commands.push(this);
  }

  /** Resolves with the first event of this name. */
  event(name: string): Promise<Record<string, unknown>> {
    return eventually(
      async () => this.events.find(({ event }) => event === name),
      (found) => found !== undefined,
      () => `no "${name}"; there is ${JSON.stringify(this.events)} ${this.errors}`,
    ).then((found) => found ?? {});
  }

  /** As Ctrl-C does; resolves with the exit status. */
  async interrupt(): Promise<number | null> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGINT');
    const [status] = (await ended) as [number | null];
    return status;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

async function person(browserName: BrowserName): Promise<Person> {
  const browser = await launch(browserName, { prelude: RECORD_PEER_CONNECTIONS });
  browsers.push(browser);
  return new Person('Minji', await browser.newTab());
}

/** The time of day, in milliseconds, that is burnt into the picture of the other in the hall; undefined before there is one. */
function burntIn(): { readonly burntMs: number; readonly seenMs: number } | undefined {
  const videos: HTMLVideoElement[] = [];
  const search = (root: Document | ShadowRoot): void => {
    for (const element of root.querySelectorAll('*')) {
      if (element instanceof HTMLVideoElement) videos.push(element);
      if (element.shadowRoot) search(element.shadowRoot);
    }
  };
  search(document);
  for (const video of videos) {
    const { videoWidth: width, videoHeight: height } = video;
    if (Math.abs(width / height - 16 / 9) > 0.02 || video.readyState < 2) continue;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d')!;
    context.drawImage(video, 0, 0);
    const seenMs = Date.now() % 86_400_000;
    const row = height - Math.max(2, Math.floor(height / 32));
    const { data } = context.getImageData(0, row, width, 1);
    let value = 0;
    for (let bit = 0; bit < 32; bit++) {
      const column = Math.floor(((bit + 0.5) * width) / 32);
      value = (value << 1) | (data[column * 4 + 1]! > 125 ? 1 : 0);
    }
    const burntMs = value >>> 0;
    if (Math.abs(burntMs - seenMs) < 10_000) return { burntMs, seenMs };
  }
  return undefined;
}

/** Whether a beep was heard: sound that has energy. */
async function hearsBeep(): Promise<boolean> {
  for (const connection of window.maruPeerConnections ?? [])
    for (const stats of (await connection.getStats()).values())
      if (stats.type === 'inbound-rtp' && stats.kind === 'audio' && stats.totalAudioEnergy > 0.0005) return true;
  return false;
}

describe.each<BrowserName>(['chromium', 'firefox'])('%s in a session', (browserName) => {
  test('sees the test pattern move, with the right time in it, and hears its beep, until the command is interrupted', async () => {
    const minji = await person(browserName);
    const link = await minji.openHall(server.url);
    const command = new MaruCommand(['publish', link, '--test-pattern']);
    await command.event('joined');
    await minji.sees(1);
    const first = await minji.tab.until('the burnt-in time', burntIn, undefined);
    await minji.tab.until('the beep', hearsBeep, undefined);
    const second = await eventually(
      () => minji.tab.evaluate(burntIn, undefined),
      (seen) => (seen?.burntMs ?? 0) > first!.burntMs,
      () => 'the picture stands still',
    );
    expect(second!.seenMs - second!.burntMs).toBeLessThan(2_000);
    expect(await command.interrupt()).toBe(0);
    await minji.sees(0);
    expect(minji.tab.complaints).toEqual([]);
  }, 90_000);

  test.each([
    ['WebM in a folder', 'Minji-camera.webm', (folder: string) => ['--out', folder], /^vp8,/],
    ['MP4 by name', 'call.mp4', (folder: string) => [join(folder, 'call.mp4')], /^(h264|vp9|av1),/],
  ])(
    'is recorded by maru watch to %s: pictures and sound, for as long as they came',
    async (_, name, args, codec) => {
      const minji = await person(browserName);
      const link = await minji.openHall(server.url);
      const out = join(folder, `${browserName}-${name}`);
      mkdirSync(out);
      const command = new MaruCommand(['watch', link, ...args(out), '--duration', '8']);
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
    },
    90_000,
  );
});

test('a server that is killed and started again finds the publisher in its seat, and media goes on meanwhile', async () => {
  const minji = await person('chromium');
  const command = new MaruCommand(['publish', await minji.openHall(server.url), '--test-pattern']);
  await command.event('joined');
  await minji.tab.until('the burnt-in time', burntIn, undefined);
  await server.kill();
  await command.event('line-down');
  const meanwhile = await minji.tab.until('the burnt-in time', burntIn, undefined);
  expect(meanwhile!.seenMs - meanwhile!.burntMs).toBeLessThan(2_000);
  await server.run();
  await command.event('line-up');
  await minji.sees(1);
  expect(await command.interrupt()).toBe(0);
  await minji.sees(0);
}, 90_000);
