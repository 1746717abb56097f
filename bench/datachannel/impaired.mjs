// Bulk data over simulated links: exact, since time is virtual, and the same on every machine.
import { simulatedCall } from '../lib/simulated-end.mjs';

const RATE_BPS = 500e6;
const QUEUE_MS = 100;
const MESSAGE = new Uint8Array(64 * 1024);
const HIGH_WATER_BYTES = 4 * 1024 * 1024;
const STEP_MS = 50;
/** Virtual time before the measurement: slow start is over, or as good as. */
const WARM_UP_MS = 2_000;
const WARM_UP_ROUND_TRIPS = 10;
/** Real time that one cell may take; a cell that needs more is measured over less virtual time. */
const LIMIT_MS = 40_000;

/** Cells of the table: round trip in milliseconds, loss from 0 to 1. */
export const CELLS = [0, 20, 50, 100, 200]
  .flatMap((rttMs) => [
    { rttMs, loss: 0 },
    { rttMs, loss: 0.01 },
  ])
  .concat({ rttMs: 100, loss: 0.001 });

/** What one direction of a 500 Mbit/s link carries of 64 KiB messages, in Mbit/s. */
export function measureImpaired({ rttMs, loss }, virtualSeconds) {
  const { network, a, b, key } = simulatedCall({ delayMs: rttMs / 2, loss, rateBps: RATE_BPS, queueMs: QUEUE_MS });
  let isOpen = false;
  a.onSettled = () => {
    if (!isOpen && !a.opened.includes(key)) return;
    isOpen = true;
    let hasSent = false;
    while (a.channels.bufferedAmount(key) < HIGH_WATER_BYTES) {
      if (a.channels.send(a.now, key, 'binary', MESSAGE) !== 'queued') break;
      hasSent = true;
    }
    if (hasSent) a.transport.drain(a);
  };
  const startedAt = performance.now();
  const isLate = () => performance.now() - startedAt > LIMIT_MS;
  while (!isOpen && !isLate()) network.clock.run(STEP_MS);
  const openAt = network.clock.now();
  while (network.clock.now() < openAt + WARM_UP_MS + WARM_UP_ROUND_TRIPS * rttMs && !isLate()) network.clock.run(STEP_MS);
  const [from, bytes] = [network.clock.now(), b.receivedBytes];
  do network.clock.run(STEP_MS);
  while (network.clock.now() < from + virtualSeconds * 1_000 && !isLate());
  const seconds = (network.clock.now() - from) / 1_000;
  const { retransmittedChunks, timeouts, congestionWindowBytes } = a.channels.snapshot();
  return {
    cell: `${rttMs} ms, ${loss * 100} %`,
    mbps: ((b.receivedBytes - bytes) * 8) / 1e6 / seconds,
    ofLink: (((b.receivedBytes - bytes) * 8) / seconds / RATE_BPS) * 100,
    virtualSeconds: seconds,
    retransmittedChunks,
    timeouts,
    congestionWindowKiB: congestionWindowBytes / 1024,
  };
}
