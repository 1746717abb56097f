import { afterAll, beforeAll, expect, test } from 'vitest';
import { allFlow } from './harness/media.js';
import { isThere } from './harness/page.js';
import { People } from './harness/people.js';
import { type PictureGaps, pictureGaps, watchPictures } from './harness/picture-gaps.js';
import { MaruServer } from './harness/server.js';
import { SilentSeat } from './harness/silent-seat.js';
import { smallCamera } from './harness/small-camera.js';

let server: MaruServer;
const people = new People();
/** Browsers on two cores would otherwise be measured by what their encoders and painters have to wait for. */
const SMALL_CAMERA = smallCamera(30);

beforeAll(async () => {
  server = await MaruServer.start();
});

afterAll(async () => {
  await people.close();
  await server.stop();
});

test('a call that moves by itself: no picture stands still for more than 200 ms, there and back', async () => {
  const minji = await people.person('Minji', 'chromium', SMALL_CAMERA);
  const jun = await people.person('Jun', 'chromium', SMALL_CAMERA);
  for (const one of [minji, jun]) await one.tab.setViewport(480, 360);
  const link = await server.hall('auto');
  for (const one of [minji, jun]) await one.enter(link);
  await allFlow([minji, jun], { videos: 1, audios: 1 });
  await minji.settles('p2p');
  await watchPictures(jun.tab, 'Minji');
  await watchPictures(minji.tab, 'Jun');
  await allFlow([minji, jun], { videos: 1, audios: 1 });
  const gaps = async (): Promise<PictureGaps[]> => [await pictureGaps(minji.tab), await pictureGaps(jun.tab)];
  const before = await gaps();
  const third = await SilentSeat.enter(server.url, new URL(link).pathname.replace('/h/', ''), 'Ada');
  for (const one of [minji, jun]) await one.settles('sfu');
  await allFlow([minji, jun], { videos: 1, audios: 1 });
  const there = await gaps();
  await third.leave();
  // what happens in the ten seconds before it moves is the machine's affair
  await minji.tab.until('media begins to move back', isThere, '[data-testid="hall"][data-way="p2p"]');
  await gaps();
  for (const one of [minji, jun]) await one.settles('p2p');
  await allFlow([minji, jun], { videos: 1, audios: 1 });
  const back = await gaps();
  console.info(`pictures before ${describeGaps(before)}; to the server ${describeGaps(there)}; and back ${describeGaps(back)}`);
  // a machine that is so busy that pictures, or whole pages, stand still without any move cannot be asked for less
  const limitMs = Math.max(200, 2 * Math.max(...before.map(({ longestMs }) => longestMs)));
  for (const gaps of [there, back]) {
    const stalledMs = Math.max(...gaps.map((one) => one.stalledMs));
    for (const { longestMs } of gaps) expect(longestMs).toBeLessThanOrEqual(limitMs + stalledMs);
  }
});

const describeGaps = (gaps: readonly PictureGaps[]): string =>
  gaps
    .map(
      ({ pictures, longestMs, p90Ms, stalledMs }) =>
        `${pictures}: longest ${Math.round(longestMs)} ms, p90 ${Math.round(p90Ms)} ms, page ${stalledMs} ms`,
    )
    .join('; ');
