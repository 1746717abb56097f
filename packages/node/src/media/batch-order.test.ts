import { SealBatch } from '@maru/protocol/srtp';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BatchOrder } from './batch-order.js';

test('rows of one address stand together, in the order in which they came, and no row is missing', () => {
  const order = new BatchOrder();
  const address = fc.oneof(fc.integer({ min: -2, max: 6 }), fc.nat(40_000));
  fc.assert(
    fc.property(fc.array(address, { maxLength: 60 }), (addresses) => {
      const batch = new SealBatch(64);
      for (const to of addresses) batch.add(to, 0, 0, 0, 0, 0, 0, 0);
      order.sort(batch);
      const rows = [...order.rows.subarray(0, addresses.length)];
      const byAddress = new Map<number, number[]>();
      for (const [row, to] of addresses.entries()) {
        const place = Math.max(0, to);
        byAddress.set(place, [...(byAddress.get(place) ?? []), row]);
      }
      expect(rows).toEqual([...byAddress.values()].flat());
    }),
  );
});
