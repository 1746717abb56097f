import { attributeValue, groupsOf, type SessionTree } from '../sdp/index.js';
import { dataSectionIndex, isDataSection, isRejected } from './data-section.js';

/** The BUNDLE group of `tree` with `mid` in it (RFC 9143 §7); undefined if it stands alone. */
export function bundleWith(tree: SessionTree, mid: string): readonly string[] | undefined {
  return groupsOf(tree, 'BUNDLE').find(({ mids }) => mids.includes(mid))?.mids;
}

/**
 * The mids of `offer` that can share our one transport: the group around the data section, else the first group, else the
 * data section or the first section alone. A section outside is one that we refuse, as a `max-bundle` end does.
 */
export function reachableMids(offer: SessionTree): ReadonlySet<string> {
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
