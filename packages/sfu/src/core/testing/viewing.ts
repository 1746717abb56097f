import { JitterBuffer } from '@maru/protocol/congestion';
import type { Instant } from '@maru/protocol/core';
import type { ShownFrame } from './test-subscriber.js';

/** A picture that stands still for longer (security catalogue, section 11). */
const FREEZE_MS = 200;
/** What is lost is sent again: who waits for it sees a picture that does not stop. */
const ROUND_TRIPS = 1.3;

/** When one whose packets take so long there and back shows the frames that it got: each in its turn, out of a jitter buffer. */
export function shownAt(frames: readonly ShownFrame[], roundTripMs: number): Instant[] {
  const buffer = new JitterBuffer<ShownFrame>({ kind: 'video', clockRate: 90_000 });
  buffer.wantedDelayMs = ROUND_TRIPS * roundTripMs;
  const shown: Instant[] = [];
  let now = 0;
  const showUntil = (end: Instant) => {
    while (buffer.deadline <= end) {
      now = Math.max(now, buffer.deadline);
      if (buffer.take(now)) shown.push(now); // else its turn has moved
    }
    now = end;
  };
  for (const frame of frames) {
    showUntil(frame.at);
    buffer.insert(now, frame.rtpTimestamp, frame);
  }
  showUntil(Number.MAX_SAFE_INTEGER);
  return shown;
}

/** How long nothing was shown for between two instants, added up over all times that a picture stood still. */
export function frozenMs(shown: readonly Instant[], from: Instant, to: Instant): number {
  let sum = 0;
  let last = from;
  for (const at of [...shown.filter((one) => one >= from && one < to), to]) {
    if (at - last > FREEZE_MS) sum += at - last;
    last = at;
  }
  return sum;
}
