import { attributeValue, groupsOf, type SessionTree } from '../sdp/index.js';
import { dataSectionIndex, isDataSection, isRejected } from './data-section.js';
import type { Agreement } from './negotiation.js';

/** How eagerly sections share a transport before the other side has agreed to it (RFC 9429 §4.1.1). */
export type BundlePolicy = 'balanced' | 'max-compat' | 'max-bundle';

/** So many an offer may have us open sockets for: more sections than anybody uses without BUNDLE. */
const MAX_TRANSPORTS = 32;

/** The mids of sections that are on one transport, in their order; the first leads: candidates are told for it. */
export type TransportGroup = readonly string[];

/** The BUNDLE group of `tree` with `mid` in it (RFC 9143 §7); undefined if it stands alone. */
export function bundleWith(tree: SessionTree, mid: string): readonly string[] | undefined {
  return groupsOf(tree, 'BUNDLE').find(({ mids }) => mids.includes(mid))?.mids;
}

/** Which open sections of `tree` share a transport: those of each BUNDLE group, and each other section alone. */
export function transportGroups(tree: SessionTree): TransportGroup[] {
  const bundles = groupsOf(tree, 'BUNDLE');
  const groups = new Map<unknown, string[]>();
  for (const [index, section] of tree.media.entries()) {
    if (isRejected(section)) continue;
    const mid = midOf(tree, index);
    const key = bundles.find(({ mids }) => mids.includes(mid)) ?? mid;
    groups.set(key, [...(groups.get(key) ?? []), mid]);
  }
  return [...groups.values()];
}

/** A section of an offer in the making. */
export interface OfferedSection {
  readonly mid: string;
  readonly kind: 'audio' | 'video' | 'data';
}

/**
 * Which sections of an offer share a transport (RFC 9429 §5.2.1): what was agreed stays together; what is new joins the agreed
 * BUNDLE group, or else does as `policy` says.
 */
export function offeredGroups(
  sections: readonly OfferedSection[],
  policy: BundlePolicy,
  agreement: Agreement | undefined,
): TransportGroup[] {
  const agreed = agreement ? agreedGroups(agreement) : [];
  const bundle = agreement && agreed.find((group) => bundleWith(answerOf(agreement).tree, group[0]!) !== undefined);
  const groups = new Map<unknown, string[]>();
  const kinds = new Map<string, unknown>();
  for (const { mid, kind } of sections) {
    const old = agreed.find((group) => group.includes(mid)) ?? bundle;
    const leader = policy === 'max-bundle' ? [...groups.keys()][0] : policy === 'balanced' ? kinds.get(kind) : undefined;
    const key = old ?? leader ?? mid;
    groups.set(key, [...(groups.get(key) ?? []), mid]);
    if (!kinds.has(kind)) kinds.set(kind, key);
  }
  return [...groups.values()];
}

/** The groups of an answered exchange, by our names for its sections. */
export function agreedGroups(agreement: Agreement): TransportGroup[] {
  const { tree } = answerOf(agreement);
  const ours = new Map(tree.media.map((_, index) => [midOf(tree, index), midOf(agreement.local.tree, index)]));
  return transportGroups(tree).map((group) => group.map((mid) => ours.get(mid) ?? mid));
}

/** Of the two descriptions of an exchange the one that has the last word. */
export function answerOf({ local, remote }: Agreement): Agreement['local'] {
  return local.type === 'offer' ? remote : local;
}

/**
 * The mids of `offer` that an answer may accept. `max-bundle` refuses what cannot share one transport with the group around the
 * data section, else with the first group, else with the first section (RFC 9429 §4.1.1).
 */
export function reachableMids(offer: SessionTree, policy: BundlePolicy): ReadonlySet<string> {
  if (policy !== 'max-bundle') return new Set(transportGroups(offer).slice(0, MAX_TRANSPORTS).flat());
  const dataIndex = dataSectionIndex(offer);
  const dataMid = dataIndex === undefined ? undefined : midOf(offer, dataIndex);
  if (dataMid !== undefined) return new Set(bundleWith(offer, dataMid) ?? [dataMid]);
  const group = groupsOf(offer, 'BUNDLE')[0];
  if (group && group.mids.length > 0) return new Set(group.mids);
  const first = offer.media.findIndex((section) => !isRejected(section) && !isDataSection(section));
  return new Set(first < 0 ? [] : [midOf(offer, first)]);
}

/** The name of section `index`: its mid, or for a peer without mids (RFC 9429 §5.10) one that cannot be a mid. */
export function midOf(tree: SessionTree, index: number): string {
  const section = tree.media[index];
  return (section && attributeValue(section, 'mid')) ?? `#${index}`;
}
