// The load of the SFU benchmark, in a process of its own that never sleeps: a publisher and subscribers with real SRTP. It is told what to
// do by messages of its parent and answers each one. Subscribers take datagrams one by one: the kernel cuts trains for them, as it would
// for receivers elsewhere; and they ask whether something came, so that no sender pays for waking them.

import { NativeDatagramPool, nodeCrypto } from '@maru/node';
import { openMediaDriver } from '@maru/node/media';
import { SealBatch, SrtpReceiver } from '@maru/protocol/srtp';
import { IpEndpoint } from '@maru/protocol/turn/server';
import { quantile } from '../lib/report.mjs';
import { HEADER_BYTES, masterOf, PACKET_BYTES, PUBLISHER_SSRC, subscriberSsrc, writeHeader } from './media.mjs';

const HOST = '127.0.0.1';
const BUFFER_BYTES = 4 * 1024 * 1024;
/** One packet in so many is decrypted, and its age read. */
const CHECKED = 64;
/** Who was kept from sending longer than this leaves out what was due. */
const MAX_LATE_MS = 5;
/** Received packets between two looks at whether a burst is due: some tens of microseconds, also where receiving takes all of the core. */
const LOOK_EVERY = 16;

const pool = NativeDatagramPool.open(new IpEndpoint(), { rests: false });
const publisher = openMediaDriver({ driver: 'native', rests: false });
const from = publisher.bind(HOST, 0, { bufferBytes: BUFFER_BYTES });
const body = new Uint8Array(PACKET_BYTES - HEADER_BYTES).map((_, i) => i & 0xff);
const stamp = new DataView(body.buffer);
const slab = publisher.addSlab(body);
const batch = new SealBatch(256);

let sockets = [];
/** By socket of the pool. */
let receivers = [];
let target = -1;
let key = -1;
let index = 0;
let received = 0;
let wrong = 0;
let ages = [];
let publishDue = () => {};

pool.receiver = {
  datagram(socket, _from, bytes, offset, length) {
    received += 1;
    if (received % LOOK_EVERY === 0) publishDue();
    if (received % CHECKED !== 0 || !receivers[socket]) return;
    const plain = receivers[socket].unprotectRtp(bytes, offset, length);
    if (plain !== PACKET_BYTES) wrong += 1;
    else
      ages.push(
        performance.now() -
          pool.waitedUs / 1_000 -
          new DataView(bytes.buffer, bytes.byteOffset + offset + HEADER_BYTES).getFloat64(0),
      );
  },
  unreachable() {},
  settled() {},
};

/** Waits until so many packets have come, or none comes any more; how long the last of them took. */
async function everythingCame(expected) {
  const endedAt = performance.now();
  let lastAt = endedAt;
  while (received < expected && performance.now() - lastAt < 300) {
    const before = received;
    pool.receiveNow();
    await new Promise((resolve) => setImmediate(resolve));
    if (received > before) lastAt = performance.now();
  }
  return lastAt - endedAt;
}

/** One burst: all of it was captured now. */
function publish(count) {
  stamp.setFloat64(0, performance.now());
  for (let i = 0; i < count; i++) {
    writeHeader(batch.heads, batch.headsUsed, PUBLISHER_SSRC, index & 0xffff, index * 90);
    batch.add(target, key, Math.floor(index / 65_536), HEADER_BYTES, HEADER_BYTES, slab, 0, body.length);
    index += 1;
  }
  publisher.send(batch);
}

const commands = {
  /** Sockets for subscribers; their ports. `stampsArrival`: a packet's age is what it was when the system had it, whatever this process did then. */
  open({ subscribers, stampsArrival = false }) {
    const options = { bufferBytes: BUFFER_BYTES, receivesSingly: true, receivesWhenAsked: true, stampsArrival };
    sockets = Array.from({ length: subscribers }, () => pool.bind(HOST, 0, options));
    return { ports: sockets.map((socket) => pool.port(socket)) };
  },

  /** `isSealed`: what comes back has keys of its own; else it is what was sent. */
  connect({ profile, port, isSealed }) {
    target = publisher.addresses.intern(from, IpEndpoint.of(HOST, port));
    publisher.addresses.hold(target);
    key = publisher.addKey(profile, masterOf(profile, 0));
    receivers = [];
    for (const [i, socket] of sockets.entries()) {
      receivers[socket] = new SrtpReceiver({ profile, master: masterOf(profile, isSealed ? i + 1 : 0), crypto: nodeCrypto });
      receivers[socket].expectRollover(isSealed ? subscriberSsrc(i) : PUBLISHER_SSRC, 0, 0);
    }
    return {};
  },

  /** Sends `rate` packets a second in bursts of `burst`, a burst that is late by `maxLateMs` or more not at all. */
  async run({ rate, burst, ms, maxLateMs = MAX_LATE_MS }) {
    const startIndex = index;
    received = wrong = 0;
    ages = [];
    const startedAt = performance.now();
    const stepMs = (burst / rate) * 1_000;
    let next = startedAt;
    publishDue = () => {
      const now = performance.now();
      next = Math.max(next, now - maxLateMs);
      for (; next <= now; next += stepMs) publish(burst);
    };
    await new Promise((done) => {
      const loop = () => {
        if (performance.now() - startedAt >= ms) return done();
        publishDue();
        pool.receiveNow();
        setImmediate(loop);
      };
      loop();
    });
    publishDue = () => {};
    const wallMs = performance.now() - startedAt;
    const expected = (index - startIndex) * sockets.length;
    const lateMs = await everythingCame(expected);
    return {
      expected,
      received,
      wrong,
      wallMs,
      lateMs,
      p50Ms: quantile(ages, 0.5),
      p99Ms: quantile(ages, 0.99),
      worstMs: quantile(ages, 1),
    };
  },

  quit() {
    pool.end();
    publisher.end();
    setImmediate(() => process.disconnect());
    return {};
  },
};

process.on('message', async ({ command, ...options }) => process.send({ result: await commands[command](options) }));
process.once('disconnect', () => process.exit());
process.send({ result: 'ready' });
