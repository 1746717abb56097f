import { Malformed } from '../../core/index.js';
import type { Packetizer, PayloadLimits } from '../packetizer.js';
import { PayloadPlan } from '../payload-plan.js';

const DOES_NOT_FIT = Malformed.of('payload/audio/frame-does-not-fit');

/** Audio codecs whose frame is the payload: Opus (RFC 7587 §4.2), G.711 and G.722 (RFC 3551 §4.5), comfort noise (RFC 3389). */
export class WholePacketizer implements Packetizer {
  private readonly plan = new PayloadPlan();

  packetize(frame: Uint8Array, limits: PayloadLimits): PayloadPlan | Malformed {
    const room = limits.maxPayloadBytes - limits.firstReductionBytes - limits.lastReductionBytes;
    if (frame.length === 0 || frame.length > room) return DOES_NOT_FIT;
    this.plan.begin(frame).range(0, frame.length).endPayload();
    return this.plan;
  }
}
