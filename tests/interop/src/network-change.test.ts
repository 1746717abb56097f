import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Browser, launch } from './harness/browser.js';
import { flows, RECORD_PEER_CONNECTIONS } from './harness/media.js';
import { Person } from './harness/person.js';
import { MaruServer } from './harness/server.js';
import { smallCamera } from './harness/small-camera.js';

// somebody walks out of the Wi-Fi. A host of its own in a network namespace, with one link that goes and one that comes.
const NAMESPACE = `maru${process.pid}-walker`;
const WIFI = { here: '10.91.1.1', there: '10.91.1.2', device: `mw${process.pid}` };
const MOBILE = { here: '10.91.2.1', there: '10.91.2.2', device: `mm${process.pid}` };
const folder = mkdtempSync(join(tmpdir(), 'maru-walker-'));
const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
const inside = (...args: string[]): void => ip('netns', 'exec', NAMESPACE, 'ip', ...args);

function addLink({ here, there, device }: typeof WIFI, name: string): void {
  ip('link', 'add', device, 'type', 'veth', 'peer', 'name', name, 'netns', NAMESPACE);
  ip('addr', 'add', `${here}/24`, 'dev', device);
  ip('link', 'set', device, 'up');
  inside('addr', 'add', `${there}/24`, 'dev', name);
  inside('link', 'set', name, 'up');
  inside('route', 'replace', 'default', 'via', here);
}

afterAll(() => {
  for (const [program, ...args] of [
    ['ip', 'netns', 'del', NAMESPACE],
    ['ip', 'link', 'del', WIFI.device],
    ['ip', 'link', 'del', MOBILE.device],
  ] as const) {
    try {
      execFileSync(program, args, { stdio: 'ignore' });
    } catch {
      // it went with the namespace
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

test('R-08: who changes networks in mid-call is seen and heard again within seconds, and nobody sees them leave', async () => {
  ip('netns', 'add', NAMESPACE);
  inside('link', 'set', 'lo', 'up');
  addLink(WIFI, 'wifi0');
  const program = join(folder, 'chromium');
  writeFileSync(program, `#!/bin/sh\nexec ip netns exec ${NAMESPACE} /usr/bin/chromium "$@"\n`);
  chmodSync(program, 0o755);
  // the walker reaches the server by an address that both links lead to
  const server = await MaruServer.start();
  const browsers: Browser[] = [];
  try {
    ip('addr', 'add', '10.91.9.9/32', 'dev', 'lo');
    const prelude = RECORD_PEER_CONNECTIONS + smallCamera();
    browsers.push(await launch('chromium', { prelude }));
    browsers.push(await launch('chromium', { prelude, executablePath: program }));
    const stayer = new Person('Stayer', await browsers[0]!.newTab());
    const walker = new Person('Walker', await browsers[1]!.newTab());
    const link = await stayer.openHall(server.url);
    await walker.enter(link.replace(server.url, `https://10.91.9.9:${server.port}`));
    await flows(stayer.tab, { videos: 1, audios: 1 });
    await flows(walker.tab, { videos: 1, audios: 1 });
    inside('link', 'del', 'wifi0');
    addLink(MOBILE, 'mobile0');
    const changedAt = Date.now();
    await flows(stayer.tab, { videos: 1, audios: 1 }, 30_000);
    await flows(walker.tab, { videos: 1, audios: 1 }, 30_000);
    console.log(`R-08: media both ways ${Date.now() - changedAt} ms after the change`);
    await stayer.sees(1);
    await walker.say('over the other network');
    await stayer.reads('over the other network');
    expect(walker.tab.complaints.filter((text) => !/ERR_|Failed to load|WebSocket/.test(text))).toEqual([]);
  } finally {
    for (const browser of browsers) await browser.close();
    await server.stop();
    execFileSync('ip', ['addr', 'del', '10.91.9.9/32', 'dev', 'lo'], { stdio: 'ignore' });
  }
}, 180_000);
