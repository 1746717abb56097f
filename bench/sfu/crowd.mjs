// The load of the whole-SFU benchmark, in a process of its own: a publisher and many subscribers, each with ICE, DTLS and SRTP of its own.
import { performance } from 'node:perf_hooks';
import { SealBatch } from '@maru/protocol/srtp';
import { LIGHT_TYPES, Swarm } from '@maru/sfu/load';
import { quantile } from '../lib/report.mjs';

const AUDIO_SSRC = 0x1111_0001;
const VIDEO_SSRC = 0x1111_0002;
/** As a publisher sends it: 1,172 bytes plain. */
const PACKET_BYTES = 1_172;
const HEADER_BYTES = 12;
const AUDIO_BYTES = 120;
const CHECKED = 64;
const MAX_LATE_MS = 5;
const KEY_FRAME = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02];
/** Of the capture time in a payload: behind descriptor and frame header. */
const STAMP_AT = 32;

/** Where the peers are, and the one cipher that they have; absent: all. */
const [host = '127.0.0.1', profile] = process.argv.slice(2);
const swarm = new Swarm(host, { rests: false, ...(profile && { srtpProfiles: [profile] }) });
const body = new Uint8Array(PACKET_BYTES - HEADER_BYTES - 4);
const stamp = new DataView(body.buffer);
const slab = swarm.driver.addSlab(body);
const batch = new SealBatch(1_024);

let publisher;
const subscribers = [];
const video = { sequence: 0, pictureId: 0, frames: 0 };
const audio = { sequence: 0 };
let sentVideo = 0;
let sentAudio = 0;
let ages = [];
let arrived = 0;
let seen = 0;
/** Of those who came last: whether all are connected. */
let connecting = Promise.resolve();

swarm.onPacket = (peer, view) => {
  arrived += 1;
  if (view.length < 1_000 || ++seen % CHECKED !== 0 || !peer.keys) return;
  const { bytes, offset, length, headerBytes } = view;
  const plain = peer.keys.receiver.unprotectRtp(bytes, offset, length);
  if (plain < 0) return;
  // What was rewritten of the descriptor may be longer or shorter than it was: the stamp is counted from the end.
  const at = offset + plain - (body.length - STAMP_AT);
  ages.push(performance.now() - new DataView(bytes.buffer, bytes.byteOffset + at).getFloat64(0));
  void headerBytes;
};

function header(type, marker, sequence, timestamp, ssrc) {
  const { heads, headsUsed: at } = batch;
  heads[at] = 0x80;
  heads[at + 1] = (marker ? 0x80 : 0) | type;
  heads[at + 2] = sequence >>> 8;
  heads[at + 3] = sequence;
  for (let i = 0; i < 4; i++) {
    heads[at + 4 + i] = timestamp >>> (24 - 8 * i);
    heads[at + 8 + i] = ssrc >>> (24 - 8 * i);
  }
}

/** A frame of `count` packets, captured now; `index` counts packets of the stream from the first on. */
function film(count) {
  stamp.setFloat64(STAMP_AT, performance.now());
  const isKeyFrame = video.frames % 600 === 0;
  for (let i = 0; i < count; i++) {
    header(LIGHT_TYPES.vp8, i === count - 1, video.sequence & 0xffff, video.frames * 3_000, VIDEO_SSRC);
    const { heads, headsUsed: at } = batch;
    heads[at + 12] = i === 0 ? 0x90 : 0x80;
    heads[at + 13] = 0x80;
    heads[at + 14] = 0x80 | (video.pictureId >>> 8);
    heads[at + 15] = video.pictureId;
    if (i === 0) body.set(isKeyFrame ? KEY_FRAME : [0x11, 0, 0]);
    batch.add(
      publisher.address,
      publisher.keys.sealKey,
      Math.floor(video.sequence / 65_536),
      HEADER_BYTES + 4,
      HEADER_BYTES,
      slab,
      0,
      body.length,
    );
    video.sequence += 1;
    if (i === 0) flush(); // its body is another
  }
  video.pictureId = (video.pictureId + 1) & 0x7fff;
  video.frames += 1;
  sentVideo += count;
}

function speak() {
  header(LIGHT_TYPES.opus, false, audio.sequence & 0xffff, audio.sequence * 960, AUDIO_SSRC);
  batch.add(
    publisher.address,
    publisher.keys.sealKey,
    Math.floor(audio.sequence / 65_536),
    HEADER_BYTES,
    HEADER_BYTES,
    slab,
    40,
    AUDIO_BYTES,
  );
  audio.sequence += 1;
  sentAudio += 1;
}

function flush() {
  swarm.driver.send(batch);
  swarm.driver.flush();
}

const counted = () => subscribers.reduce((sum, { counters }) => sum + counters.packets, 0);

const commands = {
  offer({ publishes }) {
    const sections = publishes
      ? [
          { kind: 'audio', ssrc: AUDIO_SSRC },
          { kind: 'video', ssrc: VIDEO_SSRC },
        ]
      : [{ kind: 'audio' }, { kind: 'video' }];
    const peer = swarm.add(sections);
    if (publishes) publisher = peer;
    else subscribers.push(peer);
    const sdp = peer.offer();
    const media = publishes
      ? [
          { mid: peer.midOf(0), track: 'audio' },
          { mid: peer.midOf(1), track: 'video' },
        ]
      : [];
    return { sdp, media };
  },
  async answer({ sdp, publishes }) {
    await swarm.answer(publishes ? publisher : subscribers.at(-1), sdp);
    return {};
  },
  /** So many subscribers offer at once. */
  offers({ count }) {
    return Array.from({ length: count }, () => commands.offer({ publishes: false }).sdp);
  },
  /** The answers to all of them: comes back when each is connected. */
  async answers({ sdps }) {
    await Promise.all(subscribers.slice(-sdps.length).map((peer, index) => swarm.answer(peer, sdps[index])));
    return {};
  },
  /** So many subscribers come, to whom a server offers: what they answer. */
  accepts({ sdps }) {
    const accepted = sdps.map((sdp) => {
      const peer = swarm.add([]);
      subscribers.push(peer);
      return swarm.accept(peer, sdp);
    });
    connecting = Promise.all(accepted.map(({ isConnected }) => isConnected));
    return accepted.map(({ answer }) => answer);
  },
  /** Comes back when all of them are connected. */
  async connected() {
    await connecting;
    return {};
  },
  /** How media is protected, by whoever is connected. */
  profiles: () => [...new Set([publisher, ...subscribers].map((peer) => peer.profile))],
  /** All subscribers go. */
  clear() {
    for (const peer of subscribers.splice(0)) swarm.remove(peer);
    return {};
  },
  /** Sends `rate` video packets a second in frames of `burst`, and 50 of audio. */
  async run({ rate, burst, ms }) {
    for (const peer of subscribers) peer.resetCounters();
    sentVideo = sentAudio = arrived = seen = 0;
    ages = [];
    let idleMs = 0;
    let [turnedAt, arrivedBefore, sentBefore] = [performance.now(), 0, 0];
    const startedAt = performance.now();
    const stepMs = (burst / rate) * 1_000;
    let next = startedAt;
    let nextAudio = startedAt;
    await new Promise((done) => {
      const loop = () => {
        const now = performance.now();
        if (now - startedAt >= ms) return done();
        if (arrived === arrivedBefore && sentVideo + sentAudio === sentBefore) idleMs += now - turnedAt;
        [turnedAt, arrivedBefore, sentBefore] = [now, arrived, sentVideo + sentAudio];
        next = Math.max(next, now - MAX_LATE_MS);
        for (; next <= now; next += stepMs) film(burst);
        for (nextAudio = Math.max(nextAudio, now - 20); nextAudio <= now; nextAudio += 20) speak();
        flush();
        setImmediate(loop);
      };
      loop();
    });
    const wallMs = performance.now() - startedAt;
    const expected = (sentVideo + sentAudio) * subscribers.length;
    for (let waited = 0; waited < 20 && counted() < expected; waited++) await new Promise((resolve) => setTimeout(resolve, 10));
    const lost = subscribers.reduce((sum, peer) => sum + peer.lost, 0);
    return {
      expected,
      received: counted(),
      lost,
      wallMs,
      sentVideo,
      busyPercent: (1 - idleMs / wallMs) * 100,
      p50Ms: quantile(ages, 0.5),
      p99Ms: quantile(ages, 0.99),
      checked: ages.length,
    };
  },
};

process.on('message', async ({ command, ...options }) => process.send({ result: await commands[command](options) }));
process.once('disconnect', () => process.exit());
process.send({ result: 'ready' });
