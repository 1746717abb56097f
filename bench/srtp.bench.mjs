// SRTP alone, in memory: a packet of 1,200 bytes protected in its slot, unprotected there, and refused when it is forged.
// One process, one thread; every profile with each provider in turn, so that all see the same machine.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { driver, nodeCrypto, pureCrypto } from '@maru/node';
import { SRTP_PROFILES } from '@maru/protocol/core';
import { RtpPacketWriter, writeSequenceNumber } from '@maru/protocol/rtp';
import { SrtpReceiver, SrtpSender } from '@maru/protocol/srtp';
import { readOptions } from './lib/options.mjs';
import { median, publish, quantile } from './lib/report.mjs';

const USAGE = `npm run bench -- srtp [--rounds n] [--json]
Microseconds and bytes allocated for each packet of 1,200 bytes, by profile, with and without @maru/native.`;
const { json, rounds } = readOptions(USAGE, { rounds: { type: 'string', default: '9' } });

const PACKET_BYTES = 1_200;
const SLOT_BYTES = 2_048;
const BATCH = 64;
const BATCHES = 40;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** One profile with one provider, and 64 slots that its packets go round in. */
class Lane {
  constructor(profile, name, crypto) {
    const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
    const master = { key: new Uint8Array(keyBytes).fill(1), salt: new Uint8Array(saltBytes).fill(2) };
    Object.assign(this, { profile, name, sequence: 0 });
    this.sender = new SrtpSender({ profile, master, crypto });
    this.receiver = new SrtpReceiver({ profile, master, crypto });
    this.slab = new Uint8Array(BATCH * SLOT_BYTES);
    this.descriptors = new Int32Array(3 * BATCH);
    this.measured = { protect: [], unprotect: [], forged: [] };
    this.allocated = { protect: [], unprotect: [] };
    const writer = new RtpPacketWriter();
    for (let i = 0; i < BATCH; i++) {
      writer.begin(this.slab, i * SLOT_BYTES, this.slab.length, 96, false, 0, 0, 0xcafe_babe);
      writer.copyExtension(1, Uint8Array.of(0, 0, 0), 0, 3).copyExtension(2, Uint8Array.of(0, 0), 0, 2);
      writer.payload(new Uint8Array(PACKET_BYTES - 24).fill(i)).finish();
    }
  }

  /** The next 64 numbers, on plain packets. */
  next() {
    for (let i = 0; i < BATCH; i++) {
      writeSequenceNumber(this.slab, i * SLOT_BYTES, this.sequence++ & 0xffff);
      this.descriptors[3 * i] = i * SLOT_BYTES;
      this.descriptors[3 * i + 1] = PACKET_BYTES;
    }
  }

  protect() {
    expectAll(this.sender.protectRtpBatch(this.slab, this.descriptors, BATCH));
  }

  unprotect() {
    expectAll(this.receiver.unprotectRtpBatch(this.slab, this.descriptors, BATCH));
  }

  /** Packets whose last byte is wrong; counted, and made whole again by hand. */
  refuse() {
    const { descriptors, slab } = this;
    const kept = slab.slice();
    const lengths = descriptors.slice();
    for (let i = 0; i < BATCH; i++) slab[descriptors[3 * i] + descriptors[3 * i + 1] - 1] ^= 1;
    const us = timeUs(() => this.receiver.unprotectRtpBatch(slab, descriptors, BATCH));
    slab.set(kept);
    descriptors.set(lengths);
    return us;
  }

  /** Microseconds a packet, once. */
  round() {
    let protectUs = 0;
    let unprotectUs = 0;
    let forgedUs = 0;
    for (let i = 0; i < BATCHES; i++) {
      this.next();
      protectUs += timeUs(() => this.protect());
      if (i % 8 === 0) forgedUs += this.refuse();
      unprotectUs += timeUs(() => this.unprotect());
    }
    this.measured.protect.push(protectUs / BATCHES / BATCH);
    this.measured.unprotect.push(unprotectUs / BATCHES / BATCH);
    this.measured.forged.push(forgedUs / (BATCHES / 8) / BATCH);
  }

  /** Bytes a packet: few enough packets that no collection falls into them. */
  weigh() {
    this.next();
    this.allocated.protect.push(bytesOf(() => this.protect()) / BATCH);
    this.allocated.unprotect.push(bytesOf(() => this.unprotect()) / BATCH);
  }

  row() {
    const figure = (values) => ({ us: median(values), min: quantile(values, 0), max: quantile(values, 1) });
    const range = ({ us, min, max }) => `${us.toFixed(2)} [${min.toFixed(2)}-${max.toFixed(2)}]`;
    const [protect, unprotect, forged] = ['protect', 'unprotect', 'forged'].map((what) => figure(this.measured[what]));
    return {
      profile: this.profile,
      provider: this.name,
      protectUs: protect.us,
      unprotectUs: unprotect.us,
      forgedUs: forged.us,
      protectRange: range(protect),
      unprotectRange: range(unprotect),
      forgedRange: range(forged),
      protectBytes: Math.round(median(this.allocated.protect)),
      unprotectBytes: Math.round(median(this.allocated.unprotect)),
    };
  }
}

function expectAll(count) {
  if (count !== BATCH) throw new Error(`only ${count} of ${BATCH} packets`);
}

function timeUs(run) {
  const startedAt = performance.now();
  run();
  return (performance.now() - startedAt) * 1_000;
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

const providers = [['pure', pureCrypto], ...(driver.name === 'native' ? [['native', nodeCrypto]] : [])];
const lanes = Object.keys(SRTP_PROFILES).flatMap((profile) => providers.map(([name, crypto]) => new Lane(profile, name, crypto)));
for (let warm = 0; warm < 6; warm++) for (const lane of lanes) lane.round();
for (const lane of lanes) for (const values of Object.values(lane.measured)) values.length = 0;
for (let round = 0; round < Number(rounds); round++) for (const lane of lanes) lane.round();
for (let round = 0; round < 5; round++) for (const lane of lanes) lane.weigh();

publish({
  json,
  name: 'srtp',
  workload: `packets of ${PACKET_BYTES} bytes with two header extensions, batches of ${BATCH} in place; medians of ${rounds} interleaved rounds`,
  columns: {
    profile: 'profile',
    provider: 'provider',
    protectRange: 'protect us',
    unprotectRange: 'unprotect us',
    forgedRange: 'refuse us',
    protectBytes: 'bytes protecting',
    unprotectBytes: 'bytes unprotecting',
  },
  rows: lanes.map((lane) => lane.row()),
});
