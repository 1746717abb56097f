import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter, formatHex, parseHex, serialDistance16, serialDistance32 } from './index.js';

test('whatever is written is read back', () => {
  fc.assert(
    fc.property(
      fc.nat(0xff),
      fc.nat(0xffff),
      fc.nat(0xff_ffff),
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.uint8Array({ maxLength: 20 }),
      (u8, u16, u24, u32, u48, u64, raw) => {
        const writer = new ByteWriter(new Uint8Array(64));
        writer.u8(u8).u16(u16).u24(u24).u32(u32).u48(u48).u64(u64).raw(raw).zeros(2);
        const reader = new ByteReader(writer.written);
        expect([reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.u48(), reader.u64()]).toEqual([
          u8,
          u16,
          u24,
          u32,
          u48,
          u64,
        ]);
        expect([...reader.view(raw.length)]).toEqual([...raw]);
        expect(reader.u16()).toBe(0);
        expect([reader.remaining, reader.failed, writer.failed]).toEqual([0, false, false]);
      },
    ),
  );
});

test('reading past the end fails once and for all, and yields zeros', () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3));
  expect(reader.u16()).toBe(0x0102);
  expect(reader.u32()).toBe(0);
  expect(reader.failed).toBe(true);
  expect(reader.u8()).toBe(0);
  expect(new ByteReader(Uint8Array.of(1)).view(-1).length).toBe(0);
});

test('writing past the end fails and leaves the bytes before it', () => {
  const bytes = new Uint8Array(3);
  const writer = new ByteWriter(bytes).u16(0x0102).u16(0x0304);
  expect(writer.failed).toBe(true);
  expect([...bytes]).toEqual([1, 2, 0]);
});

test('hexadecimal survives the way there and back, and nonsense is undefined', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(parseHex(formatHex(bytes))).toEqual(bytes);
    }),
  );
  expect(parseHex('0g')).toBeUndefined();
  expect(parseHex('012')).toBeUndefined();
});

test('serial distances wrap', () => {
  expect(serialDistance16(0xffff, 1)).toBe(2);
  expect(serialDistance16(1, 0xffff)).toBe(-2);
  expect(serialDistance32(0xffff_ffff, 1)).toBe(2);
  expect(serialDistance32(1, 0xffff_ffff)).toBe(-2);
});
