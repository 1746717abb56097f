// What the controller costs for each packet: queued, taken, numbered, and joined with feedback; no sockets, no simulation.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CongestionController, JitterBuffer, NackScheduler } from '@maru/protocol/congestion';
import { median } from '../lib/report.mjs';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const PACKETS = 20_000;
/** 1,000 packets a second, feedback for each 50. */
const STEP_MS = 1;
const FEEDBACK_PACKETS = 50;

/** Sends and hears for ever. */
function sendSide() {
  const controller = new CongestionController({ startBps: 9_600_000, maxBps: 20_000_000 });
  controller.connect(0);
  const numbers = Array.from({ length: FEEDBACK_PACKETS }, () => 0);
  const ticks = Array.from({ length: FEEDBACK_PACKETS }, (_, i) => i * 4);
  let now = 0;
  let count = 0;
  const feedback = {
    type: 'twcc',
    senderSsrc: 1,
    mediaSsrc: 2,
    baseSequence: 0,
    packetStatusCount: FEEDBACK_PACKETS,
    referenceTime: 0,
    feedbackCount: 0,
    receivedSequences: numbers,
    arrivalTicks: ticks,
  };
  return () => {
    now += STEP_MS;
    controller.queue(now, 'video', 1, count, 1_200);
    while (controller.take(now)) {
      numbers[count % FEEDBACK_PACKETS] = controller.sent(now, 1_200);
      count += 1;
      if (count % FEEDBACK_PACKETS !== 0) continue;
      feedback.baseSequence = numbers[0];
      feedback.referenceTime = Math.floor(now / 64);
      const offset = (now % 64) * 4;
      for (let i = 0; i < FEEDBACK_PACKETS; i++) ticks[i] = offset + i * 4;
      controller.receiveTwcc(now, feedback);
    }
  };
}

function receiveSide() {
  const nacks = new NackScheduler();
  const buffer = new JitterBuffer({ kind: 'audio', clockRate: 48_000 });
  const item = {};
  let now = 0;
  let sequence = 0;
  return () => {
    now += 20;
    sequence += sequence % 50 === 0 ? 2 : 1;
    nacks.received(now, sequence, false);
    if (now >= nacks.deadline) nacks.due(now);
    buffer.insert(now, (sequence * 960) >>> 0, item);
    while (buffer.size > 0 && buffer.deadline <= now) buffer.take(now);
  };
}

const bytesUsed = () => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** Nanoseconds and bytes a packet, medians of `rounds`. */
function measure(step, rounds) {
  for (let i = 0; i < 4 * PACKETS; i++) step();
  const [times, bytes] = [[], []];
  for (let round = 0; round < rounds; round++) {
    collectGarbage();
    const before = bytesUsed();
    const startedAt = performance.now();
    for (let i = 0; i < PACKETS; i++) step();
    times.push(((performance.now() - startedAt) * 1e6) / PACKETS);
    bytes.push(Math.max(0, bytesUsed() - before) / PACKETS);
  }
  return { ns: median(times), bytes: median(bytes) };
}

/** @param {number} rounds */
export function measureCost(rounds) {
  return [
    { what: 'sending: queue, take, number, feedback', ...measure(sendSide(), rounds) },
    { what: 'receiving: NACKs and jitter buffer', ...measure(receiveSide(), rounds) },
  ];
}
