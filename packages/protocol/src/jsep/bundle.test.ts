import { describe, expect, test } from 'vitest';
import { attributeValue, groupsOf, hasAttribute, type SessionTree } from '../sdp/index.js';
import {
  type BundlePolicy,
  createAnswer,
  createOffer,
  type LocalTransport,
  type MediaWish,
  NEW_NEGOTIATION,
  type Negotiation,
  transportGroups,
  transportOutcomes,
} from './index.js';
import { mediaWish as wish, wishesFor } from './testing/wishes.js';

const DATA = { port: 5_000, maxMessageSize: 262_144 };

/** A transport with the name of the section that leads it. */
const transport = ([leader = '']: readonly string[]): LocalTransport => ({
  ice: { ufrag: `of+${leader}`.padEnd(4, '+'), password: 'password+of+enough+length' },
  isIceLite: false,
  fingerprints: [],
  tlsId: undefined,
  candidates: [`candidate:1 1 udp 1 192.0.2.1 ${leader.length + 5_000} typ host`],
  isGatheringComplete: true,
  role: undefined,
});

function offer(media: readonly MediaWish[], bundlePolicy: BundlePolicy, negotiation: Negotiation = NEW_NEGOTIATION): SessionTree {
  return createOffer({ identity: { id: '1', version: 1 }, negotiation, media, data: DATA, bundlePolicy, transport });
}

function answer(offered: SessionTree, bundlePolicy: BundlePolicy = 'balanced'): SessionTree {
  const media = wishesFor(offered);
  return createAnswer({ identity: { id: '2', version: 1 }, offer: offered, data: DATA, media, bundlePolicy, transport });
}

const TWO_AND_ONE = [wish('audio'), wish('audio'), wish('video')];

const withCandidates = (tree: SessionTree): string[] =>
  tree.media.filter((section) => hasAttribute(section, 'candidate')).map((section) => attributeValue(section, 'mid')!);
const bundleOnly = (tree: SessionTree): string[] =>
  tree.media.filter((section) => hasAttribute(section, 'bundle-only')).map((section) => attributeValue(section, 'mid')!);

const withoutBundle = (tree: SessionTree): SessionTree => ({
  ...tree,
  attributes: tree.attributes.filter(({ name }) => name !== 'group'),
  media: tree.media.map((section) => ({
    ...section,
    attributes: section.attributes.filter(({ name }) => name !== 'bundle-only'),
  })),
});

describe('an offer', () => {
  test.each([
    ['max-bundle', ['0'], ['1', '2', '3']],
    ['balanced', ['0', '2', '3'], ['1']],
    ['max-compat', ['0', '1', '2', '3'], []],
  ] as const)('of policy %s has transports for %s, and %s only if bundled (RFC 9429 §4.1.1)', (policy, own, only) => {
    const tree = offer(TWO_AND_ONE, policy);
    expect(withCandidates(tree)).toEqual(own);
    expect(bundleOnly(tree)).toEqual(only);
    expect(groupsOf(tree, 'BUNDLE')).toEqual([{ semantics: 'BUNDLE', mids: ['0', '1', '2', '3'] }]);
    for (const section of tree.media)
      expect(section.port === 0).toBe((only as readonly string[]).includes(attributeValue(section, 'mid')!));
  });

  test('puts what is new on the transport that was agreed', () => {
    const first = offer([wish('audio')], 'max-compat');
    const current = { local: { type: 'offer', tree: first }, remote: { type: 'answer', tree: answer(first) } } as const;
    const tree = offer([...wishesFor(first), wish('video')], 'max-compat', { name: 'stable', current });
    expect(withCandidates(tree)).toEqual(['0']);
    expect(new Set(tree.media.map((section) => attributeValue(section, 'ice-ufrag')))).toEqual(new Set(['of+0']));
    expect(bundleOnly(tree)).toEqual([]);
  });

  test('gives what is new a transport of its own where the other side has not bundled', () => {
    const first = offer([wish('audio')], 'balanced');
    const remote = withoutBundle(answer(withoutBundle(first)));
    const current = { local: { type: 'offer', tree: first }, remote: { type: 'answer', tree: remote } } as const;
    const tree = offer([...wishesFor(first), wish('video')], 'balanced', { name: 'stable', current });
    expect(withCandidates(tree)).toEqual(['0', '1', '2']);
  });
});

describe('an answer', () => {
  test('bundles what was offered bundled', () => {
    const tree = answer(offer(TWO_AND_ONE, 'max-compat'));
    expect(withCandidates(tree)).toEqual(['0']);
    expect(transportGroups(tree)).toEqual([['0', '1', '2', '3']]);
  });

  test('without BUNDLE gives each section a transport of its own, and no group', () => {
    const tree = answer(withoutBundle(offer(TWO_AND_ONE, 'max-compat')));
    expect(withCandidates(tree)).toEqual(['0', '1', '2', '3']);
    expect(groupsOf(tree, 'BUNDLE')).toEqual([]);
  });

  test('of max-bundle refuses what cannot be bundled', () => {
    const tree = answer(withoutBundle(offer([wish('audio'), wish('video')], 'max-compat')), 'max-bundle');
    expect(tree.media.map(({ port }) => port === 0)).toEqual([true, true, false]);
  });

  test('keeps groups apart', () => {
    const offered = offer(TWO_AND_ONE, 'max-compat');
    const grouped = {
      ...offered,
      attributes: offered.attributes.flatMap((attribute) =>
        attribute.name === 'group'
          ? [
              { name: 'group', value: 'BUNDLE 0 2' },
              { name: 'group', value: 'BUNDLE 1 3' },
            ]
          : [attribute],
      ),
    };
    const tree = answer(grouped);
    expect(groupsOf(tree, 'BUNDLE').map(({ mids }) => mids)).toEqual([
      ['0', '2'],
      ['1', '3'],
    ]);
    const agreement = { local: { type: 'answer', tree }, remote: { type: 'offer', tree: grouped } } as const;
    expect(transportOutcomes(agreement)).toMatchObject([
      { mid: '0', mids: ['0', '2'], remoteIce: { ufrag: 'of+0' } },
      { mid: '1', mids: ['1', '3'], remoteIce: { ufrag: 'of+1' } },
    ]);
  });

  test('to a thousand sections without BUNDLE opens 32 transports, no more', () => {
    const offered = offer(
      Array.from({ length: 1_000 }, () => wish('audio')),
      'max-compat',
    );
    const tree = answer(withoutBundle(offered));
    expect(withCandidates(tree)).toHaveLength(32);
  });
});
