import type { Instant } from '@maru/protocol/core';
import type { VirtualCall } from './virtual-call.js';

/** What became of a call, measured where it is seen and heard. */
export interface CallFigures {
  /** Neither side ever took the connection for lost. */
  readonly connected: boolean;
  /** Of the sound, in percent. */
  readonly concealed: number;
  /** Frames shown, in percent of those that the encoder gave. */
  readonly shown: number;
  /** Of the time, in percent. */
  readonly frozen: number;
  /** The same without the first ten seconds, in which buffers learn: of five minutes they would be little. */
  readonly frozenLater: number;
  readonly freezes: number;
  readonly longestFreezeMs: number;
  /** Of video, that were new. */
  readonly kbps: number;
  readonly keyFrames: number;
  /** From capture to display, and from speaking to hearing. */
  readonly pictureMs: number;
  readonly soundMs: number;
  /** Requests for retransmission that were sent, in percent of the packets that came. */
  readonly nacked: number;
  /** Retransmissions, in percent of what was sent first. */
  readonly resent: number;
  /** Frames that were handed over without what they lean on. */
  readonly undecodable: number;
  /** Frames and packets that were handed over twice. */
  readonly duplicates: number;
}

const LEARNING_MS = 10_000;

/** How a call has fared since it began, `durationMs` ago. */
export async function figuresOf(call: VirtualCall, durationMs: number): Promise<CallFigures> {
  const { viewer, listener, camera } = call;
  const { frozenMs, freezes, longestMs } = viewer.since(viewer.firstShownAt);
  const inbound = await call.stats(call.callee, 'inbound-rtp');
  const outbound = await call.stats(call.caller, 'outbound-rtp');
  return {
    connected: call.states.length === 0,
    concealed: listener.concealedShare * 100,
    shown: (viewer.framesShown / camera.framesSent) * 100,
    frozen: (frozenMs / durationMs) * 100,
    frozenLater: (viewer.since(viewer.firstShownAt + LEARNING_MS).frozenMs / (durationMs - LEARNING_MS)) * 100,
    freezes,
    longestFreezeMs: longestMs,
    kbps: (numberIn(outbound, 'bytesSent') * 8) / durationMs,
    keyFrames: camera.keyFrames,
    pictureMs: medianOf(viewer.latenciesMs),
    soundMs: medianOf(listener.latenciesMs),
    nacked: (numberIn(inbound, 'nackCount') / numberIn(inbound, 'packetsReceived')) * 100,
    resent: (numberIn(outbound, 'retransmittedPacketsSent') / numberIn(outbound, 'packetsSent')) * 100,
    undecodable: viewer.undecodable,
    duplicates: viewer.duplicates + listener.duplicates,
  };
}

export function numberIn(stats: Record<string, unknown>, name: string): number {
  const value = stats[name];
  return typeof value === 'number' ? value : Number.NaN;
}

export function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Bits of a stream, tenth of a second by tenth. */
export class RateMeter {
  private readonly bits: number[] = [];

  add(now: Instant, bytes: number): void {
    const index = Math.floor(now / 100);
    this.bits[index] = (this.bits[index] ?? 0) + bytes * 8;
  }

  /** Bit/s between two instants. */
  bps(from: Instant, to: Instant): number {
    let sum = 0;
    for (let index = Math.floor(from / 100); index < Math.floor(to / 100); index++) sum += this.bits[index] ?? 0;
    return (sum * 1_000) / (to - from);
  }

  /** How long after `from` it takes until a second's rate `isRight`; Infinity if it does not before `to`. */
  until(from: Instant, to: Instant, isRight: (bitsPerSecond: number) => boolean): number {
    for (let at = from; at + 1_000 <= to; at += 100) if (isRight(this.bps(at, at + 1_000))) return at - from;
    return Infinity;
  }
}
