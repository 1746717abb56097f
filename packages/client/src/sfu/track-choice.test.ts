import { expect, test } from 'vitest';
import type { IncomingTrack } from '../mesh/peer.js';
import type { Flow } from './flow-watch.js';
import { chooseTrack, type HalfStream, holdsUp, type Offered } from './track-choice.js';

const offered = (mid: string, state?: Flow['state'], isReused = false): Offered => ({
  track: { mid } as IncomingTrack,
  isReused,
  flow: state && { state },
});

const half = (p2p: Offered | undefined, sfu: Offered | undefined): HalfStream => ({ p2p, sfu });
const shown = (value: HalfStream, way: 'p2p' | 'sfu'): string | undefined => chooseTrack(value, way)?.mid;

test('what comes over one way alone is shown at once', () => {
  expect(shown(half(offered('a'), undefined), 'p2p')).toBe('a');
  expect(shown(half(undefined, offered('b')), 'sfu')).toBe('b');
  expect(shown(half(undefined, undefined), 'sfu')).toBeUndefined();
});

test('the old way is shown until something has come over the new one, and as long as nothing does', () => {
  expect(shown(half(offered('a'), offered('b', 'waiting')), 'sfu')).toBe('a');
  expect(shown(half(offered('a'), offered('b', 'idle')), 'sfu')).toBe('a');
  expect(shown(half(offered('a'), offered('b', 'flowing')), 'sfu')).toBe('b');
  expect(shown(half(offered('a', 'flowing'), offered('b')), 'p2p')).toBe('a');
});

test('the old way is shown, too, while the new one has not even a section', () => {
  expect(shown(half(offered('a'), undefined), 'sfu')).toBe('a');
});

test('a section that showed somebody else is shown when its pictures are of the new source, or when none come', () => {
  expect(shown(half(undefined, offered('b', 'waiting', true)), 'sfu')).toBeUndefined();
  expect(shown(half(undefined, offered('b', 'flowing', true)), 'sfu')).toBe('b');
  expect(shown(half(undefined, offered('b', 'idle', true)), 'sfu')).toBe('b');
});

test('a move is held up by what comes the old way only', () => {
  expect(holdsUp(half(offered('a', 'flowing'), undefined), 'sfu')).toBe(true);
  expect(holdsUp(half(offered('a', 'waiting'), offered('b', 'waiting')), 'sfu')).toBe(true);
  expect(holdsUp(half(offered('a', 'flowing'), offered('b', 'flowing')), 'sfu')).toBe(false);
  expect(holdsUp(half(offered('a', 'idle'), offered('b', 'waiting')), 'sfu')).toBe(false);
  expect(holdsUp(half(undefined, offered('b', 'waiting')), 'sfu')).toBe(false);
});
