// The load of the TURN benchmark, in a process of its own: TURN clients and their peers, through one pool of native sockets.
// It is told what to do by messages of its parent and answers each one.
import { connect } from 'node:net';
import { NativeDatagramPool, nodeCrypto, systemRandom } from '@maru/node';
import { SILENT_LOG } from '@maru/protocol/core';
import { Data, newTransactionId, RequestedTransport, StunEncoder, StunMethod, XorPeerAddress } from '@maru/protocol/stun';
import { encodeChannelData, FIRST_CHANNEL, sizeOfChannelData, TurnClient } from '@maru/protocol/turn';
import { IpEndpoint } from '@maru/protocol/turn/server';

const BUFFER_BYTES = 4 * 1024 * 1024;
/** In a run without a rate: packets of one client that may be on their way. */
const WINDOW = 64;
/** Who was kept from sending longer than this leaves out what was due, rather than flood the server with it. */
const MAX_LATE_MS = 5;
/** Until a server has worked off what it was sent at once. */
const SETTLE_MS = 200;
/** So many allocations end at once, then the server has a while: requests of thousands would not fit into its buffer, and stay behind. */
const RELEASED_AT_ONCE = 100;
const RELEASE_PAUSE_MS = 10;
/** For the last of the packets that went through every allocation. */
const ARRIVAL_MS = 2_000;
const CONTEXT = { crypto: nodeCrypto, random: systemRandom, log: SILENT_LOG };

const pool = NativeDatagramPool.open(new IpEndpoint(), { rests: false });
/** By socket of the pool: what takes its datagrams. */
const receivers = [];
pool.receiver = {
  datagram: (socket, from, bytes, offset, length) => receivers[socket]?.(bytes, offset, length, from),
  unreachable() {},
  settled() {},
};

/** Clients and peers have an address each: servers answer one address so often and no oftener, and ports are many. */
const addressOf = (index, net) => `127.${net}.${(index >>> 8) & 255}.${index & 255}`;

/** A client with an allocation, and one peer. */
class Pair {
  received = 0;
  sent = 0;
  relayed = undefined;

  constructor(server, transport, account, source, peerAddress) {
    this.server = server;
    this.source = source;
    this.transport = transport;
    this.turn = new TurnClient({ ...account, transport: transport === 'udp' ? 'datagram' : 'stream', families: 'ipv4' }, CONTEXT);
    this.peerAddress = { address: peerAddress, port: 0 };
  }

  /** Resolves with an allocation. */
  async allocate() {
    await this.open();
    const allocated = this.next('allocated');
    this.turn.start(performance.now());
    this.settle();
    const { relayedAddress, relayedPort } = await allocated;
    this.relayed = IpEndpoint.of(relayedAddress, relayedPort);
  }

  /** Binds a channel to the peer, or permits it. */
  async permit(usesChannel) {
    const { address } = this.peerAddress;
    this.peer = pool.bind(address, 0, { bufferBytes: BUFFER_BYTES });
    this.peerAddress = { address, port: pool.port(this.peer) };
    receivers[this.peer] = () => (this.received += 1);
    await this.permitPeer(usesChannel);
  }

  /** The same for a peer that is there. */
  async permitPeer(usesChannel) {
    const permitted = this.next('peer-permitted');
    this.turn.permit(performance.now(), this.peerAddress, usesChannel);
    this.settle();
    await permitted;
  }

  async open() {
    if (this.transport === 'udp') {
      this.socket = pool.bind(this.source, 0, { bufferBytes: BUFFER_BYTES });
      const end = IpEndpoint.of(this.server.address, this.server.port);
      this.write = (bytes) => pool.send(this.socket, end, bytes, 0, bytes.length, 0, false);
      receivers[this.socket] = (bytes, offset, length) => this.onMessage(bytes, offset, length);
      return;
    }
    const stream = connect({ host: this.server.address, port: this.server.port, localAddress: this.source, noDelay: true });
    await new Promise((resolve, reject) => stream.once('connect', resolve).once('error', reject));
    this.stream = stream;
    this.write = (bytes) => stream.write(new Uint8Array(bytes));
    stream.on('data', (bytes) => {
      this.turn.receiveStream(performance.now(), bytes, () => (this.received += 1));
      this.settle();
    });
  }

  onMessage(bytes, offset, length) {
    if (bytes[offset] >= 0x40) this.received += 1;
    else {
      if (this.turn.receive(performance.now(), bytes.subarray(offset, offset + length))) this.received += 1;
      this.settle();
    }
  }

  next(type) {
    return new Promise((resolve, reject) => {
      this.waiting = (event) => {
        if (event.type === type) resolve(event);
        else reject(new Error(`${event.type} ${event.code ?? ''} ${event.reason ?? ''}`));
      };
    });
  }

  settle() {
    this.turn.drain({ transmit: this.write, event: (event) => this.waiting?.(event) });
    pool.flush();
  }

  /** What it will send on and on: to the server, or from the peer to the relayed address. */
  prepare(kind, size, burst) {
    const payload = new Uint8Array(size).fill(0x55);
    if (kind === 'from-peer') {
      this.burst = () => {
        for (let i = 0; i < burst; i++) pool.send(this.peer, this.relayed, payload, 0, size, 0, false);
      };
      return;
    }
    const frame = kind === 'channel' ? channelFrame(payload, this.transport !== 'udp') : indication(this.peerAddress, payload);
    if (this.transport === 'udp') {
      this.burst = () => {
        for (let i = 0; i < burst; i++) this.write(frame);
      };
      return;
    }
    const frames = Buffer.concat(Array.from({ length: burst }, () => frame));
    this.burst = () => this.stream.write(frames);
  }

  close() {
    this.turn.close(performance.now());
    this.settle();
    if (this.socket !== undefined) pool.close(this.socket);
    if (this.peer !== undefined) pool.close(this.peer);
    this.stream?.destroy();
  }
}

function channelFrame(payload, isPadded) {
  const frame = new Uint8Array(sizeOfChannelData(payload.length, isPadded));
  encodeChannelData(FIRST_CHANNEL, payload, isPadded, frame);
  return frame;
}

function indication(peer, payload) {
  const encoder = new StunEncoder().start('indication', StunMethod.send, newTransactionId(systemRandom));
  return encoder.add(XorPeerAddress, peer).add(Data, payload).finish().slice();
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs `tasks` with so many at a time. */
async function inTurn(tasks, concurrency) {
  const queue = tasks.values();
  const worker = async () => {
    for (const task of queue) await task();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** Keeps this process from sleeping until the function returned is called: else whoever answers it pays for waking it up. */
function spin() {
  let isSpinning = true;
  const loop = () => isSpinning && setImmediate(loop);
  loop();
  return () => {
    isSpinning = false;
  };
}

let pairs = [];
/** Pairs so far: no address comes twice. */
let made = 0;
/** Requests that were lost are sent again. */
const advancing = setInterval(() => {
  for (const pair of pairs) {
    if (pair.turn.deadline > performance.now()) continue;
    pair.turn.advance(performance.now());
    pair.settle();
  }
}, 100);

const commands = {
  /** Pairs with allocations, so many at a time; permitted if `kind` is said. */
  async allocate({ server, transport, clients, concurrency, kind, users }) {
    const fresh = Array.from({ length: clients }, (_, i) => {
      const account = { username: `user${i % users}`, password: 'secret' };
      return new Pair(server, transport, account, addressOf(made + i, 1), addressOf(made + i, 3));
    });
    pairs.push(...fresh);
    made += clients;
    const startedAt = performance.now();
    const isOver = spin();
    await inTurn(
      fresh.map((pair) => () => pair.allocate()),
      concurrency,
    );
    const wallMs = performance.now() - startedAt;
    if (kind) {
      await inTurn(
        fresh.map((pair) => () => pair.permit(kind === 'channel' || kind === 'from-peer')),
        concurrency,
      );
    }
    isOver();
    return { wallMs };
  },

  /** Sends at `rate` packets a second, in bursts of `burst` of each client in turn; without a rate, as much as comes through. */
  async run({ kind, size, rate, burst, ms }) {
    for (const pair of pairs) {
      pair.prepare(kind, size, burst);
      pair.sent = pair.received = 0;
    }
    const startedAt = performance.now();
    let latestMs = 0;
    const countAll = (key) => pairs.reduce((sum, pair) => sum + pair[key], 0);
    await new Promise((done) => {
      let next = startedAt;
      let turn = 0;
      const stepMs = rate ? (burst / rate) * 1_000 : 0;
      const paced = (now) => {
        latestMs = Math.max(latestMs, now - next);
        next = Math.max(next, now - MAX_LATE_MS);
        for (; next <= now; next += stepMs) {
          const pair = pairs[turn++ % pairs.length];
          pair.burst();
          pair.sent += burst;
        }
      };
      const freely = () => {
        for (const pair of pairs) {
          if (pair.sent - pair.received > WINDOW) continue;
          pair.burst();
          pair.sent += burst;
        }
      };
      const loop = () => {
        const now = performance.now();
        if (now - startedAt >= ms) return done();
        if (rate) paced(now);
        else freely();
        pool.flush();
        setImmediate(loop);
      };
      loop();
    });
    const wallMs = performance.now() - startedAt;
    for (let waited = 0; waited < 20 && countAll('received') < countAll('sent'); waited++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return { sent: countAll('sent'), received: countAll('received'), wallMs, latestMs, lostHere: pool.lost };
  },

  /** Unauthenticated Allocate requests, from a socket each of `sockets`, at `rate` for `ms`. */
  async flood({ server, rate, sockets, ms }) {
    const end = IpEndpoint.of(server.address, server.port);
    const from = Array.from({ length: sockets }, (_, i) => pool.bind(addressOf(i, 2), 0));
    const request = new StunEncoder()
      .start('request', StunMethod.allocate, newTransactionId(systemRandom))
      .add(RequestedTransport, 17)
      .finish()
      .slice();
    const startedAt = performance.now();
    let sent = 0;
    await new Promise((done) => {
      const loop = () => {
        const elapsedMs = performance.now() - startedAt;
        if (elapsedMs >= ms) return done();
        for (; sent < (elapsedMs / 1_000) * rate; sent++) {
          request[8 + (sent % 12)] += 1;
          pool.send(from[sent % sockets], end, request, 0, request.length, 0, false);
        }
        pool.flush();
        setImmediate(loop);
      };
      loop();
    });
    for (const socket of from) pool.close(socket);
    return { sent };
  },

  /** One packet through each allocation to a peer that they share: from how many relayed ports one arrives. */
  async relayThroughEach({ concurrency }) {
    const address = addressOf(1, 4);
    const peer = pool.bind(address, 0, { bufferBytes: BUFFER_BYTES });
    const ports = new Set();
    receivers[peer] = (_bytes, _offset, _length, { port }) => ports.add(port);
    await inTurn(
      pairs.map((pair) => async () => {
        pair.peerAddress = { address, port: pool.port(peer) };
        await pair.permitPeer(true);
        pair.prepare('channel', 160, 1);
        pair.burst();
        pool.flush();
      }),
      concurrency,
    );
    for (let waited = 0; waited < ARRIVAL_MS && ports.size < pairs.length; waited += 10) await pause(10);
    pool.close(peer);
    return { relayed: ports.size };
  },

  /** Ends every allocation. */
  async release() {
    for (const [i, pair] of pairs.entries()) {
      pair.close();
      if (i % RELEASED_AT_ONCE === RELEASED_AT_ONCE - 1) await pause(RELEASE_PAUSE_MS);
    }
    pairs = [];
    await pause(SETTLE_MS);
    return {};
  },

  async quit() {
    clearInterval(advancing);
    for (const pair of pairs) pair.close();
    pairs = [];
    pool.end();
    setImmediate(() => process.disconnect());
    return {};
  },
};

process.on('message', async ({ command, ...options }) => {
  try {
    process.send({ result: await commands[command](options) });
  } catch (error) {
    process.send({ error: error.message });
  }
});
process.once('disconnect', () => process.exit());
process.send({ result: 'ready' });
