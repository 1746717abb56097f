import { expect, test } from 'vitest';
import { placeOf } from './navigation.js';

test.each([
  ['/', { name: 'door' }],
  ['/direct', { name: 'direct' }],
  ['/h/moon-8kd2', { name: 'hall', hall: 'moon-8kd2' }],
  ['/h/moon-8kd2/', { name: 'hall', hall: 'moon-8kd2' }],
  ['/h/', { name: 'nowhere' }],
  ['/h/a/b', { name: 'nowhere' }],
  ['/h/%3Cscript%3E', { name: 'nowhere' }],
  ['/gallery/hall', { name: 'gallery', scene: 'hall' }],
  ['/x', { name: 'nowhere' }],
])('%s leads to %j', (path, place) => {
  expect(placeOf(path)).toEqual(place);
});
