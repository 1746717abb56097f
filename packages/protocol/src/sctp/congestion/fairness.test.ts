import { expect, test } from 'vitest';
import { type Instant, NEVER } from '../../core/index.js';
import { type CongestionController, SctpAssociation, type SctpOutputs } from '../index.js';
import { testContext } from '../testing/two-ends.js';
import type { AckSample } from './controller.js';

/** TCP Reno, as far as a window goes: slow start, one packet a round trip, half on loss (RFC 5681). */
class Reno implements CongestionController {
  windowBytes: number;
  readonly pacingBytesPerMs = Infinity;
  readonly pacingBurstMs = 2;
  private thresholdBytes = Infinity;

  constructor(private readonly packetBytes: number) {
    this.windowBytes = 10 * packetBytes;
  }

  acknowledged({ ackedBytes, isWindowLimited }: AckSample): void {
    if (!isWindowLimited) return;
    if (this.windowBytes < this.thresholdBytes) this.windowBytes += ackedBytes;
    else this.windowBytes += (this.packetBytes * ackedBytes) / this.windowBytes;
  }

  lost(_now: Instant, _lostChunks: number, isAfterReaction: boolean): boolean {
    if (!isAfterReaction) return false;
    this.windowBytes = this.thresholdBytes = Math.max(this.windowBytes / 2, 2 * this.packetBytes);
    return true;
  }

  timedOut(): void {
    this.thresholdBytes = Math.max(this.windowBytes / 2, 2 * this.packetBytes);
    this.windowBytes = this.packetBytes;
  }

  undoTimeout(): void {}
  packetSizeChanged(): void {}
  reset(): void {}
}

interface Flow {
  readonly sender: SctpAssociation;
  readonly receiver: SctpAssociation;
  receivedBytes: number;
}

interface Delivery {
  readonly at: Instant;
  readonly to: SctpAssociation;
  readonly bytes: Uint8Array;
}

const ONE_WAY_MS = 25;
const MESSAGE = new Uint8Array(16_384);

/** Flows with these controllers over one link with one drop-tail queue; bytes of each in the last half of the time. */
function compete(
  controllers: readonly (((packetBytes: number) => CongestionController) | undefined)[],
  rateBps: number,
  queueMs: number,
  forMs: number,
) {
  // Everything is delayed equally after the queue, so both directions are queues in order of time.
  const forward: Delivery[] = [];
  const backward: Delivery[] = [];
  let [forwardHead, backwardHead] = [0, 0];
  let now = 0;
  let busyUntil = 0;
  const flows: Flow[] = controllers.map((congestionController, i) => ({
    sender: new SctpAssociation(congestionController ? { congestionController } : {}, testContext(10 + i)),
    receiver: new SctpAssociation({}, testContext(20 + i)),
    receivedBytes: 0,
  }));
  const drain = (flow: Flow): void => {
    const toReceiver: SctpOutputs = {
      transmit(bytes) {
        const start = Math.max(now, busyUntil);
        if (start - now > queueMs) return;
        busyUntil = start + (bytes.length * 8_000) / rateBps;
        forward.push({ at: busyUntil + ONE_WAY_MS, to: flow.receiver, bytes: bytes.slice() });
      },
      event() {},
      message() {},
    };
    const toSender: SctpOutputs = {
      transmit: (bytes) => backward.push({ at: now + ONE_WAY_MS, to: flow.sender, bytes: bytes.slice() }),
      event() {},
      message: (_streamId, _ppid, bytes) => {
        if (now > forMs / 2) flow.receivedBytes += bytes.length;
      },
    };
    while (flow.sender.totalBufferedAmount < 500_000) flow.sender.send(now, 0, 53, MESSAGE);
    flow.sender.drain(toReceiver);
    flow.receiver.drain(toSender);
  };
  for (const flow of flows) {
    flow.sender.connect(0);
    drain(flow);
  }
  while (now < forMs) {
    const timers = Math.min(...flows.flatMap(({ sender, receiver }) => [sender.deadline, receiver.deadline]));
    const nextForward = forward[forwardHead]?.at ?? NEVER;
    const nextBackward = backward[backwardHead]?.at ?? NEVER;
    now = Math.max(now, Math.min(timers, nextForward, nextBackward));
    const delivery = nextForward <= now ? forward[forwardHead++] : nextBackward <= now ? backward[backwardHead++] : undefined;
    for (const flow of flows) {
      if (!delivery) {
        flow.sender.advance(now);
        flow.receiver.advance(now);
      } else if (delivery.to === flow.sender || delivery.to === flow.receiver) delivery.to.receive(now, delivery.bytes);
      else continue;
      drain(flow);
    }
  }
  const total = flows.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
  return { shares: flows.map(({ receivedBytes }) => receivedBytes / total), mbps: (total * 8) / 1_000 / (forMs / 2) };
}

test.each([100, 50, 25])(
  'with a queue of %i ms, we and a TCP Reno flow each get at least a quarter, and fill the link',
  (queueMs) => {
    const { shares, mbps } = compete([undefined, (packetBytes) => new Reno(packetBytes)], 20e6, queueMs, 60_000);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.25);
    expect(mbps).toBeGreaterThan(16);
  },
);

test('two of us share a link evenly', () => {
  const { shares } = compete([undefined, undefined], 20e6, 100, 40_000);
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.3);
});
