// One end of a call, inside a host of the lab: signalling and orders come as JSON lines on standard input, answers go out the
// same way. Ends when its standard input does.
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { nodeEnvironment, peerConnectionIn, RTCPeerConnection } from '@maru/webrtc';

const MESSAGE_BYTES = 16 * 1024;
const HIGH_WATER_BYTES = 1024 * 1024;

/** @param {object} message */
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** @type {RTCPeerConnection} */
let connection;
/** @type {RTCDataChannel} */
let channel;
let isOfferer = false;
let wasOpen = false;
/** Digest of what came back, and how much of it. */
let echoed = { hash: createHash('sha256'), bytes: 0 };
let onEcho = () => {};

/** With `hidesAddresses`, host addresses are offered as names below .local. */
function connect(configuration, hidesAddresses) {
  const Connection = hidesAddresses
    ? peerConnectionIn({ ...nodeEnvironment, ice: { hostAddresses: 'mdns' } })
    : RTCPeerConnection;
  connection = new Connection(configuration);
  connection.addEventListener('icecandidate', ({ candidate }) => say({ candidate: candidate?.toJSON() ?? null }));
  connection.addEventListener('negotiationneeded', () => wasOpen && void offer());
  connection.addEventListener('connectionstatechange', () => say({ state: connection.connectionState }));
  connection.addEventListener('datachannel', (event) => adopt(event.channel));
}

function adopt(created) {
  channel = created;
  channel.binaryType = 'arraybuffer';
  channel.addEventListener('message', ({ data }) => {
    if (!isOfferer) return channel.send(data);
    echoed.hash.update(new Uint8Array(data));
    echoed.bytes += data.byteLength;
    onEcho();
  });
  channel.addEventListener('open', () => {
    wasOpen = true;
    say({ open: true });
  });
}

/** Bytes that no two messages share, so that an echo in another order or of another message shows. */
function messageOf(number, size) {
  const bytes = new Uint8Array(size);
  for (let i = 0, x = (number + 1) * 2654435761; i < size; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

const selected = async () => {
  const stats = await connection.getStats();
  const transport = [...stats.values()].find(({ type }) => type === 'transport');
  const pair = stats.get(transport?.selectedCandidatePairId);
  const [local, remote] = [pair?.localCandidateId, pair?.remoteCandidateId].map((id) => stats.get(id));
  return {
    local: local?.candidateType,
    remote: remote?.candidateType,
    protocol: local?.protocol,
    relayProtocol: local?.relayProtocol,
    localPort: local?.port,
    remotePort: remote?.port,
    localUfrag: local?.usernameFragment,
    remoteUfrag: remote?.usernameFragment,
    rttMs: pair?.currentRoundTripTime * 1_000,
  };
};

let isOffering = false;

async function offer() {
  isOffering = true;
  try {
    await connection.setLocalDescription();
    say({ description: connection.localDescription });
  } finally {
    isOffering = false;
  }
}

const orders = {
  async connect({ configuration, offers, hidesAddresses }) {
    isOfferer = offers;
    connect(configuration, hidesAddresses);
    if (!offers) return;
    adopt(connection.createDataChannel('lab'));
    await offer();
  },
  /** The answerer is the polite one, where both offer at once (W3C webrtc, "perfect negotiation"). */
  async description({ description }) {
    const collides = description.type === 'offer' && (isOffering || connection.signalingState !== 'stable');
    if (isOfferer && collides) return;
    await connection.setRemoteDescription(description);
    if (description.type !== 'offer') return;
    await connection.setLocalDescription();
    say({ description: connection.localDescription });
  },
  async candidate({ candidate }) {
    // Those of an offer that gave way are for nobody.
    await connection.addIceCandidate(candidate ?? undefined).catch((error) => {
      if (error.name !== 'OperationError') throw error;
    });
  },
  /** Sends `bytes` in messages and waits until all came back, byte for byte. */
  async echo({ bytes }) {
    const sent = createHash('sha256');
    echoed = { hash: createHash('sha256'), bytes: 0 };
    const back = new Promise((resolve) => {
      onEcho = () => echoed.bytes >= bytes && resolve();
    });
    for (let at = 0, number = 0; at < bytes; number++) {
      const message = messageOf(number, Math.min(MESSAGE_BYTES, bytes - at));
      sent.update(message);
      at += message.length;
      if (channel.bufferedAmount > HIGH_WATER_BYTES) {
        channel.bufferedAmountLowThreshold = HIGH_WATER_BYTES / 2;
        await new Promise((resolve) => channel.addEventListener('bufferedamountlow', resolve, { once: true }));
      }
      channel.send(message);
    }
    await back;
    say({ done: 'echo', isExact: echoed.bytes === bytes && echoed.hash.digest('hex') === sent.digest('hex') });
  },
  async candidates() {
    const lines = connection.localDescription.sdp.match(/^a=candidate:.*$/gm) ?? [];
    say({ done: 'candidates', lines });
  },
  async selected() {
    say({ done: 'selected', pair: await selected() });
  },
};

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line);
    const name = 'description' in order ? 'description' : 'candidate' in order ? 'candidate' : order.order;
    orders[name](order).catch((error) => say({ failed: `${name}: ${error.stack ?? error}` }));
  })
  .on('close', () => process.exit());
say({ ready: true });
