import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { candidate, connection, pair } from '../testing/inspections.js';
import { drawPath } from './layout.js';
import { comparePriority } from './priority.js';
import { reasonOf } from './reason.js';
import { isPrivate, PLACES, pathModel } from './route.js';

describe('ways through places', () => {
  const model = pathModel(connection());
  const via = (id: string) => model.routes.find((route) => route.pair.id === id)?.via;

  test('two addresses of one network meet without anything in between', () => {
    expect(via('P1')).toEqual(['us', 'them']);
  });
  test('towards a reflexive address both routers are passed, also from a host candidate', () => {
    expect(via('P2')).toEqual(['us', 'our-nat', 'their-nat', 'them']);
  });
  test('a relayed pair goes over the relay', () => {
    expect(via('P3')).toEqual(['us', 'our-nat', 'our-relay', 'their-nat', 'them']);
  });
  test('the chosen pair comes first and failed ones last', () => {
    expect(model.routes.map((route) => route.standing)).toEqual(['chosen', 'works', 'failed']);
    expect(model.chosen?.pair.id).toBe('P2');
  });
  test('places carry the addresses that are known of them', () => {
    expect(model.addressesByPlace.get('our-nat')).toEqual(['203.0.113.101']);
    expect(model.addressesByPlace.get('them')).toEqual(['10.2.0.2']);
    expect(model.addressesByPlace.has('their-relay')).toBe(false);
  });
  test('a device with a public address of its own stands behind no NAT', () => {
    const open = pathModel(
      connection({
        candidates: [
          candidate({ id: 'L1', side: 'local', type: 'host', address: '203.0.113.7' }),
          candidate({ id: 'L2', side: 'local', type: 'srflx', address: '203.0.113.7' }),
          candidate({ id: 'R2', side: 'remote', type: 'srflx', address: '198.51.100.2' }),
        ],
        pairs: [pair({ id: 'P', localCandidateId: 'L1', remoteCandidateId: 'R2' })],
      }),
    );
    expect(open.routes[0]?.via).toEqual(['us', 'their-nat', 'them']);
  });
  test('a private address learned from a check is the other device itself', () => {
    const lan = pathModel(
      connection({
        candidates: [
          candidate({ id: 'L1', side: 'local', type: 'host', address: '192.168.0.2' }),
          candidate({ id: 'R1', side: 'remote', type: 'prflx', address: '192.168.0.3' }),
        ],
        pairs: [pair({ id: 'P', localCandidateId: 'L1', remoteCandidateId: 'R1' })],
      }),
    );
    expect(lan.routes[0]?.via).toEqual(['us', 'them']);
  });
  test('a pair whose candidates are not known is left out', () => {
    expect(pathModel(connection({ candidates: [] })).routes).toEqual([]);
  });
});

test.each([
  '10.0.0.1',
  '192.168.1.1',
  '172.16.0.1',
  '172.31.9.9',
  '169.254.1.1',
  '100.64.0.1',
  'fd00::2',
  'fe80::1',
  'x.local',
  '127.0.0.1',
])('%s is private', (address) => expect(isPrivate(address)).toBe(true));
test.each(['203.0.113.1', '172.32.0.1', '2001:db8::1', '100.128.0.1', '8.8.8.8'])('%s is not private', (address) =>
  expect(isPrivate(address)).toBe(false),
);

describe('the priority of pairs (RFC 8445 §6.1.2.3)', () => {
  const route = (local: number | undefined, remote: number | undefined) => ({
    ...pathModel(connection()).routes[0]!,
    local: candidate({ id: 'l', side: 'local', type: 'host', address: '10.0.0.1', priority: local }),
    remote: candidate({ id: 'r', side: 'remote', type: 'host', address: '10.0.0.2', priority: remote }),
  });
  test.each([
    [route(5, 9), route(4, 100), 'controlling', 1],
    [route(5, 9), route(5, 8), 'controlling', 1],
    [route(9, 5), route(5, 9), 'controlling', 1],
    [route(9, 5), route(5, 9), 'controlled', -1],
    [route(2_122_265_343, 2_122_265_343), route(2_122_194_687, 2_122_194_687), undefined, 1],
  ] as const)('%#', (a, b, role, sign) => expect(Math.sign(comparePriority(a, b, role)!)).toBe(sign));
  test('is not guessed where a candidate does not say its own', () => {
    expect(comparePriority(route(undefined, 1), route(1, 1), 'controlling')).toBeUndefined();
  });
});

describe('reasons', () => {
  const model = pathModel(connection());
  const reason = (id: string) => reasonOf(model.routes.find((route) => route.pair.id === id)!, model).en;

  test('the chosen pair says why it won', () => expect(reason('P2')).toMatch(/Nothing goes over a server/));
  test('a working relay says that it is the detour', () => expect(reason('P3')).toMatch(/detour/));
  test('a failed pair says how often it asked', () => expect(reason('P1')).toMatch(/asked 7 times, nothing came back/));
  test('a chosen relay after failed direct ways says so', () => {
    const relayed = pathModel(connection({ selectedPairId: 'P3' }));
    expect(reasonOf(relayed.chosen!, relayed).en).toMatch(/direct ways got no answer/);
  });
});

describe.each(['across', 'down'] as const)('the picture, %s', (orientation) => {
  test('keeps every place inside its frame, whatever the candidates are', () => {
    const type = fc.constantFrom('host' as const, 'srflx' as const, 'prflx' as const, 'relay' as const);
    fc.assert(
      fc.property(fc.array(type, { maxLength: 6 }), fc.array(type, { maxLength: 6 }), (locals, remotes) => {
        const candidates = [
          ...locals.map((kind, index) =>
            candidate({ id: `L${index}`, side: 'local', type: kind, address: `203.0.113.${index}` }),
          ),
          ...remotes.map((kind, index) =>
            candidate({ id: `R${index}`, side: 'remote', type: kind, address: `198.51.100.${index}` }),
          ),
        ];
        const pairs = locals.flatMap((_, i) =>
          remotes.map((__, j) => pair({ id: `${i}/${j}`, localCandidateId: `L${i}`, remoteCandidateId: `R${j}` })),
        );
        const model = pathModel(connection({ candidates, pairs, selectedPairId: undefined }));
        const picture = drawPath(model, orientation, true);
        for (const { x, y } of picture.places) {
          expect(x).toBeGreaterThanOrEqual(picture.boxWidth / 2);
          expect(x).toBeLessThanOrEqual(picture.width - picture.boxWidth / 2);
          expect(y).toBeGreaterThanOrEqual(picture.top + picture.boxHeight / 2);
          expect(y).toBeLessThanOrEqual(picture.top + picture.height - picture.boxHeight / 2);
        }
        expect(picture.routes.length + picture.hiddenRoutes).toBe(pairs.length);
        for (const { path, route } of picture.routes) {
          expect(path).not.toMatch(/NaN|undefined/);
          expect(route.via[0]).toBe('us');
          expect(route.via.at(-1)).toBe('them');
          const order = route.via.map((place) => PLACES.indexOf(place));
          expect(order).toEqual([...order].sort((a, b) => a - b));
          for (const place of route.via) expect(model.addressesByPlace.has(place)).toBe(true);
        }
      }),
    );
  });

  test('draws no server where there is none', () => {
    const picture = drawPath(pathModel(connection()), orientation, false);
    expect(picture.places.some((each) => each.place === 'server')).toBe(false);
    expect(picture.signaling).toEqual([]);
  });
});

test.each(['across', 'down'] as const)('no two places overlap, %s', (orientation) => {
  const everywhere = connection({
    candidates: (['local', 'remote'] as const).flatMap((side, index) =>
      (['host', 'srflx', 'relay'] as const).map((type, at) =>
        candidate({
          id: `${side}${type}`,
          side,
          type,
          address: type === 'host' ? `10.0.${index}.1` : `203.0.113.${index * 10 + at}`,
        }),
      ),
    ),
  });
  const { places, boxWidth, boxHeight } = drawPath(pathModel(everywhere), orientation, true);
  expect(places).toHaveLength(7);
  for (const a of places)
    for (const b of places)
      if (a !== b)
        expect(Math.abs(a.x - b.x) >= boxWidth || Math.abs(a.y - b.y) >= boxHeight, `${a.place} and ${b.place}`).toBe(true);
});
