import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { HmacLanes } from './hmac-lanes.js';
import { CODE, LONE, MAX_PACKET_BYTES, PacketEngine } from './packet-engine.js';

const engine = PacketEngine.make(true)!;
const lanes = new HmacLanes(engine);
const { bytes } = engine;

function codeOf(key: Uint8Array, packet: Uint8Array, rollover: number): Buffer {
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(rollover);
  return createHmac('sha1', key).update(packet).update(counter).digest();
}

const anyPacket = fc.record({
  key: fc.uint8Array({ minLength: 20, maxLength: 20 }),
  packet: fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: MAX_PACKET_BYTES, size: 'max' })),
  rollover: fc.nat(0xffff_ffff),
  tagBytes: fc.constantFrom(4, 10, 20),
});

test('tags of packets of any lengths and keys, side by side, are those of OpenSSL, and nothing before them changes', () => {
  fc.assert(
    fc.property(fc.array(anyPacket, { maxLength: 11 }), (packets) => {
      for (const [i, { key, packet, rollover, tagBytes }] of packets.entries()) {
        bytes.set(packet, engine.slot(i));
        lanes.add(lanes.padsOf(key), engine.slot(i), packet.length, rollover, tagBytes);
      }
      lanes.finish();
      for (const [i, { key, packet, rollover, tagBytes }] of packets.entries()) {
        const at = engine.slot(i);
        const tag = codeOf(key, packet, rollover).subarray(0, tagBytes);
        expect(Buffer.from(bytes.subarray(at, at + packet.length + tagBytes)).equals(Buffer.concat([packet, tag]))).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});

test('every length until four blocks, and the longest', () => {
  const key = new Uint8Array(20).fill(7);
  const pads = lanes.padsOf(key);
  const lengths = [...Array.from({ length: 257 }, (_, i) => i), MAX_PACKET_BYTES - 1, MAX_PACKET_BYTES];
  for (const length of lengths) {
    const packets = [0, 1, 2].map((i) => new Uint8Array(length).fill(length + i));
    for (const [i, packet] of packets.entries()) {
      bytes.set(packet, engine.slot(i));
      lanes.add(pads, engine.slot(i), length, 1, 10);
    }
    lanes.finish();
    for (const [i, packet] of packets.entries()) {
      const tag = engine.slot(i) + length;
      expect(
        codeOf(key, packet, 1)
          .subarray(0, 10)
          .equals(bytes.subarray(tag, tag + 10)),
      ).toBe(true);
    }
    bytes.set(packets[0]!, LONE);
    lanes.sign(pads, LONE, length, 0xffff_fffe);
    expect(codeOf(key, packets[0]!, 0xffff_fffe).equals(bytes.subarray(CODE, CODE + 20))).toBe(true);
  }
});
