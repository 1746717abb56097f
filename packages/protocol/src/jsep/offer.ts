import { attributeValue, type MediaSection, type SctpParameters, type SessionTree } from '../sdp/index.js';
import { isDataSection, isRejected } from './data-section.js';
import { isMediaSection } from './media-section.js';
import { currentOf, latestOf, type Negotiation } from './negotiation.js';
import { describe, openMids, type SectionPlan, type SessionIdentity } from './plan.js';
import type { TransportDescription } from './transport-description.js';

/** What an offer is made of. */
export interface OfferInput {
  readonly identity: SessionIdentity;
  readonly negotiation: Negotiation;
  /** Data channels are wanted, or were. */
  readonly data: SctpParameters | undefined;
  readonly transport: TransportDescription;
}

/**
 * Makes an offer (RFC 9429 §5.2): each section of the last local description in its place, a retired place given to what
 * is new, the rest at the end.
 */
export function createOffer(input: OfferInput): SessionTree {
  const plans = planOffer(input);
  return describe(input.identity, plans, openMids(plans), input.transport);
}

function planOffer({ negotiation, data }: OfferInput): SectionPlan[] {
  const previous = latestOf(negotiation, 'local')?.tree.media ?? [];
  const answered = currentOf(negotiation, 'remote')?.tree.media ?? [];
  const isOver = (index: number): boolean => isRetired(previous[index]!, answered[index]);
  const hasData = previous.some((section, index) => isDataSection(section) && !isOver(index));
  let wanted = hasData ? undefined : data; // data that has no section yet
  const newMid = midSource(negotiation);

  const plans = previous.map((section, index): SectionPlan => {
    if (!isOver(index)) return keep(section, data);
    if (!wanted) return { type: 'rejected', like: section };
    const recycled: SectionPlan = { type: 'data', mid: newMid(), sctp: wanted };
    wanted = undefined;
    return recycled;
  });
  if (wanted) plans.push({ type: 'data', mid: newMid(), sctp: wanted });
  return plans;
}

/** Whether the place of a section is free again: either side said port 0 (RFC 9429 §5.2.2). */
function isRetired(local: MediaSection, remote: MediaSection | undefined): boolean {
  return isRejected(local) || (remote !== undefined && isRejected(remote));
}

function keep(section: MediaSection, data: SctpParameters | undefined): SectionPlan {
  const mid = attributeValue(section, 'mid') ?? '';
  if (isDataSection(section) && data) return { type: 'data', mid, sctp: data, like: section };
  if (isMediaSection(section)) return { type: 'inactive-media', mid, like: section, formats: section.formats };
  return { type: 'rejected', like: section };
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
