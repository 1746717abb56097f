import { Malformed } from '../../core/index.js';
import type { EncodedFrame, PayloadPlan } from '../index.js';

/** A payload with what its RTP header would say. */
export interface MadePacket {
  readonly sequenceNumber: number;
  readonly rtpTimestamp: number;
  readonly isMarked: boolean;
  readonly payload: Uint8Array;
}

/** The payloads of a plan, copied out one by one. */
export function payloadsOf(plan: PayloadPlan | Malformed): Uint8Array[] {
  if (plan instanceof Malformed) throw new Error(plan.reason);
  return Array.from({ length: plan.count }, (_, index) => {
    const out = new Uint8Array(plan.payloadBytes(index) + 2).fill(0xdb);
    const length = plan.write(index, out, 1);
    if (length !== plan.payloadBytes(index) || out[0] !== 0xdb || out[length + 1] !== 0xdb) throw new Error('wrote elsewhere');
    return out.slice(1, 1 + length);
  });
}

/** Copies what an assembler lends. */
export function keptFrame(frame: EncodedFrame): EncodedFrame {
  return { ...frame, bytes: new Uint8Array(frame.bytes) };
}
