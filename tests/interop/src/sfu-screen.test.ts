import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, launch } from './harness/browser.js';
import { burntCamera, endSharing, screenMarkOf, sharpness } from './harness/burnt-camera.js';
import { eventually } from './harness/eventually.js';
import { FRUGAL_PAGE } from './harness/frugal-page.js';
import { RECORD_PEER_CONNECTIONS } from './harness/media.js';
import { type Attendee, Meeting } from './harness/meeting.js';
import { clickFirst, isThere } from './harness/page.js';
import { Rest } from './harness/rest.js';
import { MaruServer } from './harness/server.js';
import { showsMark, type TileSights } from './harness/tile-watch.js';

const KEY = 'key-of-those-who-share-in-a-test';
/** Small, and a screen on which little moves: however slow the machine is, they fit through what it can carry. */
const CAMERA = { width: 160, height: 90, frameRate: 4 };
/** Large enough for Chromium to send it in two sizes. */
const SCREEN = { width: 640, height: 360, frameRate: 3 };
/** Of black and white stripes as they were drawn, so much is left where one can read letters as fine as these. */
const READABLE = 0.6;

let server: MaruServer;
let meeting: Meeting;
let chromium: Browser;
let firefox: Browser;

beforeAll(async () => {
  server = await MaruServer.start({ MARU_API_KEY: KEY });
  const prelude = RECORD_PEER_CONNECTIONS + FRUGAL_PAGE + burntCamera(CAMERA, SCREEN);
  [chromium, firefox] = await Promise.all([launch('chromium', { prelude }), launch('firefox', { prelude })]);
  meeting = await Meeting.open(server, new Rest(server.url, KEY), 'sfu');
  await enter('Ada', chromium);
  await enter('Ben', firefox);
  for (const one of meeting.attendees.values()) await meeting.watch(one);
}, 120_000);

afterAll(async () => {
  await Promise.all([chromium, firefox].map((browser) => browser?.close()));
  await server?.stop();
}, 60_000);

/** Somebody whose window has room for a screen and for everybody beside it. */
async function enter(name: string, browser: Browser): Promise<Attendee> {
  const attendee = await meeting.enter(name, browser, { listens: name !== 'Ada' });
  await attendee.tab.setViewport(960, 720);
  return attendee;
}

/** Resolves once `viewer` sees the screen of `sharer` as large and sharp as it is, and their camera beside it; both go on. */
async function seesScreen(viewer: Attendee, sharer: Attendee, name: string): Promise<void> {
  const screenMark = await screenMarkOf(sharer.tab);
  const isShown = ({ tiles }: TileSights): boolean => {
    const [camera, screen] = [tiles[name], tiles[`${name} (screen)`]];
    if (!camera || !screen) return false;
    const isLarge = Object.keys(screen.widths).join() === String(SCREEN.width);
    return isLarge && showsMark(screen, screenMark) && showsMark(camera, sharer.mark);
  };
  await eventually(
    async () => ({ sights: await meeting.sights(viewer), sharp: await sharpness(viewer.tab, name) }),
    ({ sights, sharp }) => isShown(sights) && sharp > READABLE,
    async (seen) =>
      `${viewer.person.name} does not see the screen of ${name}, mark ${screenMark}: ${JSON.stringify(seen)} because ${await meeting.whyOf(viewer.person.name)}`,
    { timeoutMs: 90_000, everyMs: 1_500 },
  );
}

/** Resolves once `viewer` has the tiles of these people and no others, and the pictures of `name` go on. */
async function seesCameras(viewer: Attendee, name: string): Promise<void> {
  const names = [...meeting.attendees.keys()].filter((one) => one !== viewer.person.name).sort();
  await eventually(
    () => meeting.sights(viewer),
    ({ tiles }) => Object.keys(tiles).sort().join() === names.join() && showsMark(tiles[name], meeting.attendees.get(name)!.mark),
    (seen) => `${viewer.person.name} does not see ${names.join()}: ${JSON.stringify(seen)}`,
    { timeoutMs: 60_000, everyMs: 1_500 },
  );
}

const clickScreen = async ({ tab }: Attendee): Promise<void> => {
  expect(await tab.evaluate(clickFirst, '[data-testid="screen"]')).toBe(true);
};

const stageIs = ({ tab, person }: Attendee, layout: 'focus' | 'grid'): Promise<boolean> =>
  tab.until(`the stage of ${person.name} as ${layout}`, isThere, `[data-testid="stage"][data-layout="${layout}"]`, 60_000);

test.each([
  ['Ada in Chromium', 'Ada', 'Ben', ({ tab }: Attendee) => endSharing(tab)],
  ['Ben in Firefox', 'Ben', 'Ada', clickScreen],
])(
  '%s shares the screen: it is sharp beside the camera, for whoever comes late too, and gone everywhere when it ends',
  async (_who, name, other, end) => {
    const [sharer, viewer] = [meeting.attendees.get(name)!, meeting.attendees.get(other)!];
    await clickScreen(sharer);
    await stageIs(viewer, 'focus');
    await seesScreen(viewer, sharer, name);
    const late = await enter('Late', chromium);
    await meeting.watch(late, 1);
    await stageIs(late, 'focus');
    await seesScreen(late, sharer, name);
    await end(sharer);
    for (const one of [viewer, late]) {
      await stageIs(one, 'grid');
      await seesCameras(one, name);
    }
    expect((await meeting.streams()).map(({ stream }) => stream.kind)).toEqual(['camera', 'camera', 'camera']);
    for (const { tab } of meeting.attendees.values()) expect(tab.complaints).toEqual([]);
    await meeting.leave('Late');
  },
  240_000,
);
