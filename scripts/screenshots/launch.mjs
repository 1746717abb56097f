// The server and the browsers that screenshots are taken in.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Stop } from '../house/say.mjs';
import { ROOT } from '../house/sh.mjs';

const MARU = join(ROOT, 'packages/cli/bin/maru.js');
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/** A server of its own on a free port, which keeps nothing. Resolves with its address, a key for it, and how to end it. */
export async function startServer() {
  const apiKey = randomBytes(24).toString('base64url');
  const child = spawn(
    process.execPath,
    [MARU, 'start', '--port', '0', '--data', 'none', '--log-level', 'error', '--json', '--api-key', apiKey],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise((done) => child.once('exit', done));
  const line = await Promise.race([
    new Promise((read) => {
      let text = '';
      child.stdout.on('data', (chunk) => {
        text += chunk;
        if (text.includes('\n')) read(text.slice(0, text.indexOf('\n')));
      });
    }),
    ended.then((status) => {
      throw new Stop(`The server ended with ${status} before it listened.`, 'npm run build, then try again.');
    }),
  ]);
  return {
    url: JSON.parse(line).links.local,
    apiKey,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A browser whose camera shows the film `video` and whose microphone hears `audio`. */
export function launchBrowser({ video, audio, executablePath = '/usr/bin/chromium' }) {
  return chromium.launch({
    executablePath,
    args: [...FLAGS, `--use-file-for-fake-video-capture=${video}`, `--use-file-for-fake-audio-capture=${audio}`],
  });
}
