import type { InspectedCandidate, InspectedConnection, InspectedPair, InspectedTransport } from '@maru/client';

/** The places that packets may pass between two devices, in the order in which they are passed. */
export const PLACES = ['us', 'our-nat', 'our-relay', 'their-relay', 'their-nat', 'them'] as const;
export type Place = (typeof PLACES)[number];

/** How a candidate pair stands, in the words that the picture needs. */
export type RouteStanding = 'chosen' | 'works' | 'trying' | 'untried' | 'failed';

/** One candidate pair as a way through places. */
export interface Route {
  readonly pair: InspectedPair;
  readonly local: InspectedCandidate;
  readonly remote: InspectedCandidate;
  readonly via: readonly Place[];
  readonly standing: RouteStanding;
}

/** Everything the picture of one connection is drawn from. */
export interface PathModel {
  readonly routes: readonly Route[];
  readonly chosen: Route | undefined;
  readonly iceRole: InspectedTransport['iceRole'] | undefined;
  /** The places that there are, with the addresses under which they are known. */
  readonly addressesByPlace: ReadonlyMap<Place, readonly string[]>;
}

/** Reads ways and places out of what is known about a connection. */
export function pathModel(connection: InspectedConnection): PathModel {
  const candidateById = new Map(connection.candidates.map((candidate) => [candidate.id, candidate]));
  const addressesByPlace = placesOf(connection.candidates);
  const routes: Route[] = [];
  for (const pair of connection.pairs) {
    const local = candidateById.get(pair.localCandidateId);
    const remote = candidateById.get(pair.remoteCandidateId);
    if (!local || !remote) continue;
    const standing = standingOf(pair, connection.selectedPairId);
    routes.push({ pair, local, remote, via: waypoints(local, remote, addressesByPlace), standing });
  }
  routes.sort((a, b) => RANK[a.standing] - RANK[b.standing]);
  return {
    routes,
    chosen: routes.find((route) => route.standing === 'chosen'),
    iceRole: connection.transport?.iceRole,
    addressesByPlace,
  };
}

/** In the picture and in lists, the chosen one comes first and those that failed last. */
const RANK: Readonly<Record<RouteStanding, number>> = { chosen: 0, works: 1, trying: 2, untried: 3, failed: 4 };

function standingOf(pair: InspectedPair, selectedPairId: string | undefined): RouteStanding {
  if (pair.id === selectedPairId || (selectedPairId === undefined && pair.selected)) return 'chosen';
  switch (pair.state) {
    case 'succeeded':
      return 'works';
    case 'in-progress':
      return 'trying';
    case 'failed':
      return 'failed';
    case 'frozen':
    case 'waiting':
      return (pair.requestsSent ?? 0) > 0 ? 'trying' : 'untried';
  }
}

function placesOf(candidates: readonly InspectedCandidate[]): ReadonlyMap<Place, readonly string[]> {
  const places = new Map<Place, Set<string>>();
  const note = (place: Place, address: string) => {
    const known = places.get(place);
    if (known) known.add(address);
    else places.set(place, new Set([address]));
  };
  for (const candidate of candidates) {
    const ours = candidate.side === 'local';
    note(placeOf(candidate), candidate.address);
    if (
      candidate.type === 'relay' &&
      candidate.relatedAddress &&
      isRealAddress(candidate.relatedAddress) &&
      !isPrivate(candidate.relatedAddress)
    )
      note(ours ? 'our-nat' : 'their-nat', candidate.relatedAddress);
  }
  for (const [nat, device] of [
    ['our-nat', 'us'],
    ['their-nat', 'them'],
  ] as const) {
    const outside = places.get(nat);
    const inside = places.get(device);
    for (const address of inside ?? []) outside?.delete(address); // a public address of its own: no translation in between
    if (outside?.size === 0) places.delete(nat);
  }
  const result = new Map<Place, readonly string[]>([
    ['us', []],
    ['them', []],
  ]);
  for (const [place, addresses] of places) result.set(place, [...addresses].filter(isRealAddress));
  return result;
}

/** Where the address of a candidate is. */
function placeOf(candidate: InspectedCandidate): Place {
  const ours = candidate.side === 'local';
  switch (candidate.type) {
    case 'host':
      return ours ? 'us' : 'them';
    case 'relay':
      return ours ? 'our-relay' : 'their-relay';
    case 'srflx':
      return ours ? 'our-nat' : 'their-nat';
    case 'prflx':
      // A private address that was learned from a check is the device itself, hidden behind an mDNS name until then.
      if (isPrivate(candidate.address)) return ours ? 'us' : 'them';
      return ours ? 'our-nat' : 'their-nat';
  }
}

function waypoints(local: InspectedCandidate, remote: InspectedCandidate, places: ReadonlyMap<Place, unknown>): readonly Place[] {
  const from = placeOf(local);
  const to = placeOf(remote);
  const near = from === 'us' && to === 'them';
  const passes = new Set<Place>(['us', 'them', from, to]);
  if (!near && places.has('our-nat')) passes.add('our-nat');
  if (!near && places.has('their-nat')) passes.add('their-nat');
  return PLACES.filter((place) => passes.has(place) && (!isNat(place) || places.has(place)));
}

function isNat(place: Place): boolean {
  return place === 'our-nat' || place === 'their-nat';
}

function isRealAddress(address: string): boolean {
  return address !== '' && address !== '0.0.0.0' && address !== '::';
}

/** Addresses that mean something on one's own network only (RFC 1918, RFC 3927, RFC 4193, RFC 4291), and mDNS names. */
export function isPrivate(address: string): boolean {
  return (
    address.endsWith('.local') ||
    /^(10|127)\./.test(address) ||
    /^192\.168\./.test(address) ||
    /^169\.254\./.test(address) ||
    /^172\.(1[6-9]|2\d|3[01])\./.test(address) ||
    /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(address) ||
    /^(f[cd]|fe[89ab])[0-9a-f]*:/i.test(address) ||
    address === '::1'
  );
}
