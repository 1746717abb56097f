// One end of a benchmark call, in a process of its own: `node peer.mjs <stack> <offer|answer>`, told what to do over IPC.
import { STACKS } from '../lib/peers.mjs';

const [stack, role] = process.argv.slice(2);
const { RTCPeerConnection } = await STACKS[stack].load();
const say = (message) => process.send?.(message);

const HIGH_WATER_BYTES = {
  bulk: stack === 'werift' ? 256 * 1024 : 4 * 1024 * 1024,
  small: stack === 'werift' ? 16 * 1024 : 256 * 1024,
};
/** What a stack that never says that its buffer is low is asked instead, so often. */
const LOOK_AGAIN_MS = 1;

const connection = new RTCPeerConnection({ iceServers: [] });
let channel;
let receivedBytes = 0;
let receivedMessages = 0;
let onPong = () => {};
let echoes = false;

connection.addEventListener('icecandidate', ({ candidate }) =>
  say({
    candidate: candidate
      ? { candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex }
      : null,
  }),
);
connection.addEventListener('datachannel', (event) => adopt(event.channel));

function adopt(created) {
  channel = created;
  channel.binaryType = 'arraybuffer';
  channel.addEventListener('message', ({ data }) => {
    receivedMessages += 1;
    receivedBytes += data.byteLength ?? data.length;
    if (echoes) channel.send(data);
    else onPong();
  });
  const opened = () => say({ open: performance.now() });
  if (channel.readyState === 'open') opened();
  else channel.addEventListener('open', opened);
}

/** Sends messages of `size` bytes as fast as the buffer takes them, for `durationMs`. */
function flood(size, durationMs, highWater) {
  const message = new Uint8Array(size).fill(7);
  const endsAt = performance.now() + durationMs;
  channel.bufferedAmountLowThreshold = highWater / 2;
  return new Promise((done) => {
    let timer;
    const fill = () => {
      clearTimeout(timer);
      for (let i = 0; channel.bufferedAmount < highWater; i++) {
        channel.send(message);
        if (i % 64 === 63 && performance.now() > endsAt) break;
      }
      if (performance.now() > endsAt) {
        channel.removeEventListener('bufferedamountlow', fill);
        done();
        return;
      }
      timer = setTimeout(fill, LOOK_AGAIN_MS * 5);
    };
    channel.addEventListener('bufferedamountlow', fill);
    fill();
  });
}

/** Round trips of one 64-byte message at a time, in milliseconds. */
async function pingPong(rounds) {
  const message = new Uint8Array(64);
  const times = [];
  for (let i = 0; i < rounds; i++) {
    const sentAt = performance.now();
    const answered = new Promise((resolve) => (onPong = resolve));
    channel.send(message);
    await answered;
    times.push(performance.now() - sentAt);
  }
  return times;
}

const commands = {
  async start() {
    adopt(connection.createDataChannel('bench'));
    const offer = await connection.createOffer();
    await connection.setLocalDescription(offer);
    say({ description: { type: 'offer', sdp: connection.localDescription?.sdp ?? offer.sdp } });
  },
  async description({ description }) {
    await connection.setRemoteDescription(description);
    if (description.type !== 'offer') return;
    const answer = await connection.createAnswer();
    await connection.setLocalDescription(answer);
    say({ description: { type: 'answer', sdp: connection.localDescription?.sdp ?? answer.sdp } });
  },
  async candidate({ candidate }) {
    if (candidate?.candidate) await connection.addIceCandidate(candidate);
  },
  async bulk({ durationMs }) {
    await flood(64 * 1024, durationMs, HIGH_WATER_BYTES.bulk);
    say({ done: 'bulk' });
  },
  async small({ durationMs }) {
    await flood(64, durationMs, HIGH_WATER_BYTES.small);
    say({ done: 'small' });
  },
  async ping({ rounds }) {
    say({ done: 'ping', times: await pingPong(rounds) });
  },
  async echo({ on }) {
    echoes = on;
    say({ done: 'echo' });
  },
  async count() {
    say({
      done: 'count',
      receivedBytes,
      receivedMessages,
      at: performance.now(),
      cpu: process.cpuUsage(),
      rss: process.memoryUsage().rss,
      buffered: channel?.bufferedAmount ?? 0,
    });
  },
  async quit() {
    connection.close();
    process.disconnect();
    setTimeout(() => process.exit(0), 500).unref();
  },
};

process.on('message', (message) => {
  const name = message.description ? 'description' : 'candidate' in message ? 'candidate' : message.command;
  commands[name](message).catch((error) => say({ failed: `${stack} ${role} ${name}: ${error.stack ?? error}` }));
});
say({ ready: true });
