import type { SubscriptionWhyList } from '@maru/signaling/rest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, launch } from './harness/browser.js';
import { burntCamera } from './harness/burnt-camera.js';
import { eventually } from './harness/eventually.js';
import { FRUGAL_PAGE } from './harness/frugal-page.js';
import { Host } from './harness/host.js';
import { keyFramesSent, RECORD_PEER_CONNECTIONS, videoSent } from './harness/media.js';
import { type Attendee, Meeting } from './harness/meeting.js';
import { textsOf } from './harness/page.js';
import { Rest } from './harness/rest.js';
import { MaruServer } from './harness/server.js';
import type { TileSight, TileSights } from './harness/tile-watch.js';

/**
 * `npm run six` says for how long it is looked at, three times in a row, and has the processors to itself: then it is told what people see.
 * In a run of all tests processors are short, so that pictures are late whatever the line: then it is told what the server decides.
 */
const ASKED_SECONDS = process.env['MARU_SIX_SECONDS'];
const HAS_PROCESSORS = ASKED_SECONDS !== undefined;
const SECONDS = Number(ASKED_SECONDS ?? 20);
const KEY = 'key-of-the-six-who-meet-in-a-test';
/** The smallest of which both browsers make two sizes, in few pictures a second: six people in two browsers share two cores with the server. */
const CAMERA = { width: 480, height: 270, frameRate: 6 };
const LARGE = String(CAMERA.width);
const SMALL = String(CAMERA.width / 2);
const BAD_LINK = { delayMs: 20, loss: 0.05, rateKbit: 300, queueMs: 300 };
/** How often it is looked whether they have settled, and at how many looks they have; in a row, where processors allow it. */
const LOOK_MS = 4_000;
const STEADY_LOOKS = 4;
const FAR = 'Far';
const IN_FIREFOX = ['Dia', 'Eli'];
/** The names of the small and the large encoding. */
const [SMALL_RID, LARGE_RID] = ['h', 'f'];

let host: Host;
let server: MaruServer;
let rest: Rest;
let meeting: Meeting;
const browsers: Browser[] = [];

beforeAll(async () => {
  host = Host.open(1);
  await host.plug({ device: 'eth0', net: 1, faults: BAD_LINK });
  server = await MaruServer.start({ MARU_API_KEY: KEY, MARU_MEDIA_ADDRESS: host.address });
  rest = new Rest(server.url, KEY);
  const prelude = RECORD_PEER_CONNECTIONS + FRUGAL_PAGE + burntCamera(CAMERA);
  const chromium = await open('chromium', { prelude });
  const firefox = await open('firefox', { prelude });
  const far = await open('chromium', { prelude, executablePath: host.program('/usr/bin/chromium') });
  meeting = await Meeting.open(server, rest, 'sfu');
  await meeting.enter('Ada', chromium);
  await meeting.enter('Ben', chromium, { listens: true });
  await meeting.enter('Cho', chromium, { listens: true });
  await meeting.enter('Dia', firefox);
  await meeting.enter('Eli', firefox, { listens: true });
  await meeting.enter(FAR, far, { origin: `https://${host.address}:${server.port}` });
  for (const one of meeting.attendees.values()) await meeting.watch(one);
}, 240_000);

afterAll(async () => {
  for (const browser of browsers) await browser.close();
  await server?.stop();
  host?.close();
}, 60_000);

async function open(...how: Parameters<typeof launch>): Promise<Browser> {
  const browser = await launch(...how);
  browsers.push(browser);
  return browser;
}

const others = (): [string, Attendee][] => [...meeting.attendees].filter(([name]) => name !== FAR);
const isLarge = ({ widths }: TileSight): boolean => (widths[LARGE] ?? 0) > 0 && (widths[SMALL] ?? 0) === 0;
const inWords = (sights: ReadonlyMap<string, TileSights>): string =>
  [...sights].map(([name, { stalledMs, tiles }]) => `${name} (stalled ${stalledMs}) sees ${JSON.stringify(tiles)}`).join('\n');

/** Who sent pictures all the time: somebody saw at least half of them. */
function steadySenders(sights: ReadonlyMap<string, TileSights>): string[] {
  return [...meeting.attendees.keys()].filter((name) =>
    others().some(([viewer]) => {
      const { elapsedMs, tiles } = sights.get(viewer)!;
      return (tiles[name]?.pictures ?? 0) > (elapsedMs / 1_000) * CAMERA.frameRate * 0.5;
    }),
  );
}

/**
 * Resolves once everybody sees the five, large where processors allow it, and whoever is far sees people small: for a while where what they
 * see is told, since a line that is yet to be found out begins with more than it carries.
 */
async function settles(): Promise<void> {
  let looks = 0;
  const isSeen = (tile: TileSight): boolean => (HAS_PROCESSORS ? isLarge(tile) : tile.pictures > 0);
  await eventually(
    () => meeting.allSights(),
    (sights) => {
      const seeOneAnother = others().every(([name]) =>
        others().every(([other]) => other === name || isSeen(sights.get(name)!.tiles[other]!)),
      );
      const seenByFar = Object.values(sights.get(FAR)!.tiles).filter(({ pictures }) => pictures > 0).length;
      const isSettled = seeOneAnother && seenByFar >= (HAS_PROCESSORS ? 3 : 1);
      if (isSettled) looks += 1;
      else if (HAS_PROCESSORS) looks = 0;
      return looks >= STEADY_LOOKS;
    },
    async (sights) => {
      const whys = [...meeting.attendees.keys()].map(async (name) => `${name}: ${await meeting.whyOf(name)}`);
      return `they do not see one another:\n${inWords(sights)}\n${(await Promise.all(whys)).join('\n')}`;
    },
    { timeoutMs: 120_000, everyMs: LOOK_MS },
  );
}

/** Why whoever is far sees of the others what they see. */
async function whyFar(): Promise<SubscriptionWhyList['items']> {
  const { id } = (await meeting.connections()).get(FAR)!;
  return (await rest.why(meeting.hall, id)).filter(({ track }) => track === 'video');
}

describe('six people in both browsers', () => {
  let sights: Map<string, TileSights>;
  let keyFrames: number;
  let beganAt: string;

  beforeAll(async () => {
    await settles();
    const asked = (): Promise<number[]> => Promise.all([...meeting.attendees.values()].map(({ tab }) => keyFramesSent(tab)));
    const before = await asked();
    await meeting.allSights();
    beganAt = new Date().toISOString();
    await new Promise((over) => setTimeout(over, SECONDS * 1_000));
    sights = await meeting.allSights();
    keyFrames = (await asked()).reduce((sum, count, i) => sum + count - before[i]!, 0);
    const sent = [...meeting.attendees].map(async ([name, { tab }]) => `${name} sent ${JSON.stringify(await videoSent(tab))}`);
    console.info(
      `six people, ${SECONDS} s, ${keyFrames} key frames:\n${inWords(sights)}\n${(await Promise.all(sent)).join('\n')}`,
    );
  }, 240_000);

  test('everybody shows everybody else, and nobody in place of another', () => {
    for (const [name, { tiles }] of sights) {
      expect(Object.keys(tiles).sort()).toEqual([...meeting.attendees.keys()].filter((other) => other !== name).sort());
      for (const [other, { marks }] of Object.entries(tiles)) {
        expect(marks, `${name} sees ${other}`).toEqual(marks.length > 0 ? [meeting.attendees.get(other)!.mark] : []);
      }
    }
  });

  test('those on good lines see one another, large where processors allow it, and nobody stands still for long', () => {
    for (const [name] of others()) {
      const { tiles, stalledMs, elapsedMs } = sights.get(name)!;
      const due = (elapsedMs / 1_000) * CAMERA.frameRate;
      for (const [other] of others()) {
        if (other === name) continue;
        const { widths, pictures, longestMs, numbersPassed } = tiles[other]!;
        const told = `${name} sees ${other}: ${JSON.stringify(tiles[other])}`;
        expect(pictures, told).toBeGreaterThan(0);
        if (!HAS_PROCESSORS) continue;
        // Firefox makes fewer pictures where processors are short, and rests its large size for some seconds: then the small one is seen, after a moment
        const isFirefox = IN_FIREFOX.includes(other);
        expect((widths[LARGE] ?? 0) / pictures, told).toBeGreaterThanOrEqual(isFirefox ? 0.5 : 0.95);
        expect(pictures, told).toBeGreaterThan(due * 0.5);
        expect(numbersPassed, told).toBeGreaterThan(due * 0.5);
        expect(longestMs, told).toBeLessThan((isFirefox ? 3_500 : 2_000) + stalledMs);
      }
    }
  });

  test('whoever is behind 300 kbit/s and 5 % loss sees people small, and never large', async () => {
    const { tiles, stalledMs } = sights.get(FAR)!;
    const whys = await whyFar();
    const chosen = whys.map(({ stream, history }) => `${stream}: ${history.map(({ at, layer }) => `${at} ${layer}`).join(', ')}`);
    const told = `since ${beganAt} ${JSON.stringify(tiles)}\n${chosen.join('\n')}`;
    const history = whys.flatMap((why) => why.history.map(({ at, layer }) => ({ at, rid: layer.split(' ')[0] })));
    expect(history.map(({ rid }) => rid)).toContain(SMALL_RID);
    // where a browser has no processor and its people send nothing, their share of the line is room for a large picture of another
    if (others().some(([name]) => !steadySenders(sights).includes(name))) {
      console.info(`not told: whether ${FAR} sees nobody large. Only ${steadySenders(sights).join(', ')} sent all the time.`);
      expect(HAS_PROCESSORS).toBe(false);
      return;
    }
    for (const { widths, switches } of Object.values(tiles)) {
      expect(
        Object.keys(widths).filter((width) => width !== SMALL),
        told,
      ).toEqual([]);
      expect(switches, told).toBe(0);
    }
    const sinceThen = history.filter(({ at }) => at >= beganAt).map(({ rid }) => rid);
    expect(sinceThen.length).toBeGreaterThan(0);
    expect(sinceThen).not.toContain(LARGE_RID);
    if (!HAS_PROCESSORS) return;
    const steady = Object.values(tiles).filter(({ longestMs }) => longestMs < 3_000 + stalledMs);
    expect(steady.length, told).toBeGreaterThanOrEqual(3);
  });

  test('the server says why: the network of whoever is far, and of nobody else', async () => {
    const { id } = (await meeting.connections()).get(FAR)!;
    const pictures = await eventually(
      whyFar,
      (whys) => whys.length === 5 && whys.some(({ limitedBy }) => limitedBy === 'network'),
      (whys) => whys.map(({ limitedBy }) => limitedBy).join(', '),
    );
    for (const why of pictures) {
      // Who lacks processors sends no large picture at times: then the small one is all that there is
      expect(HAS_PROCESSORS ? ['network'] : ['network', 'publisher']).toContain(why.limitedBy);
      if (why.layer) expect(why.layer.width, JSON.stringify(why.layer)).toBeLessThanOrEqual(Number(SMALL));
      expect(why.estimateBps).toBeLessThan(400_000);
      const ofStream = await rest.whyOf(meeting.hall, id, why.stream);
      expect(ofStream.find(({ track }) => track === 'video')).toMatchObject({ stream: why.stream });
    }
    expect(Math.max(...pictures.map(({ lossFraction }) => lossFraction))).toBeGreaterThan(0.01);
    if (!HAS_PROCESSORS) return;
    // at one moment the processors are what somebody lacks, whose packets then come late: it must pass
    for (const [name, { id: other }] of await meeting.connections()) {
      if (name === FAR) continue;
      await eventually(
        async () => (await rest.why(meeting.hall, other)).map(({ limitedBy }) => limitedBy),
        (factors) => !factors.includes('network'),
        (factors) => `${name} is limited by ${factors.join(', ')}`,
      );
    }
  }, 90_000);

  test('no storm: a picture begins anew seldom', () => {
    expect(keyFrames).toBeLessThan(HAS_PROCESSORS ? SECONDS : 3 * SECONDS);
    for (const { tab } of meeting.attendees.values()) expect(tab.complaints).toEqual([]);
  });
});

test('the operator reads on the admin page whose line is bad, what it loses and what it carries', async () => {
  const { id } = (await meeting.connections()).get(FAR)!;
  const tab = await browsers[0]!.newTab();
  await tab.goto(`${server.url}/media.html`);
  await tab.fill('key', KEY);
  await tab.click('open');
  const read = async (selector: string): Promise<string> => (await tab.evaluate(textsOf, selector)).join(' ');
  const isExplained = (text: string): boolean =>
    text.includes(FAR) &&
    /[Ll]oses [\d.]+\s?% on the way (?:down|up)/.test(text) &&
    /line carries only about [\d.]+\s?[kM]bit\/s/.test(text);
  for (const selector of [
    `[data-testid="people"] tr[data-connection="${id}"]`,
    `[data-testid="troubles"] article[data-connection="${id}"]`,
  ]) {
    await eventually(
      () => read(selector),
      isExplained,
      (text) => `the page says of ${FAR}: "${text}"`,
    );
  }
  await eventually(
    () => read(`[data-testid="troubles"] article[data-connection="${id}"] li[data-limited-by="network"]`),
    (text) => /carries no more/.test(text),
    (text) => `of the pictures that ${FAR} gets: "${text}"`,
  );
  await tab.close();
}, 90_000);
