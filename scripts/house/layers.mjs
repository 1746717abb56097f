// Who may import whom (architecture.md, house style section 3), checked in the text of every source file.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ROOT } from './sh.mjs';

/** What each package's own code may import of the house; `node` says whether `node:*` modules may be used. */
const MAY_IMPORT = {
  protocol: { house: [], node: false },
  netsim: { house: ['protocol'], node: false },
  signaling: { house: ['protocol'], node: false },
  node: { house: ['protocol', 'native'], node: true },
  native: { house: [], node: true },
  webrtc: { house: ['node', 'protocol'], node: true },
  media: { house: ['webrtc', 'node', 'protocol'], node: true },
  sfu: { house: ['webrtc', 'node', 'protocol'], node: true },
  mcu: { house: ['sfu', 'media', 'webrtc', 'node', 'protocol'], node: true },
  server: { house: ['sfu', 'mcu', 'signaling', 'node', 'protocol'], node: true },
  client: { house: ['signaling', 'protocol'], node: false },
  cli: {
    house: ['client', 'server', 'sfu', 'mcu', 'media', 'webrtc', 'node', 'native', 'signaling', 'protocol', 'netsim'],
    node: true,
  },
  web: { house: ['client', 'signaling'], node: false },
};

/** Inside protocol: which folders each folder may import. Siblings that are not listed do not know each other. */
const PROTOCOL = {
  core: [],
  bytes: [],
  stun: ['core', 'bytes'],
  turn: ['core', 'bytes', 'stun'],
  ice: ['core', 'bytes', 'stun'],
  dtls: ['core', 'bytes'],
  srtp: ['core', 'bytes', 'rtp'],
  sframe: ['core', 'bytes'],
  rtp: ['core', 'bytes'],
  rtcp: ['core', 'bytes', 'rtp'],
  payload: ['core', 'bytes', 'rtp'],
  congestion: ['core', 'bytes', 'rtp', 'rtcp'],
  sctp: ['core', 'bytes'],
  datachannel: ['core', 'bytes', 'sctp'],
  sdp: ['core', 'bytes'],
  jsep: ['core', 'bytes', 'sdp'],
  transport: ['core', 'bytes', 'stun', 'turn', 'ice', 'dtls', 'srtp', 'rtp', 'rtcp', 'sctp', 'datachannel'],
};

/** Of protocol, the browser's packages may use these alone. */
const BROWSER_PROTOCOL = ['sdp', 'core', 'bytes'];

const IMPORT =
  /(?:^|[\s;}])(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|import\s*\(\s*['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]/gm;
const PURE = new Set(['protocol', 'netsim', 'signaling']);
const IS_TEST = /\.test\.ts$|[\\/]testing[\\/]/;

function* sources(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (/\.ts$/.test(entry) && !IS_TEST.test(path)) yield path;
  }
}

/** @returns {string[]} one sentence for each import that goes the wrong way */
export function layerViolations() {
  const found = [];
  for (const [name, rule] of Object.entries(MAY_IMPORT)) {
    const folder = name === 'web' ? join(ROOT, 'apps/web/src') : join(ROOT, 'packages', name, 'src');
    for (const path of sources(folder)) {
      const text = readFileSync(path, 'utf8');
      const where = relative(ROOT, path);
      const complain = (what) => found.push(`${where}: ${what}`);
      if (PURE.has(name) && /\bMath\.random\b/.test(text))
        complain('uses Math.random; pure code gets its randomness as an argument');
      for (const match of text.matchAll(IMPORT))
        checkImport(match[1] ?? match[2] ?? match[3], { name, rule, path, folder, complain });
    }
  }
  return found;
}

function checkImport(target, { name, rule, path, folder, complain }) {
  if (target.startsWith('node:')) {
    if (!rule.node) complain(`imports ${target}; ${name} must run without Node.js`);
    return;
  }
  if (target.startsWith('@maru/')) {
    const [, house, subpath] = target.split('/');
    if (house !== name && !rule.house.includes(house))
      complain(`imports ${target}; ${name} may import only ${rule.house.join(', ') || 'nothing'} of the house`);
    if ((name === 'client' || name === 'web') && house === 'protocol' && !BROWSER_PROTOCOL.includes(subpath))
      complain(`imports ${target}; the browser may use only protocol/${BROWSER_PROTOCOL.join(', protocol/')}`);
    return;
  }
  if (!target.startsWith('.')) {
    if (name === 'protocol' || name === 'netsim') complain(`imports ${target}; ${name} has no dependencies`);
    return;
  }
  const landed = relative(folder, join(path, '..', target));
  if (landed.startsWith('..')) complain(`imports ${target}; cross a package border by its name`);
  if (name === 'protocol') {
    const from = relative(folder, path).split(sep)[0];
    const to = landed.split(sep)[0];
    if (from !== to && PROTOCOL[from] && !PROTOCOL[from].includes(to))
      complain(`imports ${target}; protocol/${from} may import only ${PROTOCOL[from].join(', ') || 'nothing'}`);
  }
}
