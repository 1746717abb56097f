import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Malformed } from '../../core/index.js';
import { RtpPacketView } from '../../rtp/index.js';
import { FrameAssembler, type PayloadPlan, payloadLimits, Vp8Depacketizer, Vp8Packetizer } from '../index.js';

function payloadsOf(plan: PayloadPlan | Malformed): Uint8Array[] {
  if (plan instanceof Malformed) throw new Error(plan.reason);
  return Array.from({ length: plan.count }, (_, i) => {
    const out = new Uint8Array(plan.payloadBytes(i));
    plan.write(i, out, 0);
    return out;
  });
}
test('a frame survives', () => {
  void RtpPacketView;
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 5000 }), fc.integer({ min: 10, max: 1500 }), (frame, max) => {
      frame.set([0, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1]);
      const payloads = payloadsOf(new Vp8Packetizer(5).packetize(frame, payloadLimits(max)));
      const assembler = new FrameAssembler(new Vp8Depacketizer());
      const got: unknown[] = [];
      payloads.forEach((p, i) => {
        expect(p.length).toBeLessThanOrEqual(max);
        assembler.receivePayload(0, (65530 + i) & 0xffff, 7, i === payloads.length - 1, p, 0, p.length);
        assembler.drain((f) => got.push([f.bytes.slice(), f.width, f.height, f.isKeyFrame, f.packetCount]));
      });
      expect(got).toEqual([[frame, 640, 360, true, payloads.length]]);
    }),
  );
});
