import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, launch } from './harness/browser.js';
import { burntCamera } from './harness/burnt-camera.js';
import { eventually } from './harness/eventually.js';
import { FRUGAL_PAGE } from './harness/frugal-page.js';
import { Host } from './harness/host.js';
import { flows, RECORD_PEER_CONNECTIONS } from './harness/media.js';
import { type Attendee, Meeting } from './harness/meeting.js';
import { keepTile, tileIsKept } from './harness/page.js';
import { Rest } from './harness/rest.js';
import { MaruServer } from './harness/server.js';

const KEY = 'key-of-somebody-who-walks-in-a-test';
const CAMERA = { width: 160, height: 90, frameRate: 4 };
const WIFI = { device: 'wifi0', net: 61 };
const MOBILE = { device: 'mobile0', net: 62 };
/** By then everybody sees them again: dead signaling is noticed, consent lapses, ICE begins anew, key frames come; also where processors are short. */
const BACK_MS = 90_000;
const WALKER = 'Walker';

let host: Host;
let server: MaruServer;
let rest: Rest;
let meeting: Meeting;
const browsers: Browser[] = [];

beforeAll(async () => {
  host = Host.open(60);
  await host.plug(WIFI);
  server = await MaruServer.start({ MARU_API_KEY: KEY, MARU_MEDIA_ADDRESS: host.address });
  rest = new Rest(server.url, KEY);
  const prelude = RECORD_PEER_CONNECTIONS + FRUGAL_PAGE + burntCamera(CAMERA);
  browsers.push(await launch('chromium', { prelude }));
  browsers.push(await launch('firefox', { prelude }));
  browsers.push(await launch('chromium', { prelude, executablePath: host.program('/usr/bin/chromium') }));
  meeting = await Meeting.open(server, rest, 'sfu');
  await meeting.enter('Ada', browsers[0]!);
  await meeting.enter('Ben', browsers[1]!);
  await meeting.enter(WALKER, browsers[2]!, { origin: `https://${host.address}:${server.port}` });
  for (const one of meeting.attendees.values()) await meeting.watch(one);
  for (const { tab } of meeting.attendees.values()) await flows(tab, { videos: 2, audios: 2 });
}, 120_000);

afterAll(async () => {
  for (const browser of browsers) await browser.close();
  await server?.stop();
  host?.close();
}, 60_000);

const stayers = (): Attendee[] => [...meeting.attendees].flatMap(([name, one]) => (name === WALKER ? [] : [one]));

/** What the server knows of everybody: the names of what happened to their media, and what they publish. */
interface Known {
  readonly events: ReadonlyMap<string, readonly string[]>;
  readonly streams: readonly string[];
}

async function known(): Promise<Known> {
  const events = new Map<string, string[]>();
  for (const [name, { id }] of await meeting.connections()) {
    const all = await rest.events(meeting.hall, id);
    events.set(
      name,
      all.map(({ event, fields }) => (fields['isRestart'] === true ? 'restart' : event)),
    );
  }
  return { events, streams: (await meeting.streams()).map(({ connection, stream }) => `${connection} ${stream.id}`).sort() };
}

/** Offers and tracks: whoever is not meant by a change has no more of them. A machine without time for anybody may still make somebody look for a path. */
const negotiated = (events: readonly string[]): string[] => events.filter((event) => /^(offer|track|slot)\//.test(event));

/** Resolves once everybody sees and hears everybody. */
async function allSeeAll(): Promise<void> {
  await meeting.allSights();
  await eventually(
    () => meeting.allSights(),
    (sights) => [...sights].every(([name, seen]) => meeting.isEverybodySeen(name, seen)),
    (sights) => `not everybody sees everybody: ${JSON.stringify([...sights])}`,
    { timeoutMs: BACK_MS, everyMs: 2_000 },
  );
  for (const { tab } of meeting.attendees.values()) await flows(tab, { videos: 2, audios: 2 });
}

/** Takes a network from the walker as `change` does, and looks at what the others notice of it. Resolves with what happened to the walker's media. */
async function walks(change: () => Promise<void>): Promise<readonly string[]> {
  const before = await known();
  for (const { tab } of stayers()) await tab.evaluate(keepTile, WALKER);
  await change();
  const changedAt = performance.now();
  await allSeeAll();
  console.info(`${WALKER} is back after ${Math.round(performance.now() - changedAt)} ms`);
  const after = await known();
  expect(after.streams).toEqual(before.streams);
  for (const { person, tab } of stayers()) {
    const { name } = person;
    expect(negotiated(after.events.get(name)!), name).toEqual(negotiated(before.events.get(name)!));
    expect(await tab.evaluate(tileIsKept, WALKER), name).toBe(true);
    expect(tab.complaints, name).toEqual([]);
  }
  const { tab } = meeting.attendees.get(WALKER)!;
  expect(tab.complaints.filter((text) => !/ERR_|Failed to load|WebSocket/.test(text))).toEqual([]);
  const all = after.events.get(WALKER)!;
  const count = (event: string): number => all.filter((one) => one === event).length;
  expect(count('track/published') - count('track/unpublished'), all.join()).toBe(2);
  return all.slice(before.events.get(WALKER)!.length);
}

describe('somebody who changes networks in a call through the media server', () => {
  test('from one that goes to one that comes: ICE begins anew, all see and hear them again, and nobody else notices', async () => {
    const happened = await walks(async () => {
      host.unplug(WIFI.device);
      await host.plug(MOBILE);
    });
    expect(happened).toContain('path/selected');
    // where processors are short, restarts may go unanswered for so long that the page takes a new connection
    if (!happened.includes('track/published')) expect(happened).toContain('restart');
  });

  test('from one of two that goes to the other', async () => {
    await host.plug(WIFI);
    await allSeeAll();
    await walks(async () => host.unplug(MOBILE.device));
  });
});
