import type { InspectedDescription } from '@maru/client';
import { expect, test } from 'vitest';
import { pairExchanges } from './exchange.js';

let id = 0;
const said = (side: 'local' | 'remote', type: InspectedDescription['type']): InspectedDescription => ({
  id: ++id,
  atMs: id * 100,
  side,
  type,
  sdp: 'v=0\r\n',
});
const shape = (...descriptions: InspectedDescription[]) =>
  pairExchanges(descriptions).map(({ offer, answer }) => [offer?.side, answer?.side, answer?.type]);

test('an offer and its answer are one exchange', () => {
  expect(shape(said('local', 'offer'), said('remote', 'answer'), said('remote', 'offer'), said('local', 'answer'))).toEqual([
    ['local', 'remote', 'answer'],
    ['remote', 'local', 'answer'],
  ]);
});
test('in glare, the offer that was taken back stays alone', () => {
  expect(shape(said('local', 'offer'), said('local', 'rollback'), said('remote', 'offer'), said('local', 'answer'))).toEqual([
    ['local', undefined, undefined],
    ['remote', 'local', 'answer'],
  ]);
});
test('an answer replaces its provisional forerunner', () => {
  expect(shape(said('local', 'offer'), said('remote', 'pranswer'), said('remote', 'answer'))).toEqual([
    ['local', 'remote', 'answer'],
  ]);
});
test('an answer whose offer is no longer kept stands alone', () => {
  expect(shape(said('remote', 'answer'))).toEqual([[undefined, 'remote', 'answer']]);
});
