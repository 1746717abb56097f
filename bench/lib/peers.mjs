import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const PEERS = join(ROOT, 'bench/peers');

/** The entry module of a peer, whether its package names it by `exports` or by `main`. */
const entry = (path) => pathToFileURL(join(PEERS, 'node_modules', path)).href;

/**
 * Stacks that speak WebRTC in Node.js, by name.
 * @type {Record<string, { env?: Record<string, string>, load(): Promise<{ RTCPeerConnection: new (configuration?: object) => RTCPeerConnection }> }>}
 */
export const STACKS = {
  'maru-native': { load: () => import('@maru/webrtc') },
  'maru-pure': { env: { MARU_NATIVE: 'off' }, load: () => import('@maru/webrtc') },
  'node-datachannel': { load: () => import(entry('node-datachannel/dist/esm/polyfill/index.mjs')) },
  wrtc: { load: async () => (await import(entry('@roamhq/wrtc/lib/index.js'))).default },
  werift: { load: () => import(entry('werift/lib/index.mjs')) },
};

/** Which of `names` can run here; installs the foreign ones the first time. @param {readonly string[]} names */
export function available(names) {
  const foreign = names.filter((name) => !name.startsWith('maru'));
  if (foreign.length > 0 && !existsSync(join(PEERS, 'node_modules'))) {
    console.error('Installing the stacks to compare with (once)…');
    try {
      execFileSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'], {
        cwd: PEERS,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    } catch {
      console.error('They could not be installed; the benchmark runs without them.');
      return names.filter((name) => name.startsWith('maru'));
    }
  }
  return names;
}

/** Version of a stack as its own package says. @param {string} name */
export function versionOf(name) {
  const folder = { wrtc: '@roamhq/wrtc' }[name] ?? name;
  const path = name.startsWith('maru') ? join(ROOT, 'package.json') : join(PEERS, 'node_modules', folder, 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : 'not installed';
}
