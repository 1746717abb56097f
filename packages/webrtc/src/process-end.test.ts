import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const COMPILED = new URL('../dist/index.js', import.meta.url);
const CALLS = 10;

/** A process of its own, which does nothing to end but close what it opened: calls over data channels, one after the other. */
const PROGRAM = `
const { RTCPeerConnection } = await import(${JSON.stringify(COMPILED.href)});
const { setFlagsFromString } = await import('node:v8');
const { runInNewContext } = await import('node:vm');
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const told = (target, event) => new Promise((done) => target.addEventListener(event, done, { once: true }));

async function call() {
  const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
  for (const [one, other] of [[a, b], [b, a]]) one.onicecandidate = ({ candidate }) => void other.addIceCandidate(candidate);
  b.ondatachannel = ({ channel }) => (channel.onmessage = ({ data }) => channel.send(data));
  const channel = a.createDataChannel('chat');
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription);
  await told(channel, 'open');
  channel.send('hello');
  await told(channel, 'message');
  a.close();
  b.close();
  return [new WeakRef(a), new WeakRef(b)];
}

const connections = [];
for (let i = 0; i < ${CALLS}; i++) connections.push(...(await call()));
const left = () => connections.filter((connection) => connection.deref()).length;
process.once('beforeExit', () => { // there is nothing left to wait for
  const look = (again) => {
    collect();
    if (left() > 0 && again > 0) return setImmediate(look, again - 1);
    console.log(JSON.stringify({ left: left(), resources: process.getActiveResourcesInfo() }));
  };
  setImmediate(look, 50);
});
`;

test.skipIf(!existsSync(COMPILED))(
  'a process whose connections are closed ends by itself, with nothing open, and nothing of them stays in memory',
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROGRAM], { timeout: 90_000 });
    const { left, resources } = JSON.parse(stdout) as { left: number; resources: string[] };
    expect(resources.filter((kind) => kind !== 'Immediate' && !/^(Pipe|TTY|File)/.test(kind))).toEqual([]);
    expect(left).toBe(0);
  },
);
