import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter, parseHex } from '../bytes/index.js';
import { Malformed } from '../core/index.js';
import { ChunkType } from './chunk-types.js';
import { decodeForwardTsn, decodeIForwardTsn, encodeForwardTsn, encodeIForwardTsn } from './chunks/forward-tsn.js';
import { decodeHeartbeatInfo } from './chunks/heartbeat.js';
import { decodeInit, encodeInit, type Init } from './chunks/init.js';
import { decodeReConfig, encodeReConfig, type Reconfiguration } from './chunks/re-config.js';
import { blankSack, decodeSack, encodeSack } from './chunks/sack.js';
import { crc32c } from './crc32c.js';
import { decodeParameters } from './parameters.js';

const FOLDER = new URL('../../vectors/sctp/', import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.hex'));

function load(name: string): { bytes: Uint8Array; meaning: Record<string, unknown> } {
  const bytes = parseHex(readFileSync(new URL(name, FOLDER), 'utf8'))!;
  return { bytes, meaning: JSON.parse(readFileSync(new URL(name.replace(/\.hex$/, '.json'), FOLDER), 'utf8')) };
}

function decode(kind: unknown, chunk: Uint8Array): unknown {
  const length = (chunk[2]! << 8) | chunk[3]!;
  const value = chunk.subarray(4, length);
  if (kind === 'init') return decodeInit(value);
  if (kind === 'forward-tsn') return decodeForwardTsn(value);
  if (kind === 'i-forward-tsn') return decodeIForwardTsn(value);
  if (kind === 're-config') return decodeReConfig(value);
  return decodeSack(chunk, 0, Math.min(length, chunk.length), blankSack());
}

function encode(decoded: unknown, kind: unknown, length: number): Uint8Array {
  const out = new ByteWriter(new Uint8Array(length + 16));
  if (kind === 'init') encodeInit(ChunkType.init, decoded as Init, out);
  else if (kind === 'forward-tsn') encodeForwardTsn(decoded as never, out);
  else if (kind === 'i-forward-tsn') encodeIForwardTsn(decoded as never, out);
  else encodeReConfig(decoded as readonly Reconfiguration[], out);
  return out.written;
}

describe('vectors', () => {
  test.each(NAMES)('%s', (name) => {
    const { bytes, meaning } = load(name);
    const { source, chunk, reason, parameters, gaps, duplicates, ...fields } = meaning;
    expect(source).toBeTypeOf('string');
    const decoded = decode(chunk, bytes);
    if (reason !== undefined) expect(decoded).toMatchObject({ reason });
    else if (chunk === 'sack') {
      expect(decoded).toMatchObject({ ...fields, gapBlocks: 1, duplicates: 1 });
      const out = new Uint8Array(bytes.length);
      encodeSack(out, 0, 100, 65_536, Uint16Array.from(gaps as number[]), 1, duplicates as number[]);
      expect(out).toEqual(bytes);
    } else {
      if (parameters) expect(decoded).toEqual(parameters);
      else expect(decoded).toMatchObject(fields);
      expect(encode(decoded, chunk, bytes.length)).toEqual(bytes);
    }
  });
});

describe('CRC32c', () => {
  test.each([
    ['zeros', new Uint8Array(32), 0x8a91_36aa],
    ['ones', new Uint8Array(32).fill(0xff), 0x62a8_ab43],
    ['ascending', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd_794e],
    ['descending', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113f_db5c],
  ])('of 32 bytes of %s is what RFC 3720 §B.4 says', (_name, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  test('eight bytes at a time is the same as one by one', () => {
    const plain = (bytes: Uint8Array): number => {
      let crc = ~0;
      for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
      }
      return ~crc >>> 0;
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(crc32c(bytes)).toBe(plain(bytes));
      }),
    );
  });
});

describe('no bytes make a decoder throw, and what it accepts it can write again', () => {
  const bytes = fc.uint8Array({ maxLength: 120 });

  test('INIT', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const init = decodeInit(value);
        if (init instanceof Malformed || init.reportable.length > 0) return;
        const out = new ByteWriter(new Uint8Array(400));
        encodeInit(ChunkType.init, init, out);
        expect(decodeInit(out.written.subarray(4))).toEqual(init);
      }),
    );
  });

  test('parameters, FORWARD-TSN, I-FORWARD-TSN, RE-CONFIG, SACK, HEARTBEAT ACK', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        decodeParameters(value);
        decodeHeartbeatInfo(value);
        decodeSack(value, 0, value.length, blankSack());
        for (const [read, write] of [
          [decodeForwardTsn, encodeForwardTsn],
          [decodeIForwardTsn, encodeIForwardTsn],
        ] as const) {
          const chunk = read(value);
          if (chunk instanceof Malformed) continue;
          const out = new ByteWriter(new Uint8Array(400));
          write(chunk, out);
          expect(read(out.written.subarray(4))).toEqual(chunk);
        }
        const parameters = decodeReConfig(value);
        if (parameters instanceof Malformed) return;
        const out = new ByteWriter(new Uint8Array(400));
        encodeReConfig(parameters, out);
        expect(decodeReConfig(out.written.subarray(4))).toEqual(parameters);
      }),
    );
  });
});
