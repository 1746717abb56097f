// Makes the vectors here: node packages/protocol/vectors/payload/make.mjs [chromium]
// A headless Chromium encodes two pictures with each codec that its WebCodecs have, and prints what came out.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const WIDTH = 96;
const HEIGHT = 64;

const CODECS = {
  vp8: { codec: 'vp8' },
  vp9: { codec: 'vp09.00.10.08' },
  h264: { codec: 'avc1.42001f', avc: { format: 'annexb' } },
  h265: { codec: 'hev1.1.6.L93.B0', hevc: { format: 'annexb' } },
  av1: { codec: 'av01.0.00M.08' },
};

/** Runs in the page. */
async function encodeAll(codecs, width, height) {
  const found = {};
  for (const [name, config] of Object.entries(codecs)) {
    const whole = { ...config, width, height, bitrate: 60_000, framerate: 30, latencyMode: 'realtime' };
    const { supported } = await VideoEncoder.isConfigSupported(whole).catch(() => ({ supported: false }));
    if (!supported) continue;
    const chunks = [];
    const encoder = new VideoEncoder({
      output(chunk) {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        chunks.push({ isKeyFrame: chunk.type === 'key', hex: [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('') });
      },
      error: () => {},
    });
    encoder.configure(whole);
    for (let i = 0; i < 2; i++) {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      context.fillStyle = 'teal';
      context.fillRect(0, 0, width, height);
      context.fillStyle = 'orange';
      context.fillRect(10 + 20 * i, 10, 30, 30);
      const frame = new VideoFrame(canvas, { timestamp: i * 33_333 });
      encoder.encode(frame, { keyFrame: i === 0 });
      frame.close();
    }
    await encoder.flush().catch(() => {});
    encoder.close();
    found[name] = chunks;
  }
  await fetch('/', { method: 'POST', body: JSON.stringify({ agent: navigator.userAgent, found }) });
}

const call = `(${encodeAll})(${JSON.stringify(CODECS)}, ${WIDTH}, ${HEIGHT})`;
const folder = mkdtempSync(join(tmpdir(), 'payload-vectors-'));
const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/html');
  response.end(request.method === 'POST' ? '' : `<!doctype html><body><script>${call}</script></body>`);
  if (request.method === 'POST') request.setEncoding('utf8').toArray().then((parts) => server.emit('told', parts.join('')));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}`];
const browser = spawn(process.argv[2] ?? 'chromium', [...flags, `http://127.0.0.1:${server.address().port}/`], { stdio: 'ignore' });
try {
  const [told] = await once(server, 'told', { signal: AbortSignal.timeout(60_000) });
  const { agent, found } = JSON.parse(told);
  const source = `Chromium ${/Chrome\/(\d+)/.exec(agent)[1]}, WebCodecs, ${WIDTH} x ${HEIGHT}`;
  for (const [name, chunks] of Object.entries(found)) {
    const lines = chunks.map(({ hex }) => hex.replace(/.{128}/g, '$&\n').trimEnd()).join('\n\n');
    writeFileSync(join(import.meta.dirname, `${name}-two-frames.hex`), `# ${source}: a key frame, then another\n${lines}\n`);
    const meaning = { codec: name, width: WIDTH, height: HEIGHT, isKeyFrame: chunks.map(({ isKeyFrame }) => isKeyFrame) };
    writeFileSync(join(import.meta.dirname, `${name}-two-frames.json`), `${JSON.stringify(meaning, null, 2)}\n`);
    console.log(name, chunks.map(({ hex }) => hex.length / 2).join(' '));
  }
} finally {
  browser.kill();
  await once(browser, 'exit');
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
}
