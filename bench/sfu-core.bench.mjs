// The core of forwarding alone, in memory: opened packets go in, rows of a batch come out; nothing is opened, sealed or sent.
// One publisher of VP8 video in packets of 1,200 bytes, five to a picture; every subscriber takes all of them.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemRandom } from '@maru/node';
import { RtcpBuilder, TwccRecorder } from '@maru/protocol/rtcp';
import { RtpPacketWriter } from '@maru/protocol/rtp';
import { SealBatch } from '@maru/protocol/srtp';
import { Router } from '@maru/sfu/core';
import { readOptions } from './lib/options.mjs';
import { median, publish, quantile } from './lib/report.mjs';

const USAGE = `npm run bench -- sfu-core [--rounds n] [--json]
Nanoseconds and bytes allocated for each forwarded packet, by the number of subscribers.`;
const { json, rounds } = readOptions(USAGE, { rounds: { type: 'string', default: '9' } });

const PACKET_BYTES = 1_200;
const PICTURE_PACKETS = 5;
const PICTURES = 300;
const PICTURE_MS = PICTURE_PACKETS / 1.5; // 1,500 packets a second
const NOTHING_LOST = {
  fractionLost: 0,
  cumulativeLost: 0,
  extendedHighestSequence: 0,
  jitter: 0,
  lastSenderReport: 0,
  delaySinceLastSenderReport: 0,
};
const EXTENSIONS = { mid: 1, 'transport-cc': 2, 'abs-send-time': 3, 'ssrc-audio-level': 4 };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** A router with one publisher and many subscribers, who tell what arrived: all of it, at once. */
class Hall {
  constructor(subscribers) {
    this.now = 1_000;
    this.inbox = new Uint8Array(PICTURE_PACKETS * 2_048);
    this.batch = new SealBatch();
    this.forwarded = 0;
    this.router = new Router({
      inbox: this.inbox,
      cache: new Uint8Array(16 << 20),
      cacheSlab: 1,
      batch: this.batch,
      send: () => this.send(),
      random: systemRandom,
      ntpOffsetMs: 3.9e12,
    });
    const session = this.router.openSession('bench');
    this.publisher = session.join({ id: 'publisher', extensions: EXTENSIONS });
    const codecs = [{ name: 'vp8', payloadType: 96, rtxPayloadType: 97, clockRate: 90_000 }];
    const encodings = [{ ssrc: 0x1234_5678 }];
    const description = { id: 'video', kind: 'video', content: 'camera', mid: 'v', codecs, encodings };
    const track = this.publisher.publish(this.now, description);
    this.publisher.connect(this.now, 0, 0);
    this.subscribers = Array.from({ length: subscribers }, (_, i) => {
      const participant = session.join({ id: `subscriber-${i}`, extensions: EXTENSIONS, startBps: 20_000_000 });
      participant.addSlot(this.now, { mid: '0', kind: 'video', ssrc: 1_000 + 2 * i, rtxSsrc: 1_001 + 2 * i, codecs });
      participant.connect(this.now, participant.handle, participant.handle);
      participant.subscribe(this.now, track);
      return { participant, ssrc: 1_000 + 2 * i, arrivals: new TwccRecorder(), next: 0 };
    });
    this.writer = new RtpPacketWriter();
    this.builder = new RtcpBuilder();
    this.sequence = 0;
    this.picture = 0;
    this.outputs = { rtcp() {}, data() {}, event() {} };
  }

  send() {
    this.forwarded += this.batch.count;
    this.batch.clear();
  }

  /** Writes a picture into the inbox; outside of what is measured. */
  write() {
    const { writer, inbox } = this;
    const isKey = this.picture % 100 === 0;
    const body = new Uint8Array(PACKET_BYTES - 60).fill(7);
    for (let i = 0; i < PICTURE_PACKETS; i++) {
      const sequence = this.sequence++ & 0xffff;
      const timestamp = Math.round(this.picture * PICTURE_MS * 90);
      writer.begin(inbox, i * 2_048, (i + 1) * 2_048, 96, i === PICTURE_PACKETS - 1, sequence, timestamp, 0x1234_5678);
      writer.copyExtension(2, Uint8Array.of(sequence >> 8, sequence), 0, 2);
      const id = this.picture & 0x7fff;
      const start = i === 0 ? 0x10 : 0;
      const descriptor = [0x80 | start, 0xe0, 0x80 | (id >> 8), id & 0xff, this.picture & 0xff, 0];
      const frame = isKey ? [0x10, 0, 0, 0x9d, 1, 0x2a, 0, 5, 0xd0, 2] : [0x11];
      writer.payload(Uint8Array.from(i === 0 ? [...descriptor, ...frame] : descriptor)).payload(body);
      this.lengths ??= [];
      this.lengths[i] = writer.finish();
    }
    this.picture += 1;
  }

  route() {
    for (let i = 0; i < PICTURE_PACKETS; i++) this.router.receive(this.now, this.publisher.handle, i * 2_048, this.lengths[i]);
    this.router.advance(this.now);
    this.router.drain(this.outputs);
    this.send();
  }

  /** Some twenty times a second; outside of what is measured. */
  feedback() {
    for (const one of this.subscribers) {
      const { controller } = one.participant.downlink;
      this.builder.add({ type: 'receiver-report', senderSsrc: 1, reports: [{ ...NOTHING_LOST, ssrc: one.ssrc }] });
      for (; one.next < controller.history.packets; one.next++)
        one.arrivals.received(this.now, (controller.history.nextSequence - controller.history.packets + one.next) & 0xffff);
      for (let packet = one.arrivals.build(1, 1); packet; packet = one.arrivals.build(1, 1)) {
        this.builder.add(packet);
        this.router.receiveRtcp(this.now, one.participant.handle, this.builder.take());
      }
    }
  }

  /** So many pictures; returns nanoseconds and bytes for each packet forwarded. */
  run(pictures) {
    let nanoseconds = 0;
    const pictureNs = [];
    const pictureBytes = [];
    let allocated = 0;
    const before = this.forwarded;
    for (let i = 0; i < pictures; i++) {
      this.write();
      const heapBefore = process.memoryUsage().heapUsed;
      const startedAt = process.hrtime.bigint();
      this.route();
      const took = Number(process.hrtime.bigint() - startedAt);
      nanoseconds += took;
      pictureNs.push(took / (PICTURE_PACKETS * this.subscribers.length));
      const grown = process.memoryUsage().heapUsed - heapBefore;
      if (grown > 0) allocated += grown;
      pictureBytes.push(Math.max(0, grown) / (PICTURE_PACKETS * this.subscribers.length));
      this.now += PICTURE_MS;
      if (i % 15 === 0) this.feedback();
    }
    const packets = this.forwarded - before;
    return {
      mean: nanoseconds / packets,
      picture: median(pictureNs),
      pictureBytes: median(pictureBytes),
      bytes: allocated / packets,
      packets,
    };
  }
}

const rows = [];
for (const subscribers of [1, 10, 50, 200, 400]) {
  const hall = new Hall(subscribers);
  hall.run(PICTURES);
  hall.run(PICTURES);
  const results = [];
  for (let round = 0; round < Number(rounds); round++) {
    collectGarbage();
    results.push(hall.run(PICTURES));
  }
  const expected = PICTURES * PICTURE_PACKETS * subscribers;
  rows.push({
    subscribers,
    picture: quantile(
      results.map(({ picture }) => picture),
      0.25,
    ),
    mean: quantile(
      results.map(({ mean }) => mean),
      0.25,
    ),
    pictureBytes: median(results.map(({ pictureBytes }) => pictureBytes)),
    bytes: median(results.map(({ bytes }) => bytes)),
    share: results[0].packets / expected,
  });
}
publish({
  name: 'sfu-core',
  workload: 'one publisher of VP8, 1,500 packets of 1,200 bytes a second, five a tick; congestion control with feedback',
  columns: {
    subscribers: 'subscribers',
    picture: 'ns/packet of the median picture',
    mean: 'with timers, reports, allocation',
    pictureBytes: 'bytes/packet of the median picture',
    bytes: 'bytes with timers and so on',
    share: 'packets out/expected',
  },
  rows,
  notes: [
    'Timers, reports and the allocator of bitrates run some ten times a second for each subscriber; feedback is not counted.',
  ],
  json,
});
