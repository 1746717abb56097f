import { VirtualCall } from './virtual-call.js';

/** the NAT of the caller forgets it: what it sends comes from another port. */
export async function rebinding(seed = 1): Promise<{
  readonly connected: boolean;
  /** From the change to the next picture. */
  readonly pictureBackMs: number;
  readonly soundBackMs: number;
  /** DTLS handshakes, keys and streams are those of before. */
  readonly isSameSession: boolean;
}> {
  const call = await VirtualCall.begin({ seed, link: { delayMs: 25 }, nat: 'port-restricted' });
  try {
    await call.run(5_000);
    const before = await call.stats(call.callee, 'inbound-rtp');
    call.nat!.rebind();
    const from = call.now;
    const [pictures, sounds] = [call.viewer.framesShown, call.listener.packetsPlayed];
    let [pictureBackMs, soundBackMs] = [Infinity, Infinity];
    // what was on its way and in the buffers comes first: a gap must have been before what counts as back
    const inFlight = 30;
    await call.run(10_000, () => {
      if (pictureBackMs === Infinity && call.viewer.framesShown > pictures + inFlight) pictureBackMs = call.now - from;
      if (soundBackMs === Infinity && call.listener.packetsPlayed > sounds + inFlight) soundBackMs = call.now - from;
      return pictureBackMs !== Infinity && soundBackMs !== Infinity;
    });
    await call.run(5_000);
    const after = await call.stats(call.callee, 'inbound-rtp');
    return {
      connected: call.states.length === 0,
      pictureBackMs,
      soundBackMs,
      isSameSession: after['ssrc'] === before['ssrc'] && after['id'] === before['id'],
    };
  } finally {
    call.close();
  }
}
