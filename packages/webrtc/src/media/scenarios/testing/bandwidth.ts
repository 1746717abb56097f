import type { LinkProfile } from '@maru/netsim';
import { WindowFlow } from '@maru/netsim/flows';
import { numberIn, RateMeter } from './figures.js';
import { VirtualCall } from './virtual-call.js';

const RTT_MS = 50;
const QUEUE_MS = 300;

/** A stretch of a call under one rate of the link. */
export interface PhaseFigures {
  readonly linkKbps: number;
  /** What arrived, with the headers of IP and UDP, after the first five seconds. */
  readonly kbps: number;
  /** Until no more was sent in a second than the link carries; after a rise: until four fifths of it were used. */
  readonly followedMs: number;
  /** The most that packets waited at the link from five seconds on: median and 95th percentile. */
  readonly queueP50Ms: number;
  readonly queueP95Ms: number;
  /** Of the sound of these seconds. */
  readonly concealedMs: number;
  readonly longestFreezeMs: number;
}

const FOLLOWED = 0.8;
const SETTLING_MS = 5_000;

/** the link carries other rates, one after the other. */
export async function changingRates(
  phases: readonly { readonly rateBps: number; readonly durationMs: number }[],
  seed = 1,
): Promise<{ readonly connected: boolean; readonly phases: readonly PhaseFigures[] }> {
  const profile = (rateBps: number): LinkProfile => ({ delayMs: RTT_MS / 2, queueMs: QUEUE_MS, rateBps });
  const call = await VirtualCall.begin({ seed, link: profile(phases[0]!.rateBps), back: { delayMs: RTT_MS / 2 } });
  const [sent, received, waits] = [new RateMeter(), new RateMeter(), [] as { at: number; ms: number }[]];
  call.observe({
    sent: (bytes) => sent.add(call.now, bytes),
    arrived: (bytes) => received.add(call.now, bytes),
    waited: (ms) => waits.push({ at: call.now, ms }),
  });
  try {
    const figures: PhaseFigures[] = [];
    for (const [index, { rateBps, durationMs }] of phases.entries()) {
      call.link = profile(rateBps);
      const from = call.now;
      const concealedMs = call.listener.concealedMs;
      await call.run(durationMs);
      const settledAt = from + SETTLING_MS;
      const sorted = waits
        .filter(({ at }) => at >= settledAt)
        .map(({ ms }) => ms)
        .sort((a, b) => a - b);
      const isLess = rateBps < (phases[index - 1]?.rateBps ?? 0);
      figures.push({
        linkKbps: rateBps / 1_000,
        kbps: received.bps(settledAt, call.now) / 1_000,
        followedMs: isLess
          ? sent.until(from, call.now, (bps) => bps <= rateBps)
          : received.until(from, call.now, (bps) => bps >= FOLLOWED * Math.min(rateBps, MOST_BPS)),
        queueP50Ms: sorted[sorted.length >> 1] ?? 0,
        queueP95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
        concealedMs: call.listener.concealedMs - concealedMs,
        longestFreezeMs: call.viewer.since(from).longestMs,
      });
    }
    return { connected: call.states.length === 0, phases: figures };
  } finally {
    call.close();
  }
}

/** What a camera and a microphone give at most. */
const MOST_BPS = 2_500_000;

export interface RivalFigures {
  readonly connected: boolean;
  /** Of the link, in percent. */
  readonly share: number;
  readonly rivalShare: number;
  /** Retransmissions, in percent of what was sent first. */
  readonly resent: number;
  readonly frozen: number;
  readonly concealed: number;
}

/** a download begins on the same link, which loses some packets by itself. */
export async function besideADownload(loss: number, durationMs: number, seed = 1): Promise<RivalFigures> {
  const rateBps = 3_000_000;
  const link = { delayMs: RTT_MS / 2, queueMs: QUEUE_MS, rateBps, loss };
  const call = await VirtualCall.begin({ seed, link, back: { delayMs: RTT_MS / 2 } });
  try {
    await call.run(10_000);
    const from = call.now;
    const other = call.network.addHost('server', { addresses: ['192.0.2.99'] });
    const download = new WindowFlow(call.network, other, call.calleeHost, from);
    const received = new RateMeter();
    call.observe({ arrived: (bytes) => received.add(call.now, bytes) });
    const concealedMs = call.listener.concealedMs;
    await call.run(durationMs);
    const outbound = await call.stats(call.caller, 'outbound-rtp');
    const settledAt = from + SETTLING_MS;
    return {
      connected: call.states.length === 0,
      share: (received.bps(settledAt, call.now) / rateBps) * 100,
      rivalShare: (download.record.receivedBps(settledAt, call.now) / rateBps) * 100,
      resent: (numberIn(outbound, 'retransmittedPacketsSent') / numberIn(outbound, 'packetsSent')) * 100,
      frozen: (call.viewer.since(from).frozenMs / durationMs) * 100,
      concealed: ((call.listener.concealedMs - concealedMs) / durationMs) * 100,
    };
  } finally {
    call.close();
  }
}
