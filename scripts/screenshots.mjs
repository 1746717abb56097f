// npm run screenshots: real calls in Chromium, photographed. What the READMEs show goes to docs/images, everything to --all.
//   npm run screenshots                     the pictures of the READMEs
//   npm run screenshots -- --only relay     those of the relay's page alone; media: those of the media server's
//   npm run screenshots -- --all /tmp/shots every screen, light and dark, English and Korean, desktop and phone
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run, Stop, say } from './house/say.mjs';
import { ROOT } from './house/sh.mjs';
import { launchBrowser, startServer } from './screenshots/launch.mjs';
import { LOOKS, writePortrait } from './screenshots/portrait.mjs';
import { peopleAt, RELAY_KEY, startRelay } from './screenshots/relay.mjs';
import { Visitor } from './screenshots/visitor.mjs';
import { writeVoice } from './screenshots/voice.mjs';
import { CASTS } from './screenshots/words.mjs';

/** What the READMEs show, and nothing else is committed. */
const COMMITTED = new Set([
  'hall-desktop-light-en',
  'hall-desktop-light-ko',
  'under-the-hood-desktop-light-en',
  'under-the-hood-desktop-light-ko',
  'screen-share-desktop-dark-en',
  'screen-share-desktop-dark-ko',
  'relay-desktop-light-en',
  'relay-desktop-light-ko',
  'media-server-desktop-light-en',
  'media-server-desktop-light-ko',
]);
/** Sharp in the width of a README, and small to fetch. */
const README_SIZE = { width: 1080, height: 675 };
const IMAGES = join(ROOT, 'docs/images');
const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
/** The first looks at a desktop, the last at a phone, and both are photographed; the others are there. */
const SCREENS = [DESKTOP, DESKTOP, DESKTOP, PHONE];
/** Until the plots of the operator's pages show something. */
const CURVES_MS = 40_000;
/** Large enough that it is still under way when its picture is taken. */
const LARGE_FILE_BYTES = 900_000_000;

/** Photographs what the desktop and the phone show now, in both themes. */
async function photograph(screen, language, visitors, all) {
  for (const [form, visitor] of Object.entries(visitors)) {
    for (const theme of ['light', 'dark']) {
      const name = `${screen}-${form}-${theme}-${language}`;
      if (!all && !COMMITTED.has(name)) continue;
      if (all) writeFileSync(join(all, `${name}.png`), await visitor.picture(theme));
      if (!COMMITTED.has(name)) continue;
      const picture = await visitor.picture(theme, README_SIZE);
      writeFileSync(join(IMAGES, `${name}.png`), picture);
      say(`${name}: ${Math.round(picture.length / 1_000)} kB`);
    }
  }
}

/** Files that a person may send: a small one, one that takes its time, and one nobody has answered. */
function writeFiles(folder, names) {
  mkdirSync(folder, { recursive: true });
  return names.map((name, i) => {
    const path = join(folder, name);
    writeFileSync(path, '');
    truncateSync(path, [420_000, LARGE_FILE_BYTES, 88_000][i]);
    return path;
  });
}

async function withoutServer(language, browsers, url, all) {
  const [first, second] = await Promise.all([
    Visitor.open(browsers[0], CASTS[language], 0, DESKTOP),
    Visitor.open(browsers[3], CASTS[language], 3, PHONE),
  ]);
  const both = { desktop: first, phone: second };
  for (const visitor of [first, second]) await visitor.goto(`${url}direct`);
  await photograph('direct-start', language, both, all);
  for (const visitor of [first, second]) await visitor.click('direct-invite');
  for (const visitor of [first, second]) await visitor.sees('direct-share-text');
  await photograph('direct-invited', language, both, all);
  await photographLens(language, both, url, all);
  for (const visitor of [first, second]) await visitor.close();
}

/** The page of the relay, once its curves have something to show. */
async function photographRelay(browsers, languages, all) {
  const relay = await startRelay();
  const endPeople = await peopleAt(relay.port);
  try {
    for (const [i, language] of languages.entries()) {
      const [first, second] = await Promise.all([
        Visitor.open(browsers[0], CASTS[language], 0, DESKTOP),
        Visitor.open(browsers.at(-1), CASTS[language], 3, PHONE),
      ]);
      for (const visitor of [first, second]) {
        await visitor.goto(relay.url);
        await visitor.element('key').fill(RELAY_KEY);
        await visitor.click('open');
        await visitor.sees('allocations');
      }
      await first.settle(i === 0 ? CURVES_MS : CURVES_MS / 2);
      await photograph('relay', language, { desktop: first, phone: second }, all);
      for (const visitor of [first, second]) await visitor.close();
    }
  } finally {
    endPeople();
    await relay.stop();
  }
}

/** Makes a hall whose media travels as `mode` says; its link. */
async function openHall(url, mode) {
  const opened = await fetch(new URL('app/halls', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode }),
  });
  const { hall } = await opened.json();
  return `${url}h/${hall}`;
}

/** A call of four through the media server, as one of them and as an operator sees it. */
async function photographMedia(language, browsers, server, all) {
  const people = await Promise.all(browsers.map((browser, i) => Visitor.open(browser, CASTS[language], i, SCREENS[i])));
  const both = { desktop: people[0], phone: people.at(-1) };
  const link = await openHall(server.url, 'sfu');
  for (const person of people) await person.goto(link);
  for (const person of people) await person.join();
  for (const person of people) await person.seesOthers(people.length - 1);

  const [first, second] = await Promise.all([
    Visitor.open(browsers[0], CASTS[language], 0, DESKTOP),
    Visitor.open(browsers.at(-1), CASTS[language], 3, PHONE),
  ]);
  for (const visitor of [first, second]) {
    await visitor.goto(`${server.url}media.html`);
    await visitor.element('key').fill(server.apiKey);
    await visitor.click('open');
    await visitor.sees('people');
  }
  await first.settle(CURVES_MS);
  await photograph('media-server', language, { desktop: first, phone: second }, all);
  for (const person of Object.values(both)) await person.openPanel('hood');
  await photograph('forwarded-under-the-hood', language, both, all);
  for (const visitor of [first, second, ...people]) await visitor.close();
}

/** The page that opens saved calls, before one is chosen. */
async function photographLens(language, visitors, url, all) {
  for (const visitor of Object.values(visitors)) await visitor.goto(`${url}lens`);
  await photograph('lens', language, visitors, all);
}

async function call(language, browsers, url, folder, all) {
  const cast = CASTS[language];
  const people = await Promise.all(browsers.map((browser, i) => Visitor.open(browser, cast, i, SCREENS[i])));
  const [sora, minji, noah, ada] = people;
  const both = { desktop: sora, phone: ada };
  const shoot = (screen) => photograph(screen, language, both, all);

  const link = await openHall(url, 'p2p'); // under the hood there is a path to each
  for (const person of people) await person.goto(link);
  for (const person of [sora, ada]) await person.getReady();
  await shoot('threshold');
  for (const person of people) await person.join();
  for (const person of people) await person.seesOthers(3);
  await sora.calm();
  await shoot('hall');

  for (const person of [sora, ada]) await person.openPanel('people');
  await shoot('people');
  for (const person of [sora, ada]) await person.openPanel('hood');
  await sora.settle(6_000); // so that the curves have something to show
  await shoot('under-the-hood');
  for (const person of [sora, ada]) await person.openPanel('chat');
  for (const [who, text] of cast.chat) await people[who].say(text);
  await shoot('chat');

  for (const person of [sora, ada]) await person.closePanel();
  await minji.shareScreen();
  for (const person of [sora, ada]) await person.seesScreen();
  await shoot('screen-share');
  await minji.shareScreen();

  for (const person of [sora, ada, noah]) await person.openPanel('files');
  await noah.sendFiles(writeFiles(join(folder, language), cast.files));
  for (const person of [sora, ada]) await person.takeFiles(cast.files.slice(0, 2));
  await shoot('files');
  for (const person of [sora, ada]) await person.closePanel();

  for (const person of [sora, ada]) await person.leave();
  await shoot('after');
  for (const person of [sora, ada]) await person.goto(url);
  await shoot('door');
  for (const person of people) await person.close();
}

await run(async () => {
  const { values } = parseArgs({
    options: { all: { type: 'string' }, languages: { type: 'string', default: 'en,ko' }, only: { type: 'string' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'maru-screenshots-'));
  const all = values.all;
  for (const target of [IMAGES, all]) if (target) mkdirSync(target, { recursive: true });
  const ends = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    const languages = values.languages.split(',');
    const browsers = [];
    for (const [i, look] of LOOKS.entries()) {
      const [video, audio] = [join(folder, `${i}.y4m`), join(folder, `${i}.wav`)];
      writePortrait(video, look);
      writeVoice(audio, i === 1);
      const browser = await launchBrowser({ video, audio }).catch((error) => {
        throw new Stop(`Chromium does not start: ${error.message.split('\n')[0]}`, 'apt-get install chromium');
      });
      browsers.push(browser);
      ends.push(() => browser.close());
    }
    if (values.only !== 'media') await photographRelay(browsers, languages, all);
    if (values.only === 'relay') return;
    const server = await startServer();
    ends.push(() => server.stop());
    for (const language of languages) await photographMedia(language, browsers, server, all);
    if (values.only === 'media') return;
    for (const language of languages) {
      if (all) await withoutServer(language, browsers, server.url, all);
      await call(language, browsers, server.url, folder, all);
    }
  } finally {
    for (const end of ends.reverse()) await end();
  }
});
