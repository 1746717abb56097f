// npm run bench -- media-latency: from the picture in one program to the picture in the other, Node.js and Chromium, by the time burnt into it.
import { existsSync } from 'node:fs';
import { findEngine, readPatternTime, receivePictures, TestPattern } from '@maru/media';
import { RTCPeerConnection } from '@maru/webrtc';
import { chromium } from 'playwright-core';
import { readOptions } from './lib/options.mjs';
import { publish, quantile } from './lib/report.mjs';
import { filmTime, prepareViewer } from './media-latency/page.mjs';

const USAGE = `npm run bench -- media-latency [--seconds n] [--json]
--seconds: of each direction; 15 unless told otherwise.`;
const { json, seconds } = readOptions(USAGE, { seconds: { type: 'string', default: '15' } });

const CHROMIUM = '/usr/bin/chromium';
const DAY_MS = 86_400_000;
const [WIDTH, HEIGHT, FRAME_RATE] = [640, 360, 30];
/** Encoders, jitter buffers and estimates settle meanwhile. */
const WARM_UP_MS = 3_000;

if (!existsSync(CHROMIUM)) {
  console.error('Chromium is not installed: apt-get install chromium');
  process.exit(1);
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
const engine = await findEngine();

async function described(connection) {
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== 'complete')
    await new Promise((next) => connection.addEventListener('icegatheringstatechange', next, { once: true }));
  return connection.localDescription.sdp;
}

const pause = (ms) => new Promise((over) => setTimeout(over, ms));

/** Milliseconds from painting a picture in Node.js until Chromium has it to show. */
async function nodeToChromium() {
  const page = await browser.newPage();
  const connection = new RTCPeerConnection();
  const pattern = new TestPattern({ engine, width: WIDTH, height: HEIGHT, frameRate: FRAME_RATE });
  try {
    connection.addTrack(pattern.videoTrack);
    const answer = await page.evaluate(prepareViewer, await described(connection));
    await connection.setRemoteDescription({ type: 'answer', sdp: answer });
    await pause(WARM_UP_MS);
    await page.evaluate(() => window.delays.splice(0));
    await pause(Number(seconds) * 1_000);
    return await page.evaluate(() => window.delays);
  } finally {
    pattern.stop();
    connection.close();
    await page.close();
  }
}

/** Milliseconds from painting a picture in Chromium until Node.js has it decoded. */
async function chromiumToNode() {
  const page = await browser.newPage();
  const connection = new RTCPeerConnection();
  const delays = [];
  try {
    const offer = await page.evaluate(filmTime, { width: WIDTH, height: HEIGHT, frameRate: FRAME_RATE });
    await connection.setRemoteDescription({ type: 'offer', sdp: offer });
    const [{ receiver }] = connection.getTransceivers();
    receivePictures(receiver.track, { engine, width: WIDTH, height: HEIGHT }, ({ data }) => {
      const delay = (Date.now() % DAY_MS) - readPatternTime(data, WIDTH, HEIGHT);
      if (Math.abs(delay) < 10_000) delays.push(delay);
    });
    const answer = await described(connection);
    await page.evaluate((sdp) => window.pc.setRemoteDescription({ type: 'answer', sdp }), answer);
    await pause(WARM_UP_MS);
    delays.length = 0;
    await pause(Number(seconds) * 1_000);
    return delays;
  } finally {
    connection.close();
    await page.close();
  }
}

const rowOf = (way, delays) => ({
  way,
  pictures: delays.length,
  p50Ms: quantile(delays, 0.5),
  p95Ms: quantile(delays, 0.95),
  maxMs: Math.max(...delays),
});

const rows = [rowOf('Node.js to Chromium', await nodeToChromium()), rowOf('Chromium to Node.js', await chromiumToNode())];
await browser.close();
publish({
  name: 'media-latency',
  workload: `${WIDTH}x${HEIGHT}, ${FRAME_RATE} pictures a second, VP8, loopback, both on this machine; ${seconds} s each way`,
  columns: { way: 'way', pictures: 'pictures', p50Ms: 'p50 ms', p95Ms: 'p95 ms', maxMs: 'max ms' },
  rows,
  notes: [
    'From the time burnt into a picture when it is painted until the other program has it decoded: a page when its frame callback runs, Node.js when FFmpeg has written it.',
    'Half a picture (17 ms) of painting in steps is in it; display and camera are not.',
  ],
  json,
});
process.exit(0);
