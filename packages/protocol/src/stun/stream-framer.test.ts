import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StreamFramer, StunEncoder, stunFrameSize, Username } from './index.js';

const message = (length: number): Uint8Array =>
  new StunEncoder().start('request', 1, new Uint8Array(12)).add(Username, 'x'.repeat(length)).finish().slice();

function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.slice(at[i], end));
}

test('however a stream is cut, its messages come out whole and in order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 6 }), fc.array(fc.nat(2_000)), (lengths, cuts) => {
      const messages = lengths.map(message);
      const framer = new StreamFramer(stunFrameSize, 2_000);
      const seen: Uint8Array[] = [];
      for (const chunk of split(Uint8Array.from(messages.flatMap((one) => [...one])), cuts)) {
        framer.feed(chunk, (frame) => seen.push(frame.slice()));
        chunk.fill(0xdb); // only lent
      }
      expect(seen).toEqual(messages);
      expect([framer.failed, framer.bufferedBytes]).toEqual([false, 0]);
    }),
  );
});

test('what is no STUN, or too long, ends the stream, and it stays ended', () => {
  for (const bytes of [Uint8Array.of(0x16, 3, 3), message(1_000), Uint8Array.of(0, 1, 0, 5, 0x21, 0x12, 0xa4, 0x42)]) {
    const framer = new StreamFramer(stunFrameSize, 600);
    let frames = 0;
    framer.feed(bytes, () => frames++);
    framer.feed(message(1), () => frames++);
    expect([framer.failed, frames]).toEqual([true, 0]);
  }
});

test('no bytes make it throw or hold more than one frame', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 30 }), (chunks) => {
      const framer = new StreamFramer(stunFrameSize, 256);
      for (const chunk of chunks) framer.feed(chunk, () => {});
      expect(framer.bufferedBytes).toBeLessThanOrEqual(256 + 64);
    }),
  );
});
