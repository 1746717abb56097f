// One side of many calls, one after the other: `node peer.mjs <stack> offer` starts the other side itself, so that signalling is
// one hop. Says what it measured to the process that started it.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { STACKS } from '../lib/peers.mjs';

const LIMIT_MS = 10_000;
const [stack, role] = process.argv.slice(2);
const { RTCPeerConnection } = await STACKS[stack].load();

/** The process at the other end of the wire: the answerer's parent is the offerer. */
const other =
  role === 'offer'
    ? fork(fileURLToPath(import.meta.url), [stack, 'answer'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    : process;
const calls = new Map();

/** A connection that trickles its candidates to the other side. */
function newCall(id) {
  const connection = new RTCPeerConnection({ iceServers: [] });
  connection.addEventListener('icecandidate', ({ candidate }) => {
    if (!candidate?.candidate) return;
    const { sdpMid, sdpMLineIndex } = candidate;
    if (other.connected) other.send({ id, candidate: { candidate: candidate.candidate, sdpMid, sdpMLineIndex } });
  });
  const call = { connection, early: [], isDescribed: false };
  calls.set(id, call);
  return call;
}

async function onSignal({ id, description, candidate, over }) {
  const call = calls.get(id) ?? (description?.type === 'offer' ? newCall(id) : undefined);
  if (!call) return;
  const { connection } = call;
  if (over) {
    calls.delete(id);
    return connection.close();
  }
  if (candidate) return call.isDescribed ? connection.addIceCandidate(candidate) : call.early.push(candidate);
  await connection.setRemoteDescription(description);
  call.isDescribed = true;
  for (const one of call.early.splice(0)) await connection.addIceCandidate(one);
  if (description.type !== 'offer') return;
  const answer = await connection.createAnswer();
  await connection.setLocalDescription(answer);
  other.send({ id, description: { type: 'answer', sdp: connection.localDescription?.sdp ?? answer.sdp } });
}

other.on('message', (message) => {
  if (message.ready) start();
  else onSignal(message).catch((error) => process.send?.({ failed: `${stack} ${role}: ${error.stack ?? error}` }));
});

let nextId = 1;

/** Milliseconds from createOffer to an open channel. */
async function open() {
  const id = nextId++;
  const { connection } = newCall(id);
  const channel = connection.createDataChannel('setup');
  const startedAt = performance.now();
  const opened = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not open in ${LIMIT_MS} ms`)), LIMIT_MS);
    channel.addEventListener('open', () => {
      clearTimeout(timer);
      resolve(performance.now() - startedAt);
    });
  });
  const offer = await connection.createOffer();
  await connection.setLocalDescription(offer);
  other.send({ id, description: { type: 'offer', sdp: connection.localDescription?.sdp ?? offer.sdp } });
  return { id, connection, channel, tookMs: await opened };
}

/** Bytes held, when what was closed or done has gone: handles close in the turn after, and what they held goes with the second collection. */
async function memory() {
  for (let pass = 0; pass < 2; pass++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc?.();
  }
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss, heap: heapUsed + arrayBuffers };
}

async function measure({ rounds, idle }) {
  const times = [];
  for (let round = -3; round < rounds; round++) {
    const { id, connection, tookMs } = await open();
    if (round >= 0) times.push(tookMs);
    other.send({ id, over: true });
    connection.close();
    calls.delete(id);
  }
  const before = await memory();
  const kept = [];
  for (let i = 0; i < idle; i++) kept.push(await open());
  const after = await memory();
  const per = (key) => (idle > 0 ? (after[key] - before[key]) / idle / 1024 : undefined);
  return { times, rssKiB: per('rss'), heapKiB: per('heap'), kept: kept.length };
}

function start() {
  process.on('message', (order) =>
    measure(order)
      .then(
        (measured) => process.send({ measured }),
        (error) => process.send({ failed: `${stack}: ${error.stack ?? error}` }),
      )
      .finally(() => other.kill('SIGKILL')),
  );
  process.send({ ready: true });
}

if (role === 'answer') {
  process.send({ ready: true });
  process.on('disconnect', () => process.exit());
}
