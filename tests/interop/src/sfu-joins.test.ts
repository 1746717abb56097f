import { Swarm } from '@maru/sfu/load';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, launch } from './harness/browser.js';
import { burntCamera } from './harness/burnt-camera.js';
import { eventually } from './harness/eventually.js';
import { type PageFigures, pageFigures, type ServerFigures, serverFigures, TELLS_HEAP } from './harness/figures.js';
import { FRUGAL_PAGE } from './harness/frugal-page.js';
import { LightGuest } from './harness/light-guest.js';
import { MaruCommand } from './harness/maru-command.js';
import { flows, RECORD_PEER_CONNECTIONS } from './harness/media.js';
import { type Attendee, Meeting } from './harness/meeting.js';
import { machineAddress } from './harness/relay.js';
import { Rest } from './harness/rest.js';
import { MaruServer } from './harness/server.js';

/** For how long people come and go; `npm run rooms` says five minutes. */
const SECONDS = Number(process.env['MARU_ROOMS_SECONDS'] ?? 8);
const KEY = 'key-of-those-who-come-and-go-in-a-test';
const CAMERA = { width: 160, height: 90, frameRate: 4 };
const STAYERS = ['Ada', 'Ben'] as const;
/** Guests that cost no processor come so many with each that does. */
const LIGHT_EACH_ROUND = 5;
/** One at first, and one more each time that more are there at once than ever before. */
const MOST_OFFERS = 8;
/** A page may have sections for all who were there at once: a sound and a picture each. */
const MOST_SECTIONS = 2 * (STAYERS.length + LIGHT_EACH_ROUND + 4);
/** A page may keep so much more than it had: words about who came and went, code that was compiled. */
const PAGE_GROWTH_BYTES = 12 * 1024 * 1024;

let server: MaruServer;
let rest: Rest;
let meeting: Meeting;
let swarm: Swarm;
const browsers: Browser[] = [];
const commands: MaruCommand[] = [];

beforeAll(async () => {
  server = await MaruServer.start({ MARU_API_KEY: KEY });
  rest = new Rest(server.url, KEY);
  swarm = new Swarm(machineAddress());
  meeting = await Meeting.open(server, rest, 'sfu');
  const prelude = RECORD_PEER_CONNECTIONS + FRUGAL_PAGE + burntCamera(CAMERA);
  browsers.push(await launch('chromium', { prelude, flags: TELLS_HEAP }), await launch('firefox', { prelude }));
  for (const [index, name] of STAYERS.entries()) await meeting.enter(name, browsers[index]!);
  for (const one of meeting.attendees.values()) await meeting.watch(one);
  for (const { tab } of meeting.attendees.values()) await flows(tab, { videos: 1, audios: 1 });
}, 120_000);

afterAll(async () => {
  for (const command of commands) await command.kill();
  for (const browser of browsers) await browser.close();
  swarm?.end();
  await server?.stop();
}, 60_000);

/** Somebody who came, and how they go. */
interface Guest {
  readonly name: string;
  leave(): Promise<void>;
}

let count = 0;

/** Somebody in a tab, who says goodbye or just closes it. */
async function inTab(browser: Browser): Promise<Guest> {
  const name = `Guest ${++count}`;
  const saysGoodbye = count % 4 < 2;
  const attendee = await meeting.enter(name, browser, { listens: true });
  const leave = async (): Promise<void> => {
    if (saysGoodbye) return meeting.leave(name);
    meeting.attendees.delete(name);
    await attendee.tab.close();
  };
  return { name, leave };
}

/** Somebody with the SDK in Node.js. */
async function inNode(): Promise<Guest> {
  const name = `Node ${++count}`;
  const command = new MaruCommand(['watch', `${server.url}/h/${meeting.hall}?mode=sfu`, '--no-record', '--name', name]);
  commands.push(command);
  await command.event('media');
  return { name, leave: async () => void expect(await command.interrupt()).toBe(0) };
}

async function light(): Promise<Guest> {
  const name = `Light ${++count}`;
  const guest = await LightGuest.enter(server.url, meeting.hall, name, swarm);
  return { name, leave: () => guest.leave() };
}

/** Lets people come and go for as long as it is wanted, everybody at least once. Resolves with who is still there. */
async function comeAndGo(): Promise<{ readonly last: readonly Guest[]; readonly joins: number }> {
  const ways = [() => inTab(browsers[0]!), () => inTab(browsers[1]!), inNode];
  const present: Guest[] = [];
  const until = performance.now() + SECONDS * 1_000;
  for (let round = 0; round < ways.length || performance.now() < until; round++) {
    const [heavy, ...lights] = await Promise.all([
      ways[round % ways.length]!(),
      ...Array.from({ length: LIGHT_EACH_ROUND }, light),
    ]);
    present.push(heavy);
    for (const guest of lights) await guest.leave();
    if (present.length > 2) await present.shift()!.leave();
  }
  return { last: present, joins: count };
}

/** How often `name` had to offer, by what the server has answered. */
async function offersOf(name: string): Promise<number> {
  const { id } = (await meeting.connections()).get(name)!;
  const events = await rest.events(meeting.hall, id);
  expect(events.length, `the log of ${name} has been cut`).toBeLessThan(128);
  return events.filter(({ event }) => event === 'offer/answered').length;
}

/** Resolves once `name` sees everybody who is there, and nobody else. */
async function seesAll(name: string, viewer: Attendee): Promise<void> {
  await meeting.sights(viewer);
  await eventually(
    () => meeting.sights(viewer),
    (seen) => meeting.isEverybodySeen(name, seen),
    (seen) => `${name} does not see all of ${[...meeting.attendees.keys()].join()}: ${JSON.stringify(seen)}`,
    { timeoutMs: 60_000, everyMs: 2_000 },
  );
}

describe(`people who come and go for ${SECONDS} s`, () => {
  let before: ServerFigures;
  const pagesBefore = new Map<string, PageFigures>();
  let last: readonly Guest[] = [];

  test(
    'are let in and let go, in both browsers and in Node.js, with a goodbye and without',
    async () => {
      before = await serverFigures(server);
      for (const [name, { tab }] of meeting.attendees) pagesBefore.set(name, await pageFigures(tab));
      const gone = await comeAndGo();
      ({ last } = gone);
      console.info(`${gone.joins} joins in ${SECONDS} s`);
      const node = last.find(({ name }) => name.startsWith('Node'));
      await node?.leave();
      last = last.filter((guest) => guest !== node);
    },
    (SECONDS + 120) * 1_000,
  );

  test('in the end everybody who is there sees and hears everybody, and nobody else', async () => {
    for (const { name } of last) await meeting.watch(meeting.attendees.get(name)!);
    for (const [name, viewer] of meeting.attendees) await seesAll(name, viewer);
    const people = await meeting.connections();
    expect([...people.keys()].sort()).toEqual([...meeting.attendees.keys()].sort());
    for (const [name, { tab }] of meeting.attendees) {
      const audios = STAYERS.filter((one) => one !== name).length; // guests have a camera alone
      await flows(tab, { videos: people.size - 1, audios });
      const got = await rest.why(meeting.hall, people.get(name)!.id);
      expect(got.filter(({ track }) => track === 'video')).toHaveLength(people.size - 1);
    }
  }, 240_000);

  test('it cost those who stayed a handful of offers', async () => {
    for (const name of STAYERS) expect(await offersOf(name), name).toBeLessThanOrEqual(MOST_OFFERS);
  });

  test('when the guests are gone, nothing of them is left: no tile, no connection, no section, no memory', async () => {
    for (const guest of last) await guest.leave();
    for (const name of STAYERS) {
      const attendee = meeting.attendees.get(name)!;
      await seesAll(name, attendee);
      const now = await pageFigures(attendee.tab);
      const then = pagesBefore.get(name)!;
      const told = JSON.stringify({ name, then, now });
      console.info(told);
      expect(now, told).toMatchObject({ connections: 1, tiles: 1, videos: then.videos });
      expect(now.elements, told).toBeLessThan(then.elements + 100);
      expect(now.transceivers, told).toBeLessThanOrEqual(MOST_SECTIONS);
      expect(now.heapBytes, told).toBeLessThan(then.heapBytes + PAGE_GROWTH_BYTES);
      expect(attendee.tab.complaints, name).toEqual([]);
    }
  }, 120_000);

  test('and the server has what it had before', async () => {
    const after = await eventually(
      () => serverFigures(server),
      (now) =>
        SAME.every((name) => now[name] === before[name]) && AT_MOST.every(([name, more]) => now[name] <= before[name] + more),
      (now) => `the server had ${JSON.stringify(before)} and has ${JSON.stringify(now)}`,
      { timeoutMs: 60_000, everyMs: 500 },
    );
    console.info(JSON.stringify({ before, after }));
    const { connections, workers } = await rest.media();
    expect(connections.map(({ name }) => name).sort()).toEqual([...STAYERS]);
    expect(workers.reduce((sum, { tracks }) => sum + tracks, 0)).toBe(4);
  }, 90_000);
});

const SAME = [
  'maru_sessions',
  'maru_connections',
  'maru_links',
  'maru_streams',
  'maru_websockets',
  'maru_media_sessions',
  'maru_media_participants',
  'maru_media_tracks',
] as const;

/** Connections of HTTP that nobody has closed yet come and go; so do those of ICE over TCP that no pair needs. */
const AT_MOST = [
  ['timers', 3],
  ['maru_media_tcp_streams', 0],
  ['nodejs_active_handles_total', 4],
  ['process_open_fds', 6],
] as const;
