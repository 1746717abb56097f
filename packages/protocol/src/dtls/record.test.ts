import { nodeCrypto } from '@maru/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CryptoProvider } from '../core/index.js';
import { ReplayWindow } from '../core/index.js';
import { CIPHER_SUITES } from './cipher-suite.js';
import { MAX_RECORD_SEQUENCE, RECORD_HEADER_BYTES, RecordHeader, writeRecordHeader } from './record.js';
import { RecordProtection } from './record-protection.js';
import { RecordWriter } from './record-writer.js';

describe('a record header', () => {
  test('survives writing and reading', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(0xffff), fc.maxSafeNat(), fc.nat(500), (type, epoch, anySequence, length) => {
        const sequence = anySequence % (MAX_RECORD_SEQUENCE + 1);
        const bytes = new Uint8Array(RECORD_HEADER_BYTES + length);
        writeRecordHeader(bytes, 0, type, 0xfefd, epoch, sequence, length);
        const header = new RecordHeader();
        expect(header.read(bytes, 0)).toBe(true);
        expect({ ...header }).toEqual({ type, version: 0xfefd, epoch, sequence, length });
        expect(header.read(bytes.subarray(0, bytes.length - 1), 0)).toBe(false);
      }),
    );
  });
});

describe.each(CIPHER_SUITES)('records of $name', (suite) => {
  const keys = { key: new Uint8Array(suite.keyBytes).fill(3), fixedIv: new Uint8Array(suite.fixedIvBytes).fill(5) };
  const protection = new RecordProtection(nodeCrypto, suite, keys);

  test('open as they were sealed, and not with a bit changed anywhere', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(0xffff_ffff), fc.nat(), (plain, sequence, where) => {
        const record = new Uint8Array(plain.length + protection.overheadBytes + 3);
        const length = protection.seal(23, 1, sequence, plain, record, 3);
        expect(length).toBe(plain.length + protection.overheadBytes);
        const out = new Uint8Array(300);
        const body = record.slice(3 + RECORD_HEADER_BYTES);
        expect(protection.open(23, 1, sequence, body, out)).toBe(plain.length);
        expect(out.subarray(0, plain.length)).toEqual(plain);
        expect(protection.open(22, 1, sequence, body, out)).toBe(-1);
        expect(protection.open(23, 1, sequence + 1, body, out)).toBe(-1);
        body[where % body.length]! ^= 1 << (where % 8);
        expect(protection.open(23, 1, sequence, body, out)).toBe(-1);
      }),
      { numRuns: 40 },
    );
  });

  test('shorter than nonce and tag do not open', () => {
    for (let length = 0; length < 24; length++)
      expect(protection.open(23, 1, 0, new Uint8Array(length), new Uint8Array(64))).toBe(-1);
  });
});

test('S-35: over 2^20 records no nonce comes twice, and the explicit part is epoch and sequence number', () => {
  let previous = -1;
  const spy: CryptoProvider = {
    ...nodeCrypto,
    aead: () => ({
      seal(nonce, _additional, plain) {
        const view = new DataView(nonce.buffer, nonce.byteOffset);
        if (view.getUint16(4) !== 1) throw new Error('the nonce does not begin with the epoch');
        const sequence = view.getUint16(6) * 2 ** 32 + view.getUint32(8);
        if (sequence !== previous + 1) throw new Error(`nonce ${sequence} after ${previous}`);
        previous = sequence;
        return plain.length + 16;
      },
      open: () => -1,
      sealAt: () => -1,
      openAt: () => -1,
    }),
  };
  const writer = new RecordWriter();
  writer.protect(new RecordProtection(spy, CIPHER_SUITES[0]!, { key: new Uint8Array(16), fixedIv: new Uint8Array(4) }));
  const [plain, out] = [new Uint8Array(4), new Uint8Array(64)];
  for (let i = 0; i < 2 ** 20; i++) writer.write(1, 23, plain, out, 0);
  expect(previous).toBe(2 ** 20 - 1);
});

test('S-35: the last number of an epoch is not passed', () => {
  const writer = new RecordWriter(MAX_RECORD_SEQUENCE - 1);
  writer.protect(new RecordProtection(nodeCrypto, CIPHER_SUITES[0]!, { key: new Uint8Array(16), fixedIv: new Uint8Array(4) }));
  expect(writer.write(1, 23, new Uint8Array(1), new Uint8Array(64), 0)).toBe(38);
  expect(writer.write(1, 23, new Uint8Array(1), new Uint8Array(64), 0)).toBe(0);
});

describe('the replay window', () => {
  test('S-34: takes every number once, in any order within 1 024', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3_000), { maxLength: 400 }),
        fc.constantFrom(0, 65_000, 2 ** 32 - 500, 2 ** 48 - 4_000),
        (steps, base) => {
          const window = new ReplayWindow();
          const seen = new Set<number>();
          let highest = -1;
          for (const step of steps) {
            const sequence = base + step;
            const shouldBeFresh = !seen.has(sequence) && sequence > highest - 1_024;
            expect(window.isFresh(sequence)).toBe(shouldBeFresh);
            if (!shouldBeFresh) continue;
            window.accept(sequence);
            seen.add(sequence);
            highest = Math.max(highest, sequence);
          }
        },
      ),
    );
  });
});
