import type { LinkProfile } from '@maru/netsim';
import { World } from '../../../testing/world.js';

/** Time from the first offer until both connections say that they are connected; signalling takes none. */
export async function connectOver(link: LinkProfile, seed: number): Promise<number> {
  const half = { ...link, loss: 1 - Math.sqrt(1 - (link.loss ?? 0)), delayMs: (link.delayMs ?? 0) / 2 }; // a packet passes two links
  const world = new World({ seed, link: half });
  try {
    world.trickle();
    world.a.createDataChannel('data');
    world.a.addTransceiver('video');
    await world.until(world.negotiate());
    const isConnected = (): boolean => [world.a, world.b].every(({ connectionState }) => connectionState === 'connected');
    const hasFailed = (): boolean => [world.a, world.b].some(({ connectionState }) => connectionState === 'failed');
    await world.network.clock.runAsync(60_000, turn, () => isConnected() || hasFailed());
    return isConnected() ? world.now : Infinity;
  } finally {
    world.close();
  }
}

/** Sends `bytes` over a channel; returns the bit/s, and the longest time in which nothing arrived. */
export async function transferOver(
  link: LinkProfile,
  bytes: number,
  seed: number,
): Promise<{ readonly bps: number; readonly longestStallMs: number; readonly isExact: boolean }> {
  const half = { ...link, loss: 1 - Math.sqrt(1 - (link.loss ?? 0)), delayMs: (link.delayMs ?? 0) / 2 };
  const world = new World({ seed, link: half });
  try {
    const [channel, other] = await world.connect();
    other.binaryType = 'arraybuffer';
    const from = world.now;
    let [received, lastAt, longestStallMs, isExact] = [0, from, 0, true];
    other.addEventListener('message', (event) => {
      const data = new Uint8Array((event as MessageEvent).data as ArrayBuffer);
      isExact &&= data.every((byte, i) => byte === patternAt(received + i));
      received += data.length;
      longestStallMs = Math.max(longestStallMs, world.now - lastAt);
      lastAt = world.now;
    });
    let sent = 0;
    const fill = (): void => {
      while (sent < bytes && channel.bufferedAmount < HIGH_WATER_BYTES) {
        const message = new Uint8Array(Math.min(MESSAGE_BYTES, bytes - sent));
        for (let i = 0; i < message.length; i++) message[i] = patternAt(sent + i);
        channel.send(message);
        sent += message.length;
      }
    };
    channel.bufferedAmountLowThreshold = HIGH_WATER_BYTES / 2;
    channel.addEventListener('bufferedamountlow', fill);
    fill();
    await world.network.clock.runAsync(600_000, turn, () => received >= bytes);
    return { bps: (received * 8_000) / (world.now - from), longestStallMs, isExact: isExact && received === bytes };
  } finally {
    world.close();
  }
}

const MESSAGE_BYTES = 16 * 1_024;
const HIGH_WATER_BYTES = 1 << 20;

const patternAt = (offset: number): number => (offset * 31 + (offset >>> 8)) & 0xff;

async function turn(): Promise<void> {
  await new Promise(setImmediate);
}
