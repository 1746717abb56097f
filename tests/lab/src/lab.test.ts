import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { Lab, type LabNat, SERVER } from './lab.js';
import { missingForLab, titled } from './requirements.js';

const ECHO = `
const dgram = require('node:dgram');
for (const [address, port] of [['${SERVER.first}', 5000], ['${SERVER.first}', 5001], ['${SERVER.second}', 5000]]) {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (bytes, from) => socket.send(from.address + ' ' + from.port + ' ' + bytes, from.port, from.address));
  socket.bind(port, address, () => console.log('ready'));
}`;

/** Asks each echo port who we are and prints the answers, one a line; then, addresses resolved, the round trip. */
const ASK = `
const socket = require('node:dgram').createSocket('udp4');
let answers = 0, startedAt;
socket.on('message', (bytes) => {
  if (++answers === 4) { console.log('rtt ' + (performance.now() - startedAt)); clearTimeout(giveUp); return socket.close(); }
  console.log(String(bytes));
  if (answers === 3) { startedAt = performance.now(); socket.send('again', 5000, '${SERVER.first}'); }
});
const giveUp = setTimeout(() => process.exit(), 3000);
for (const [address, port] of [['${SERVER.first}', 5000], ['${SERVER.first}', 5001], ['${SERVER.second}', 5000]]) socket.send(port + '@' + address, port, address);`;

let lab: Lab | undefined;
afterEach(() => lab?.down());

async function mappings(nat: LabNat, link?: { delayMs: number }): Promise<{ lines: string[]; rttMs: number }> {
  lab = await Lab.up({ a: nat, b: 'port-restricted', ...(link ? { link } : {}) });
  const echo = lab.spawn('server', process.execPath, ['-e', ECHO]);
  await once(echo.stdout!, 'data');
  const asking = lab.spawn('a', process.execPath, ['-e', ASK]);
  let output = '';
  asking.stdout!.on('data', (chunk) => (output += chunk));
  await once(asking, 'exit');
  const lines = output.trim().split('\n');
  return { lines: lines.filter((line) => !line.startsWith('rtt')), rttMs: Number(/rtt ([\d.]+)/.exec(output)?.[1]) };
}

describe.skipIf(missingForLab() !== undefined)(titled('the lab'), () => {
  test.each<[LabNat, number]>([
    ['full-cone', 1],
    ['port-restricted', 1],
    ['symmetric', 3],
  ])('a %s NAT shows %i mapping(s) to three destinations', async (nat, expected) => {
    const { lines } = await mappings(nat);
    const mapped = lines.map((line) => line.split(' ').slice(0, 2).join(' '));
    expect(lines.length).toBe(3);
    expect(mapped.every((text) => text.startsWith('203.0.113.101 '))).toBe(true);
    expect(new Set(mapped).size).toBe(expected);
  });

  test('a blocked host hears nothing', async () => {
    expect((await mappings('udp-blocked')).lines).toEqual(['']);
  });

  test('an emulated link adds its delay each way', async () => {
    const { rttMs } = await mappings('port-restricted', { delayMs: 40 });
    expect(rttMs).toBeGreaterThanOrEqual(80);
    expect(rttMs).toBeLessThan(300); // a machine may be busy; without the link it is less than one
  });
});
