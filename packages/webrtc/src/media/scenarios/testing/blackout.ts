import { VirtualCall } from './virtual-call.js';

/** What follows a time in which nothing got through. */
export interface BlackoutFigures {
  readonly connected: boolean;
  /** From the end of the blackout to the next picture, and to the next sound. */
  readonly pictureBackMs: number;
  readonly soundBackMs: number;
  /** Key frames that it took, until two seconds after the picture was back. */
  readonly keyFrames: number;
}

const SETTLED_MS = 10_000;
const LINK = { rateBps: 3_000_000, queueMs: 300 };

/** the path is dead for a while, both ways, in the middle of a call. */
export async function blackout(durationMs: number, rttMs: number, seed = 1): Promise<BlackoutFigures> {
  const call = await VirtualCall.begin({ seed, link: { ...LINK, delayMs: rttMs / 2 } });
  try {
    await call.run(SETTLED_MS);
    const keyFrames = call.camera.keyFrames;
    call.isUp = false;
    await call.run(durationMs);
    call.isUp = true;
    const backAt = call.now;
    const [pictures, sounds] = [call.viewer.framesShown, call.listener.packetsPlayed];
    let [pictureBackMs, soundBackMs] = [Infinity, Infinity];
    await call.run(SETTLED_MS, () => {
      if (pictureBackMs === Infinity && call.viewer.framesShown > pictures) pictureBackMs = call.now - backAt;
      if (soundBackMs === Infinity && call.listener.packetsPlayed > sounds) soundBackMs = call.now - backAt;
      return pictureBackMs !== Infinity && soundBackMs !== Infinity;
    });
    await call.run(2_000);
    return { connected: call.states.length === 0, pictureBackMs, soundBackMs, keyFrames: call.camera.keyFrames - keyFrames };
  } finally {
    call.close();
  }
}
