// The media path of one connection in one thread, in memory and out through a real socket: started by ../media.bench.mjs with a young
// generation so large that nothing is collected while bytes are counted.
import { createSocket } from 'node:dgram';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { driver, NativeDatagramSocket, NodeDatagramSocket, nodeCrypto, pureCrypto } from '@maru/node';
import { openMediaDriver } from '@maru/node/media';
import { SRTP_PROFILES } from '@maru/protocol/core';
import { createDepacketizer, createPacketizer, FrameAssembler, payloadLimits } from '@maru/protocol/payload';
import { RtpPacketView, RtpPacketWriter } from '@maru/protocol/rtp';
import { OpenBatch, SealBatch, SrtpReceiver, SrtpSender } from '@maru/protocol/srtp';
import { IpEndpoint } from '@maru/protocol/turn/server';

const ROUNDS = Number(process.argv[2]);
const PACKETS_A_FRAME = 5;
const FRAMES = 64;
const PACKETS = FRAMES * PACKETS_A_FRAME;
const TURNS = 12;
const SLOT_BYTES = 1_408;
const MAX_PAYLOAD_BYTES = 1_150;
const HEADER_BYTES = 20;
const SSRC = 0xcafe_babe;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** A VP8 key frame or another, of five packets. */
function frameOf(isKeyFrame) {
  const frame = new Uint8Array(PACKETS_A_FRAME * (MAX_PAYLOAD_BYTES - 8)).map((_, i) => (i * 31) & 0xff);
  frame.set(isKeyFrame ? [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01] : [0x11, 0, 0]);
  return frame;
}
const KEY_FRAME = frameOf(true);
const FRAME = frameOf(false);

/** Cuts frames into RTP packets of a slab, as a sender does: the frame is copied to the end of the slab, and from there into packets. */
class Cutter {
  packetizer = createPacketizer('vp8');
  writer = new RtpPacketWriter();
  limits = payloadLimits(MAX_PAYLOAD_BYTES);
  sequence = 0;
  frames = 0;

  /** Writes the packets of the next frame to slots from `slot` on; their lengths to `lengths`. */
  cut(slab, slot, lengths) {
    const frame = this.frames === 0 ? KEY_FRAME : FRAME;
    const plan = this.packetizer.packetize(frame, this.limits);
    slab.set(frame, PACKETS * SLOT_BYTES);
    plan.takeFrom(slab, PACKETS * SLOT_BYTES);
    const { writer } = this;
    for (let index = 0; index < plan.count; index++) {
      const at = (slot + index) * SLOT_BYTES;
      const isMarked = index === plan.count - 1;
      writer.begin(slab, at, at + SLOT_BYTES, 96, isMarked, this.sequence & 0xffff, this.frames * 3_000, SSRC);
      slab[writer.extension(1, 3)] = 1;
      slab[writer.extension(2, 2)] = 2;
      plan.write(index, slab, writer.payloadRoom(plan.payloadBytes(index)));
      lengths[slot + index] = writer.finish();
      this.sequence += 1;
    }
    this.frames += 1;
    if (plan.count !== PACKETS_A_FRAME) throw new Error(`a frame of ${plan.count} packets`);
  }
}

function masterOf(profile) {
  const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
  return { key: new Uint8Array(keyBytes).fill(1), salt: new Uint8Array(saltBytes).fill(2) };
}

/** Assembles what was opened, and counts frames. */
class Frames {
  assembler = new FrameAssembler(createDepacketizer('vp8'));
  view = new RtpPacketView();
  count = 0;
  take = () => (this.count += 1);

  packet(bytes, offset, length) {
    if (this.view.wrap(bytes, offset, length)) throw new Error('no packet');
    this.assembler.receive(0, this.view);
    this.assembler.drain(this.take);
  }
}

/** Packets that come to a connection, one by one: unprotected into a slot, reordered, put together. */
class Receiving {
  title = 'receive to frame';
  slab = new Uint8Array(PACKETS * SLOT_BYTES + FRAME.length);
  lengths = new Int32Array(PACKETS);
  slot = new Uint8Array(2_048);
  cutter = new Cutter();
  frames = new Frames();

  constructor(profile, crypto) {
    this.sender = new SrtpSender({ profile, master: masterOf(profile), crypto });
    this.receiver = new SrtpReceiver({ profile, master: masterOf(profile), crypto });
  }

  prepare() {
    for (let frame = 0; frame < FRAMES; frame++) this.cutter.cut(this.slab, frame * PACKETS_A_FRAME, this.lengths);
    for (let i = 0; i < PACKETS; i++) this.lengths[i] = this.sender.protectRtp(this.slab, i * SLOT_BYTES, this.lengths[i]);
  }

  run() {
    const { frames, receiver, slot, slab, lengths } = this;
    for (let i = 0; i < PACKETS; i++) {
      frames.packet(slot, 0, receiver.unprotectRtp(slab, i * SLOT_BYTES, lengths[i], slot, 0));
    }
  }

  check() {
    if (this.frames.count !== this.cutter.frames) throw new Error(`${this.frames.count} frames of ${this.cutter.frames}`);
  }

  end() {}
}

/** The same in batches of the media driver, as a server receives. */
class BatchReceiving extends Receiving {
  title = 'receive to frame, in batches';
  batch = new OpenBatch();

  constructor(profile, crypto, name) {
    super(profile, crypto);
    this.driver = openMediaDriver({ driver: name });
    this.slab = this.driver.inbox;
    this.key = this.driver.addKey(profile, masterOf(profile));
  }

  run() {
    const { batch, receiver, driver, slab, lengths, frames } = this;
    for (let i = 0; i < PACKETS; i++) receiver.prepareRtp(slab, i * SLOT_BYTES, lengths[i], batch, this.key, 0);
    driver.open(batch);
    for (let row = 0; row < batch.count; row++) frames.packet(slab, batch.offset(row), receiver.commitRtp(slab, batch, row));
    batch.clear();
  }

  end() {
    this.driver.end();
  }
}

/** Frames cut, sealed and sent through a socket: a frame leaves at once. */
class Sending {
  title = 'frame to wire';
  slab = new Uint8Array(PACKETS * SLOT_BYTES + FRAME.length);
  sealed = new Uint8Array(2_048);
  /** Views of it by length, as `SrtpPath` keeps them. */
  views = [];
  lengths = new Int32Array(PACKETS);
  cutter = new Cutter();

  static async open(profile, crypto, name) {
    const sending = new Sending();
    sending.sender = new SrtpSender({ profile, master: masterOf(profile), crypto });
    const Socket = name === 'native' ? NativeDatagramSocket : NodeDatagramSocket;
    sending.socket = await Socket.open('127.0.0.1', 0);
    sending.path = sending.socket.pathTo('127.0.0.1', sink.port(sinkSocket));
    return sending;
  }

  prepare() {}

  run() {
    const { cutter, sender, sealed, views, slab, lengths, socket, path } = this;
    for (let frame = 0; frame < FRAMES; frame++) {
      cutter.cut(slab, frame * PACKETS_A_FRAME, lengths);
      for (let i = frame * PACKETS_A_FRAME; i < (frame + 1) * PACKETS_A_FRAME; i++) {
        const length = sender.protectRtp(slab, i * SLOT_BYTES, lengths[i], sealed, 0);
        socket.send((views[length] ??= sealed.subarray(0, length)), path);
      }
      socket.flush();
    }
  }

  check() {}

  end() {
    this.socket.close();
  }
}

/** Datagrams as large through a bare node:dgram socket: what is the system's and Node.js' own of everything that is sent without the addon. */
class BareSending {
  title = 'node:dgram alone';
  bytes = new Uint8Array(MAX_PAYLOAD_BYTES + HEADER_BYTES);
  port = sink.port(sinkSocket);

  static async open() {
    const sending = new BareSending();
    sending.socket = createSocket({ type: 'udp4', lookup: (address, _options, done) => done(null, address, 4) });
    await new Promise((bound) => sending.socket.bind(0, '127.0.0.1', bound));
    return sending;
  }

  prepare() {}

  run() {
    for (let i = 0; i < PACKETS; i++) this.socket.send(this.bytes, this.port, '127.0.0.1');
  }

  check() {}

  end() {
    this.socket.close();
  }
}

/** The same in batches of the media driver, as a server sends: headers in the batch, payloads from where they lie. */
class BatchSending {
  title = 'frame to wire, in batches';
  slab = new Uint8Array(PACKETS * SLOT_BYTES + FRAME.length);
  lengths = new Int32Array(PACKETS);
  cutter = new Cutter();
  batch = new SealBatch(64);

  constructor(profile, crypto, name) {
    this.sender = new SrtpSender({ profile, master: masterOf(profile), crypto });
    this.driver = openMediaDriver({ driver: name });
    this.socket = this.driver.bind('127.0.0.1', 0);
    this.address = this.driver.addresses.intern(this.socket, IpEndpoint.of('127.0.0.1', sink.port(sinkSocket)));
    this.key = this.driver.addKey(profile, masterOf(profile));
    this.body = this.driver.addSlab(this.slab);
  }

  prepare() {}

  run() {
    const { cutter, sender, slab, lengths, batch, driver } = this;
    for (let frame = 0; frame < FRAMES; frame++) {
      const first = cutter.sequence;
      cutter.cut(slab, frame * PACKETS_A_FRAME, lengths);
      for (let i = 0; i < PACKETS_A_FRAME; i++) {
        const slot = frame * PACKETS_A_FRAME + i;
        const at = slot * SLOT_BYTES;
        const rollover = sender.claim(SSRC, (first + i) & 0xffff);
        for (let byte = 0; byte < HEADER_BYTES; byte++) batch.heads[batch.headsUsed + byte] = slab[at + byte];
        const bodyBytes = lengths[slot] - HEADER_BYTES;
        batch.add(this.address, this.key, rollover, HEADER_BYTES, HEADER_BYTES, this.body, at + HEADER_BYTES, bodyBytes);
      }
      driver.send(batch);
    }
  }

  check() {}

  end() {
    this.driver.end();
  }
}

/** Takes what is sent and never looks at it: the kernel throws away what does not fit. */
const sink = openMediaDriver();
const sinkSocket = sink.bind('127.0.0.1', 0, { bufferBytes: 1 });

/** One kind of work with one provider, and what was measured of it. */
class Lane {
  us = [];
  bytes = [];

  constructor(work, profile, provider) {
    Object.assign(this, { work, profile, provider });
  }

  round() {
    let us = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      this.work.prepare();
      const before = process.cpuUsage();
      this.work.run();
      const { user, system } = process.cpuUsage(before);
      us += user + system;
    }
    this.work.check();
    this.us.push(us / TURNS / PACKETS);
  }

  /** The lanes before had the memory that threads share, such as views of the slab that they receive into: a turn of its own comes first. */
  weigh() {
    this.work.prepare();
    this.work.run();
    this.work.prepare();
    this.bytes.push(bytesOf(() => this.work.run()) / PACKETS);
  }
}

/** Heap and array buffers that `run` used, less what looking costs. */
function bytesOf(run) {
  collectGarbage();
  const used = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const first = used();
  const looking = used() - first;
  const before = used();
  run();
  return Math.max(0, used() - before - looking);
}

const PROFILES = { GCM: 'SRTP_AEAD_AES_128_GCM', CM: 'SRTP_AES128_CM_HMAC_SHA1_80' };
const PROVIDERS = [['node', 'pure', pureCrypto], ...(driver.name === 'native' ? [['native', 'native', nodeCrypto]] : [])];
const lanes = [];
for (const [profileName, profile] of Object.entries(PROFILES)) {
  for (const [name, provider, crypto] of PROVIDERS) {
    lanes.push(new Lane(new Receiving(profile, crypto), profileName, provider));
    lanes.push(new Lane(new BatchReceiving(profile, crypto, name), profileName, provider));
    lanes.push(new Lane(await Sending.open(profile, crypto, name), profileName, provider));
    lanes.push(new Lane(new BatchSending(profile, crypto, name), profileName, provider));
  }
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function rounds(count) {
  for (let round = 0; round < count; round++) {
    for (const lane of lanes) {
      lane.round();
      await settle();
    }
  }
}

async function weigh(weighed) {
  for (let round = 0; round < 5; round++) {
    for (const lane of weighed) {
      lane.weigh();
      await settle();
    }
  }
}

await rounds(6);
await weigh(lanes);
// Only now: what a bare socket leaves behind is seen in the bytes of the others
const bare = new Lane(await BareSending.open(), 'none', 'pure');
lanes.push(bare);
await rounds(2);
for (const lane of lanes) lane.us.length = 0;
await rounds(ROUNDS);
await weigh([bare]);
for (const { work } of lanes) work.end();
sink.end();
process.send(lanes.map(({ work, profile, provider, us, bytes }) => ({ title: work.title, profile, provider, us, bytes })));
process.disconnect();
