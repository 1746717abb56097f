// Our sender and Chromium's, one after the other, on one emulated link, to the same receiver of ours: what each makes of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { ADDRESS, EmulatedLink } from '../lib/emulated-link.mjs';

const CHROMIUM = '/usr/bin/chromium';
const PEER = join(import.meta.dirname, 'peer.mjs');
const MAX_BPS = 4_000_000;
const QUEUE_MS = 300;
const REPORT_MS = 100;
const TCP_PORT = 5_001;

/**
 * @typedef {{ name: string, seconds: number, delayMs?: number, phases: readonly { at: number, kbps: number }[], link?: object, downloadAt?: number }} RealScenario
 */

/** @type {readonly RealScenario[]} */
export const REAL_SCENARIOS = [
  { name: 'steady 2 Mbit/s, 100 ms', seconds: 30, delayMs: 50, phases: [{ at: 0, kbps: 2_000 }] },
  {
    name: 'drop 2, 0.5, 2 Mbit/s',
    seconds: 54,
    phases: [
      { at: 0, kbps: 2_000 },
      { at: 18, kbps: 500 },
      { at: 36, kbps: 2_000 },
    ],
  },
  { name: 'a download from 15 s, 3 Mbit/s', seconds: 45, phases: [{ at: 0, kbps: 3_000 }], downloadAt: 15 },
  { name: 'burst loss, 5 % in fives, 2 Mbit/s', seconds: 30, phases: [{ at: 0, kbps: 2_000 }], link: { burst: [0.0105, 0.2] } },
  { name: 'reordering, 10 % by 50 ms, 2 Mbit/s', seconds: 30, phases: [{ at: 0, kbps: 2_000 }], link: { reorder: 0.1 } },
];

/** Why there can be no comparison here; undefined where there can. */
export function whyNoComparison() {
  if (!existsSync(CHROMIUM)) return 'chromium is not installed';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  return undefined;
}

/** A process of {@link PEER} in a host of the link. */
class Peer {
  #child;
  #lines;

  constructor(link, host) {
    const [command, ...args] = [...link.inside(host), process.execPath, PEER];
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout });
  }

  async ask(order, more = {}) {
    const answer = once(this.#lines, 'line');
    this.#child.stdin.write(`${JSON.stringify({ order, ...more })}\n`);
    return JSON.parse((await answer)[0]);
  }

  quit() {
    this.#child.kill('SIGKILL');
  }
}

/** Our sender. */
async function ours(link) {
  const peer = new Peer(link, 'a');
  await peer.ask('film', { maxBps: MAX_BPS });
  return {
    offer: async () => (await peer.ask('offer')).sdp,
    answered: (sdp) => peer.ask('answered', { sdp }),
    quit: () => peer.quit(),
  };
}

/** Chromium's, which films what is hard to encode: it can always use its rate. */
async function chromiums(link) {
  const folder = mkdtempSync(join(tmpdir(), 'maru-congestion-'));
  const program = join(folder, 'chromium');
  writeFileSync(program, `#!/bin/sh\nexec ${link.inside('a').join(' ')} ${CHROMIUM} "$@"\n`);
  chmodSync(program, 0o755);
  const browser = await chromium.launch({
    executablePath: program,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      '--disable-background-timer-throttling',
    ],
  });
  const page = await browser.newPage();
  await page.evaluate(prepareSender, MAX_BPS);
  return {
    offer: () => page.evaluate(() => window.sender.offer()),
    answered: (sdp) => page.evaluate((text) => window.sender.pc.setRemoteDescription({ type: 'answer', sdp: text }), sdp),
    quit: async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs in the page. */
function prepareSender(maxBps) {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
  const context = canvas.getContext('2d');
  setInterval(() => {
    for (let i = 0; i < 60; i++) {
      context.fillStyle = `hsl(${Math.random() * 360} 80% ${Math.random() * 100}%)`;
      context.fillRect(Math.random() * 640, Math.random() * 480, 40, 40);
    }
  }, 1_000 / 30);
  const pc = new RTCPeerConnection();
  const [track] = canvas.captureStream(30).getVideoTracks();
  const transceiver = pc.addTransceiver(track, { direction: 'sendonly', sendEncodings: [{ maxBitrate: maxBps }] });
  const { codecs } = RTCRtpSender.getCapabilities('video');
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => /VP8|rtx/i.test(mimeType)));
  // else it makes pictures so small when the rate falls that they cannot use it when it rises
  const parameters = transceiver.sender.getParameters();
  parameters.degradationPreference = 'maintain-resolution';
  const ready = transceiver.sender.setParameters(parameters);
  const offer = async () => {
    await ready;
    await pc.setLocalDescription();
    while (pc.iceGatheringState !== 'complete')
      await new Promise((next) => pc.addEventListener('icegatheringstatechange', next, { once: true }));
    return pc.localDescription.sdp;
  };
  window.sender = { pc, offer };
}

/** A download beside the call: TCP as this system has it. */
function download(link) {
  const [command, ...args] = link.inside('a');
  const send = `const s=require('node:net').connect(${TCP_PORT},'${ADDRESS.b}');const b=Buffer.alloc(65536);const f=()=>{while(s.write(b));};s.on('connect',f).on('drain',f)`;
  return spawn(command, [...args, process.execPath, '-e', send], { stdio: 'ignore' });
}

/**
 * Runs one scenario with one sender; the emulator's reports, tenth by tenth.
 * @param {RealScenario} scenario @param {'ours' | 'chromium'} sender
 */
export async function runReal(scenario, sender) {
  const { seconds, delayMs = 25, phases, link: more = {}, downloadAt } = scenario;
  const profile = (kbps) => ({ delayMs, rateKbit: kbps, queueMs: QUEUE_MS, ...more, back: { delayMs }, reportMs: REPORT_MS });
  const link = new EmulatedLink();
  const quits = [];
  try {
    await link.up(profile(phases[0].kbps));
    const receiver = new Peer(link, 'b');
    quits.push(() => receiver.quit());
    await receiver.ask('sink', { port: TCP_PORT });
    const from = await (sender === 'ours' ? ours(link) : chromiums(link));
    quits.push(() => from.quit());
    const { sdp } = await receiver.ask('answer', { sdp: await from.offer() });
    await from.answered(sdp);
    while (!link.reports.some(({ udpBits }) => udpBits > 5_000)) await sleep(REPORT_MS); // media, not checks
    const begin = link.reports.length;
    const startedAt = performance.now();
    const at = (second) => sleep(Math.max(0, startedAt + second * 1_000 - performance.now()));
    const events = phases.slice(1).map(({ at: second, kbps }) => ({ second, run: () => link.change(profile(kbps)) }));
    if (downloadAt !== undefined) {
      events.push({
        second: downloadAt,
        run: () => {
          const rival = download(link);
          quits.push(() => rival.kill('SIGKILL'));
        },
      });
    }
    for (const { second, run } of events.sort((x, y) => x.second - y.second)) {
      await at(second);
      run();
    }
    await at(seconds);
    return link.reports.slice(begin, begin + (seconds * 1_000) / REPORT_MS);
  } finally {
    for (const quit of quits.reverse()) await quit();
    link.down();
  }
}
