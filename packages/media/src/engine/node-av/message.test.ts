import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Message, MessageReader, messageHead } from './message.js';

const message: fc.Arbitrary<Message> = fc.record({
  data: fc.uint8Array({ maxLength: 300 }),
  timestampMs: fc.double({ noNaN: true }),
  isKeyFrame: fc.boolean(),
  width: fc.nat(0xffff),
  height: fc.nat(0xffff),
});

test('messages come out as they went in, in whatever pieces a pipe gives them', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.integer({ min: 1, max: 400 }), (messages, pieceBytes) => {
      const bytes = Buffer.concat(messages.flatMap((one) => [messageHead(one), one.data]));
      const got: Message[] = [];
      const reader = new MessageReader((one) => got.push(one));
      for (let at = 0; at < bytes.length; at += pieceBytes) expect(reader.push(bytes.subarray(at, at + pieceBytes))).toBe(true);
      expect(got).toEqual(messages);
    }),
  );
});

test('whatever else comes is refused or waited for, and not kept for ever', () => {
  const reader = new MessageReader(() => expect.unreachable());
  expect(reader.push(new Uint8Array(20).fill(0xff))).toBe(false);
});
