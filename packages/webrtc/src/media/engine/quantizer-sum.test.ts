import type { Codec } from '@maru/protocol/jsep';
import { expect, test } from 'vitest';
import { QuantizerSum } from './quantizer-sum.js';

const codec = (name: string): Codec => ({ name, clockRate: 90_000, parameters: '', feedback: [] });
const VP8 = Uint8Array.from(Buffer.from('510300061064001ec2143efd66cabb211bff457868a076e240265fb2800c00', 'hex'));

test('quantizers add up; what tells none has no sum', () => {
  const sum = new QuantizerSum();
  sum.add(codec('AV1'), VP8);
  sum.add(codec('VP8'), new Uint8Array(1));
  expect(sum.value).toBeUndefined();
  for (let i = 0; i < 3; i++) sum.add(codec('VP8'), VP8);
  expect(sum.value).toBe(75);
});
