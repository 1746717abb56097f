import { attributeValue, type MediaSection, type SctpParameters, type SessionTree } from '../sdp/index.js';
import { answerOf, type BundlePolicy, bundleWith, type OfferedSection, offeredGroups, type TransportGroup } from './bundle.js';
import { isDataSection, isRejected } from './data-section.js';
import { NumberRegistry } from './media/number-registry.js';
import { offerMedia } from './media/offer.js';
import type { MediaWish } from './media/wish.js';
import { type Agreement, currentOf, latestOf, type Negotiation } from './negotiation.js';
import { describe, openMids, type SectionPlan, type SessionIdentity } from './plan.js';
import type { DescribeTransport, TransportDescription } from './transport-description.js';

/** What an offer is made of. */
export interface OfferInput {
  readonly identity: SessionIdentity;
  readonly negotiation: Negotiation;
  /** Every transceiver, in the order of creation. Those without a section get one, in that order. */
  readonly media: readonly MediaWish[];
  /** Data channels are wanted, or were. */
  readonly data: SctpParameters | undefined;
  readonly bundlePolicy: BundlePolicy;
  /** Asked once for each group of sections that share a transport. */
  readonly transport: DescribeTransport;
}

/**
 * Makes an offer (RFC 9429 §5.2): each section of the last local description in its place, a retired place given to what
 * is new, the rest at the end.
 */
export function createOffer(input: OfferInput): SessionTree {
  const plans = planOffer(input);
  const hasMedia = plans.some(({ type }) => type === 'media');
  const agreement = input.negotiation.current;
  const groups = offeredGroups(plans.flatMap(sectionOf), input.bundlePolicy, agreement);
  const transports = new Map<string, TransportDescription>();
  for (const group of groups) {
    const transport: TransportDescription = { ...input.transport(group), setup: 'actpass' };
    for (const mid of group) transports.set(mid, transport);
  }
  const open = openMids(plans);
  return describe(
    input.identity,
    plans,
    {
      of: (mid) => transports.get(mid)!,
      bundles: open.length > 0 ? [open] : [],
      bundleOnly: new Set(groups.flatMap((group) => unagreed(group, agreement))),
    },
    hasMedia,
  );
}

function sectionOf(plan: SectionPlan): OfferedSection[] {
  if (plan.type === 'rejected') return [];
  return [{ mid: plan.mid, kind: plan.type === 'data' ? 'data' : plan.media.kind }];
}

/** Those of a group that nobody has agreed to have there: all but its first, as long as there is no BUNDLE group around it (RFC 9429 §5.2.1). */
function unagreed(group: TransportGroup, agreement: Agreement | undefined): TransportGroup {
  const isBundled = agreement !== undefined && group.some((mid) => bundleWith(answerOf(agreement).tree, mid) !== undefined);
  return isBundled ? [] : group.slice(1);
}

function planOffer({ negotiation, media, data }: OfferInput): SectionPlan[] {
  const previous = latestOf(negotiation, 'local')?.tree.media ?? [];
  const answered = currentOf(negotiation, 'remote')?.tree.media ?? [];
  const isOver = (index: number): boolean => isRetired(previous[index]!, answered[index]);
  const registry = new NumberRegistry(said(negotiation));
  const newMid = midSource(negotiation);
  const kept = new Map(media.flatMap((wish) => (wish.mid === undefined ? [] : [[wish.mid, wish] as const])));
  const fresh = media.filter(({ mid, isStopped }) => mid === undefined && !isStopped);
  let newData = previous.some((section, index) => isDataSection(section) && !isOver(index)) ? undefined : data;

  const begin = (): SectionPlan | undefined => {
    const wish = fresh.shift();
    if (wish) return { type: 'media', mid: newMid(), media: offerMedia(wish, registry) };
    if (!newData) return undefined;
    const plan: SectionPlan = { type: 'data', mid: newMid(), sctp: newData };
    newData = undefined;
    return plan;
  };
  const keep = (section: MediaSection): SectionPlan => {
    const mid = attributeValue(section, 'mid') ?? '';
    if (isDataSection(section) && data) return { type: 'data', mid, sctp: data, like: section };
    const wish = kept.get(mid);
    if (!wish || wish.isStopped) return { type: 'rejected', like: section };
    return { type: 'media', mid, media: offerMedia(wish, registry) };
  };

  const plans = previous.map(
    (section, index): SectionPlan => (isOver(index) ? (begin() ?? { type: 'rejected', like: section }) : keep(section)),
  );
  for (let plan = begin(); plan; plan = begin()) plans.push(plan);
  return plans;
}

/** Whether the place of a section is free again: either side said port 0 (RFC 9429 §5.2.2). */
function isRetired(local: MediaSection, remote: MediaSection | undefined): boolean {
  return isRejected(local) || (remote !== undefined && isRejected(remote));
}

/** Descriptions whose numbers stay in use, ours first. */
function said(negotiation: Negotiation): SessionTree[] {
  return [latestOf(negotiation, 'local'), currentOf(negotiation, 'local'), latestOf(negotiation, 'remote')].flatMap(
    (description) => description?.tree ?? [],
  );
}

/** Mids that no description of this session has used so far: short numbers (RFC 9429 §5.2.1). */
function midSource(negotiation: Negotiation): () => string {
  const trees = [
    negotiation.current?.local,
    negotiation.current?.remote,
    latestOf(negotiation, 'local'),
    latestOf(negotiation, 'remote'),
  ];
  const used = new Set(
    trees.flatMap((description) => description?.tree.media.map((section) => attributeValue(section, 'mid')) ?? []),
  );
  let next = 0;
  return () => {
    while (used.has(`${next}`)) next += 1;
    used.add(`${next}`);
    return `${next}`;
  };
}
