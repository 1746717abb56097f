import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../bytes/index.js';
import { type Fragment, fragmentHeader, readFragment } from './handshake-message.js';
import { HandshakeReassembly, MAX_MESSAGE_BYTES, MAX_REASSEMBLY_BYTES } from './reassembly.js';
import { concat } from './vector.js';

function fragment(messageSequence: number, length: number, offset: number, body: Uint8Array, type = 11): Fragment {
  return { type, length, messageSequence, offset, body };
}

describe('reassembly', () => {
  test('gives back any message, cut anywhere, in any order, with repeats', () => {
    const cuts = fc.array(fc.tuple(fc.nat(600), fc.integer({ min: 1, max: 300 })), { maxLength: 30 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 600 }), cuts, fc.integer({ min: 1, max: 50 }), (body, extra, step) => {
        const reassembly = new HandshakeReassembly();
        for (const [at, size] of extra) {
          const piece = body.subarray(Math.min(at, body.length - 1), Math.min(at, body.length - 1) + size);
          reassembly.receive(fragment(0, body.length, Math.min(at, body.length - 1), piece.slice()), 0);
        }
        for (let at = (Math.ceil(body.length / step) - 1) * step; at >= 0; at -= step) {
          reassembly.receive(fragment(0, body.length, at, body.slice(at, at + step)), 0);
        }
        expect(reassembly.take()).toEqual({ type: 11, messageSequence: 0, body });
        expect(reassembly.take()).toBeUndefined();
        expect(reassembly.heldBytes).toBe(0);
      }),
    );
  });

  test('hands messages out in order only', () => {
    const reassembly = new HandshakeReassembly();
    reassembly.receive(fragment(1, 1, 0, Uint8Array.of(9)), 0);
    expect(reassembly.take()).toBeUndefined();
    reassembly.receive(fragment(0, 0, 0, new Uint8Array(0)), 0);
    expect(reassembly.take()?.messageSequence).toBe(0);
    expect(reassembly.take()?.body).toEqual(Uint8Array.of(9));
    expect(reassembly.receive(fragment(1, 1, 0, Uint8Array.of(9)), 0)).toBe('repeated');
  });

  test('S-32: whatever is claimed, at most 64 KiB are held', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            messageSequence: fc.nat(12),
            type: fc.nat(20),
            length: fc.oneof(fc.nat(100), fc.nat(0xff_ffff), fc.constant(MAX_MESSAGE_BYTES)),
            offset: fc.nat(0xff_ffff),
            size: fc.nat(200),
            epoch: fc.nat(1),
          }),
          { maxLength: 300 },
        ),
        (fragments) => {
          const reassembly = new HandshakeReassembly();
          for (const { size, epoch, ...one } of fragments) {
            const offset = one.length === 0 ? 0 : one.offset % one.length;
            const body = new Uint8Array(Math.min(size, one.length - offset));
            reassembly.receive({ ...one, offset, body }, epoch);
            expect(reassembly.heldBytes).toBeLessThanOrEqual(MAX_REASSEMBLY_BYTES);
          }
        },
      ),
    );
  });

  test('S-32: 16 MB in pieces of a byte, and messages far ahead, are refused', () => {
    const reassembly = new HandshakeReassembly();
    expect(reassembly.receive(fragment(0, 0xff_ffff, 0, Uint8Array.of(1)), 0)).toBe('refused');
    for (let ahead = 8; ahead < 10_000; ahead++) {
      expect(reassembly.receive(fragment(ahead, 1, 0, Uint8Array.of(1)), 0)).toBe('refused');
    }
    expect(reassembly.heldBytes).toBe(0);
  });

  test('S-32: every second byte of a message is kept only so many times', () => {
    const reassembly = new HandshakeReassembly();
    const outcomes = Array.from({ length: 1_000 }, (_, i) => reassembly.receive(fragment(0, 2_000, 2 * i, Uint8Array.of(1)), 0));
    expect(outcomes.filter((outcome) => outcome === 'kept')).toHaveLength(128);
  });

  test('S-32: a fragment that disagrees on type or length changes nothing', () => {
    const reassembly = new HandshakeReassembly();
    reassembly.receive(fragment(0, 4, 0, Uint8Array.of(1, 2)), 0);
    expect(reassembly.receive(fragment(0, 5, 2, Uint8Array.of(8, 8, 8)), 0)).toBe('refused');
    expect(reassembly.receive(fragment(0, 4, 2, Uint8Array.of(8, 8), 12), 0)).toBe('refused');
    reassembly.receive(fragment(0, 4, 2, Uint8Array.of(3, 4)), 0);
    expect(reassembly.take()?.body).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  test('a protected fragment replaces what plaintext put in its place, not the other way round', () => {
    const reassembly = new HandshakeReassembly();
    reassembly.receive(fragment(0, 100, 0, new Uint8Array(50)), 0);
    expect(reassembly.receive(fragment(0, 2, 0, Uint8Array.of(7), 20), 1)).toBe('kept');
    expect(reassembly.receive(fragment(0, 100, 50, new Uint8Array(50)), 0)).toBe('refused');
    reassembly.receive(fragment(0, 2, 1, Uint8Array.of(8), 20), 1);
    expect(reassembly.take()).toEqual({ type: 20, messageSequence: 0, body: Uint8Array.of(7, 8) });
  });

  test('S-33: 100 000 fragments of no bytes cost next to nothing and leave nothing', () => {
    const reassembly = new HandshakeReassembly();
    const empty = new Uint8Array(0);
    const began = process.cpuUsage();
    for (let i = 0; i < 100_000; i++) {
      expect.soft(reassembly.receive(fragment(i % 8, 100, i % 2 ? 0 : 50, empty), 0) === 'refused').toBe(true);
      if (i === 10) break;
    }
    for (let i = 0; i < 100_000; i++) reassembly.receive(fragment(i % 8, 100, i % 2 ? 0 : 50, empty), 0);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 100_000).toBeLessThan(5);
    expect(reassembly.heldBytes).toBe(0);
  });
});

describe('a fragment', () => {
  test('survives encoding and decoding', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(0xffff), fc.uint8Array({ maxLength: 100 }), (type, messageSequence, body) => {
        const header = fragmentHeader({ type, messageSequence, body }, 0, body.length);
        const read = readFragment(new ByteReader(concat(header, body)));
        expect(read).toEqual({ type, messageSequence, length: body.length, offset: 0, body });
      }),
    );
  });

  test('that reaches past its message is none', () => {
    const message = { type: 1, messageSequence: 0, body: new Uint8Array(4) };
    expect(readFragment(new ByteReader(concat(fragmentHeader(message, 2, 3), new Uint8Array(3))))).toBeUndefined();
    expect(readFragment(new ByteReader(fragmentHeader(message, 0, 4)))).toBeUndefined();
  });
});
