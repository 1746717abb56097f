import { Malformed } from '@maru/protocol/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MdnsService } from './mdns.js';
import { decodeMdns, encodeMdnsQuery, encodeMdnsResponse } from './message.js';

const NAME = '20a0a56d-283c-4152-ab87-9a55c983973d.local';

test('questions and answers survive encoding and decoding', () => {
  expect(decodeMdns(encodeMdnsQuery(NAME))).toEqual({
    isResponse: false,
    questions: [
      { name: NAME, type: 1 },
      { name: NAME, type: 28 },
    ],
    answers: [],
  });
  const v6 = Uint8Array.from([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  expect(decodeMdns(encodeMdnsResponse(NAME, [Uint8Array.of(192, 0, 2, 1), v6]))).toEqual({
    isResponse: true,
    questions: [],
    answers: [
      { name: NAME, address: '192.0.2.1' },
      { name: NAME, address: '2001:db8::1' },
    ],
  });
});

test('whatever the bytes, decoding returns and never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const result = decodeMdns(bytes);
      if (bytes.length < 12) expect(result).toBeInstanceOf(Malformed);
    }),
    { numRuns: 500 },
  );
});

test('a name that points at itself is refused', () => {
  const query = encodeMdnsQuery('a.local');
  query.set([0xc0, 12], 12);
  expect(decodeMdns(query)).toBeInstanceOf(Malformed);
});

test('one service finds the name that another owns, and S-24: a ninth lookup at once is refused', async () => {
  const [owner, asker] = [new MdnsService(), new MdnsService(500)];
  const withdraw = owner.publish(NAME, ['192.0.2.7']);
  expect(await asker.resolve(NAME)).toEqual(['192.0.2.7']);
  const nobody = Array.from({ length: 8 }, (_, i) => asker.resolve(`nobody-${i}.local`).catch(() => 'none'));
  await expect(asker.resolve('nobody-8.local')).rejects.toThrow('more than 8 mDNS lookups');
  expect(await Promise.all(nobody)).toEqual(new Array(8).fill('none'));
  withdraw();
});
