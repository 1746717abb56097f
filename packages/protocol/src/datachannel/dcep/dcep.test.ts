import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHex } from '../../bytes/index.js';
import { Malformed } from '../../core/index.js';
import { decodeOpen, encodeOpen } from './open.js';

const FOLDER = new URL('../../../vectors/datachannel/', import.meta.url);

test.each(readdirSync(FOLDER).filter((name) => name.endsWith('.hex')))('vector %s', (name) => {
  const bytes = parseHex(readFileSync(new URL(name, FOLDER), 'utf8'))!;
  const { source, message, reason, ...fields } = JSON.parse(
    readFileSync(new URL(name.replace(/\.hex$/, '.json'), FOLDER), 'utf8'),
  );
  expect([typeof source, message]).toEqual(['string', 'open']);
  const decoded = decodeOpen(bytes);
  if (reason) expect(decoded).toMatchObject({ reason });
  else {
    expect(decoded).toMatchObject(fields);
    if (!(decoded instanceof Malformed)) expect(encodeOpen(decoded)).toEqual(bytes);
  }
});

test('what is encoded is decoded again', () => {
  const open = fc.record({
    isOrdered: fc.boolean(),
    limit: fc.constantFrom('none', 'retransmits', 'lifetime'),
    value: fc.integer({ min: 0, max: 0xffff_ffff }),
    priority: fc.nat(0xffff),
    label: fc.string({ unit: 'grapheme' }),
    protocol: fc.string({ unit: 'grapheme' }),
  });
  fc.assert(
    fc.property(open, ({ limit, value, ...rest }) => {
      const given = {
        ...rest,
        maxRetransmits: limit === 'retransmits' ? value : undefined,
        maxPacketLifeTimeMs: limit === 'lifetime' ? value : undefined,
      };
      expect(decodeOpen(encodeOpen(given))).toEqual(given);
    }),
  );
});

test('no bytes make the decoder throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, isOpen) => {
      if (isOpen && bytes.length > 0) bytes[0] = 3;
      decodeOpen(bytes);
    }),
  );
});
