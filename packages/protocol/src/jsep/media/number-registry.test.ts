import { describe, expect, test } from 'vitest';
import { parseSdp, type SessionTree } from '../../sdp/index.js';
import { NumberRegistry } from './number-registry.js';

/** A session of one video section whose extensions have these numbers. */
function sessionWith(ids: readonly number[]): SessionTree {
  const lines = ids.map((id) => `a=extmap:${id} urn:example:${id}`);
  const text = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'c=IN IP4 0.0.0.0',
    ...lines,
  ];
  const tree = parseSdp(`${text.join('\r\n')}\r\n`);
  if (!('media' in tree)) throw new Error('no session');
  return tree;
}

describe('numbers of header extensions', () => {
  test('begin with one', () => {
    const registry = new NumberRegistry([]);
    expect(['urn:a', 'urn:b', 'urn:a'].map((uri) => registry.extensionId(uri))).toEqual([1, 2, 1]);
  });

  test('stay, and new ones come after those in use: one before them may be that of a section that is gone, which receivers remember', () => {
    const registry = new NumberRegistry([sessionWith([3, 7])]);
    expect(registry.extensionId('urn:example:7')).toBe(7);
    expect(registry.extensionId('urn:new')).toBe(8);
  });

  test('are taken from below where there is no room above, and have two bytes only then', () => {
    const registry = new NumberRegistry([sessionWith([1, 3, 14])]);
    expect(registry.extensionId('urn:new')).toBe(2);
    const full = new NumberRegistry([sessionWith(Array.from({ length: 14 }, (_, i) => i + 1))]);
    expect(full.extensionId('urn:new')).toBe(16);
  });
});
