import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EncodedPacketSink, FilePathSource, Input, WEBM } from 'mediabunny';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { watchCommand } from '../watch/command.js';
import type { HallLink } from './hall-link.js';
import { HallSession } from './hall-session.js';
import type { SessionIo } from './session-command.js';
import { NumberedSource, numberOfFrame } from './testing/numbered-source.js';
import { TestHalls } from './testing/test-hall.js';

const folder = mkdtempSync(join(tmpdir(), 'maru-moving-'));
let halls: TestHalls;
const endings: (() => void | Promise<void>)[] = [];

beforeAll(async () => {
  halls = await TestHalls.start();
});
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});
afterAll(async () => {
  await halls.close();
  rmSync(folder, { recursive: true, force: true });
});

async function publisher(link: HallLink, name: string): Promise<HallSession> {
  const source = new NumberedSource();
  endings.push(() => source.stop());
  const publish = { kind: 'camera' as const, tracks: source.tracks, asIs: true };
  const hall = await HallSession.join(
    { link, name, ca: undefined, wantsOthers: false, publish },
    { joined: () => {}, ended: (code, detail) => expect.unreachable(`${code}: ${detail}`) },
  );
  endings.push(() => hall.leave());
  return hall;
}

interface Told extends Record<string, unknown> {
  readonly event: string;
}

/** `maru watch`, and what it says. */
class Watcher {
  readonly told: Told[] = [];
  readonly status: Promise<number>;
  private readonly hopes = new Set<() => void>();
  private interrupt: () => unknown = () => {};

  constructor({ server: base, hall }: HallLink, args: readonly string[]) {
    const io: SessionIo = {
      out: (line) => {
        this.told.push(JSON.parse(line) as Told);
        for (const hope of this.hopes) hope();
      },
      err: () => {},
      progress: () => {},
      onStop: (stop) => (this.interrupt = stop),
      isTerminal: false,
      columns: 100,
    };
    this.status = watchCommand([`${base.href}h/${hall}`, ...args, '--json'], io);
    endings.push(() => void this.stop());
  }

  /** Resolves with the first thing said that is as wanted, from the `from`th on. */
  until(event: string, isIt: (told: Told) => boolean = () => true, from = 0): Promise<Told> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.told.slice(from).find((one) => one.event === event && isIt(one));
        if (!found) return;
        this.hopes.delete(look);
        resolve(found);
      };
      this.hopes.add(look);
      look();
    });
  }

  stop(): Promise<number> {
    this.interrupt();
    return this.status;
  }
}

/** Numbers of the frames of each kind in a file, in its order, and the longest step between their times. */
async function readBack(path: string) {
  const input = new Input({ source: new FilePathSource(path), formats: [WEBM] });
  const numbers: Record<'video' | 'audio', number[]> = { video: [], audio: [] };
  const longestStep = { video: 0, audio: 0 };
  for (const track of await input.getTracks()) {
    const kind = track.isVideoTrack() ? 'video' : 'audio';
    let last = Number.NaN;
    for await (const { data, timestamp } of new EncodedPacketSink(track).packets()) {
      numbers[kind].push(numberOfFrame(data));
      if (!Number.isNaN(last)) longestStep[kind] = Math.max(longestStep[kind], timestamp - last);
      last = timestamp;
    }
  }
  input.dispose();
  return { numbers, longestStep };
}

const pictures = (told: Told): number =>
  (told['streams'] as { kind: string; frames: number }[]).find(({ kind }) => kind === 'video')?.frames ?? 0;

test('in a session of mode sfu, what one publishes from Node.js another writes to a file, through the media server', async () => {
  const link = await halls.open('sfu');
  const minji = await publisher(link, 'Minji');
  const path = join(folder, 'sfu.webm');
  const watcher = new Watcher(link, [path]);
  await watcher.until('figures', (told) => told['name'] === 'Minji' && pictures(told) > 30);
  expect(minji.call.media).toMatchObject({ way: 'sfu', stage: 'settled' });
  expect(await watcher.stop()).toBe(0);
  const { numbers } = await readBack(path);
  expect(numbers.video.length).toBeGreaterThan(20);
  expect(numbers.audio.length).toBeGreaterThan(30);
  expect(watcher.told.map(({ event }) => event)).toEqual(
    expect.arrayContaining(['joined', 'media', 'stream', 'written', 'ended']),
  );
}, 90_000);

test('a call of mode auto moves to the media server and back: the stream goes on, and so does the file', async () => {
  const link = await halls.open('auto');
  await publisher(link, 'Minji');
  const path = join(folder, 'auto.webm');
  const watcher = new Watcher(link, [path]);
  await watcher.until('figures', (told) => pictures(told) > 20);

  const third = await publisher(link, 'Junho');
  await watcher.until('media', ({ way, stage }) => way === 'sfu' && stage === 'settled');
  const moved = watcher.told.length;
  await watcher.until('figures', (told) => told['name'] === 'Minji' && pictures(told) > 20, moved);

  await third.leave();
  await watcher.until('media', ({ way, stage }) => way === 'p2p' && stage === 'settled', moved);
  const back = watcher.told.length;
  await watcher.until('figures', (told) => told['name'] === 'Minji' && pictures(told) > 20, back);
  expect(await watcher.stop()).toBe(0);

  expect(watcher.told.filter(({ event }) => event === 'written').map(({ files }) => files)).toContainEqual([path]);
  const { numbers, longestStep } = await readBack(path);
  for (const kind of ['video', 'audio'] as const) {
    const steps = numbers[kind].slice(1).map((number, index) => number - numbers[kind][index]!);
    expect(Math.min(...steps)).toBeGreaterThan(-15); // the two ways overlap for a moment
    expect(longestStep[kind]).toBeLessThan(1.5); // all of it in one process, on a machine that may be busy
  }
}, 90_000);
