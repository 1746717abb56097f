// The load of the meeting, in a process of its own: people who each send audio and three layers of VP8, and count what they get.
import { performance } from 'node:perf_hooks';
import { SealBatch } from '@maru/protocol/srtp';
import { LIGHT_EXTENSIONS, LIGHT_TYPES, Swarm } from '@maru/sfu/load';

const RIDS = ['q', 'h', 'f'];
/** Of one frame, thirty a second; and what a key frame says that it measures. */
const LAYERS = [
  { packets: 1, bytes: 600, width: 320, height: 180 },
  { packets: 2, bytes: 1_000, width: 640, height: 360 },
  { packets: 5, bytes: 1_172, width: 1_280, height: 720 },
];
const FRAME_MS = 1_000 / 30;
const AUDIO_MS = 20;
const AUDIO_BYTES = 120;
const KEY_FRAME_EVERY = 60;
const MAX_LATE_MS = 50;

const swarm = new Swarm('127.0.0.1', { rests: false });
const body = new Uint8Array(1_200);
const slab = swarm.driver.addSlab(body);
const batch = new SealBatch(1_024);
const people = [];
let sent = 0;

const ascii = (text) => Array.from(text, (character) => character.charCodeAt(0));

/** An RTP header with mid and, for video, rid, in the one-byte form (RFC 8285). */
function headOf(type, ssrc, mid, rid) {
  const elements = [(LIGHT_EXTENSIONS.mid << 4) | (mid.length - 1), ...ascii(mid)];
  if (rid !== undefined) elements.push((LIGHT_EXTENSIONS.rid << 4) | (rid.length - 1), ...ascii(rid));
  while (elements.length % 4) elements.push(0);
  const head = Uint8Array.from([0x90, type, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0, elements.length / 4, ...elements]);
  new DataView(head.buffer).setUint32(8, ssrc);
  return head;
}

/** One encoding of one person. */
class Stream {
  sequence = 0;
  frames = 0;

  constructor(person, head, layer) {
    this.person = person;
    this.head = head;
    this.layer = layer;
  }

  send(timestamp, isLast, descriptor, bytes) {
    const { person, head } = this;
    if (!batch.hasRoom(head.length + descriptor.length)) flush();
    const { heads, headsUsed: at } = batch;
    heads.set(head, at);
    if (isLast) heads[at + 1] |= 0x80;
    heads[at + 2] = this.sequence >>> 8;
    heads[at + 3] = this.sequence;
    for (let i = 0; i < 4; i++) heads[at + 4 + i] = timestamp >>> (24 - 8 * i);
    heads.set(descriptor, at + head.length);
    const { peer } = person;
    const headBytes = head.length + descriptor.length;
    const rollover = Math.floor(this.sequence / 65_536);
    batch.add(peer.address, peer.keys.sealKey, rollover, headBytes, head.length, slab, 0, bytes);
    this.sequence += 1;
    sent += 1;
  }

  film() {
    const { packets, bytes, width, height } = this.layer;
    const picture = this.frames & 0x7fff;
    const start =
      this.frames % KEY_FRAME_EVERY === 0
        ? [0x10, 0, 0, 0x9d, 0x01, 0x2a, width & 0xff, width >> 8, height & 0xff, height >> 8]
        : [0x11, 0, 0];
    for (let i = 0; i < packets; i++) {
      const descriptor = [i === 0 ? 0x90 : 0x80, 0x80, 0x80 | (picture >>> 8), picture & 0xff, ...(i === 0 ? start : [])];
      this.send(this.frames * 3_000, i === packets - 1, descriptor, bytes);
    }
    this.frames += 1;
  }

  speak() {
    this.send(this.frames++ * 960, false, [], AUDIO_BYTES);
  }
}

function flush() {
  swarm.driver.send(batch);
  swarm.driver.flush();
}

/** Those that each person was sent video of, by SSRC. */
const seen = new Map();
swarm.onPacket = (peer, view) => {
  if (view.length > 300) seen.get(peer)?.add(view.ssrc);
};

const commands = {
  offer({ others }) {
    const number = people.length;
    const [audioSsrc, videoSsrc] = [0x1000_0000 + number, 0x2000_0000 + 16 * number];
    const slots = (kind) => Array.from({ length: others }, () => ({ kind }));
    const peer = swarm.add([
      { kind: 'audio', ssrc: audioSsrc },
      { kind: 'video', rids: RIDS },
      ...slots('audio'),
      ...slots('video'),
    ]);
    const sdp = peer.offer();
    const [audioMid, videoMid] = [peer.midOf(0), peer.midOf(1)];
    const person = { peer };
    person.audio = new Stream(person, headOf(LIGHT_TYPES.opus, audioSsrc, audioMid), undefined);
    person.video = RIDS.map((rid, i) => new Stream(person, headOf(LIGHT_TYPES.vp8, videoSsrc + i, videoMid, rid), LAYERS[i]));
    people.push(person);
    seen.set(peer, new Set());
    return {
      sdp,
      media: [
        { mid: audioMid, track: 'audio' },
        { mid: videoMid, track: 'video' },
      ],
    };
  },
  async answer({ sdp }) {
    await swarm.answer(people.at(-1).peer, sdp);
    return {};
  },
  async run({ ms }) {
    for (const { peer } of people) {
      peer.resetCounters();
      seen.get(peer).clear();
    }
    sent = 0;
    const startedAt = performance.now();
    // Each person's clock is its own: nobody speaks in step.
    const due = people.map((_, i) => ({
      frame: startedAt + (i * FRAME_MS) / people.length,
      voice: startedAt + (i * AUDIO_MS) / people.length,
    }));
    await new Promise((done) => {
      const loop = () => {
        const now = performance.now();
        if (now - startedAt >= ms) return done();
        for (const [i, at] of due.entries()) {
          const { audio, video } = people[i];
          at.frame = Math.max(at.frame, now - MAX_LATE_MS);
          at.voice = Math.max(at.voice, now - MAX_LATE_MS);
          for (; at.frame <= now; at.frame += FRAME_MS) for (const stream of video) stream.film();
          for (; at.voice <= now; at.voice += AUDIO_MS) audio.speak();
        }
        flush();
        setImmediate(loop);
      };
      loop();
    });
    const wallMs = performance.now() - startedAt;
    await new Promise((resolve) => setTimeout(resolve, 100));
    const total = (of) => people.reduce((sum, { peer }) => sum + of(peer), 0);
    return {
      sent,
      received: total(({ counters }) => counters.packets),
      bytes: total(({ counters }) => counters.bytes),
      lost: total(({ lost }) => lost),
      videoStreams: total((peer) => seen.get(peer).size),
      wallMs,
    };
  },
};

process.on('message', async ({ command, ...options }) => process.send({ result: await commands[command](options) }));
process.once('disconnect', () => process.exit());
process.send({ result: 'ready' });
