import { attributeValue, hasAttribute, type SctpParameters, type SessionTree, type Setup } from '../sdp/index.js';
import { type BundlePolicy, bundleWith, midOf, reachableMids, transportGroups } from './bundle.js';
import { isDataSection, isRejected } from './data-section.js';
import { answerMedia } from './media/answer.js';
import { isMediaSection } from './media/section.js';
import type { MediaWish } from './media/wish.js';
import { describe, openMids, type SectionPlan, type SessionIdentity, type Transports } from './plan.js';
import type { DescribeTransport, TransportDescription } from './transport-description.js';

/** What an answer is made of. */
export interface AnswerInput {
  readonly identity: SessionIdentity;
  readonly offer: SessionTree;
  readonly data: SctpParameters;
  /** The transceivers that the offer's sections belong to, by mid; a section without one is rejected. */
  readonly media: readonly MediaWish[];
  readonly bundlePolicy: BundlePolicy;
  /** Asked once for each group of sections that share a transport. */
  readonly transport: DescribeTransport;
}

/** Makes the answer to an offer (RFC 9429 §5.3): section by section, each on the transport of its BUNDLE group. */
export function createAnswer({ identity, offer, data, media, bundlePolicy, transport }: AnswerInput): SessionTree {
  const reachable = reachableMids(offer, bundlePolicy);
  const wishes = new Map(media.map((wish) => [wish.mid, wish] as const));
  let hasData = false;
  const plans = offer.media.map((section, index): SectionPlan => {
    const mid = midOf(offer, index);
    const refusal: SectionPlan = { type: 'rejected', like: section };
    if (isRejected(section) || !reachable.has(mid)) return refusal;
    if (isDataSection(section)) {
      if (hasData) return refusal; // one association, so one data section
      hasData = true;
      return { type: 'data', mid, sctp: data, like: section };
    }
    const wish = wishes.get(mid);
    const plan = wish && !wish.isStopped && isMediaSection(section) ? answerMedia(wish, section, offer) : undefined;
    return plan ? { type: 'media', mid, media: plan } : refusal;
  });
  const open = new Set(openMids(plans));
  const groups = transportGroups(offer)
    .map((group) => group.filter((mid) => open.has(mid)))
    .filter((group) => group.length > 0);
  const transports = new Map<string, TransportDescription>();
  for (const group of groups) {
    const described = transport(group);
    const whole = { ...described, setup: answerSetup(offeredSetup(offer, group[0]!), described.role) };
    for (const mid of group) transports.set(mid, whole);
  }
  const all: Transports = {
    of: (mid) => transports.get(mid)!,
    bundles: groups.filter((group) => bundleWith(offer, group[0]!) !== undefined),
    bundleOnly: new Set(),
  };
  return withoutMadeUpMids(describe(identity, plans, all, hasAttribute(offer, 'extmap-allow-mixed')));
}

function offeredSetup(offer: SessionTree, mid: string): string | undefined {
  const section = offer.media.find((_, index) => midOf(offer, index) === mid);
  return (section && attributeValue(section, 'setup')) ?? attributeValue(offer, 'setup');
}

/** The answer to `a=setup` (RFC 8842 §5.3): the part that is left, and `active` where there is a choice, since it saves a round trip. */
export function answerSetup(offered: string | undefined, role: 'client' | 'server' | undefined): Setup {
  if (offered === 'active') return 'passive';
  if (offered === 'passive') return 'active';
  return role === 'server' ? 'passive' : 'active';
}

/** A peer without mids is answered without them. */
function withoutMadeUpMids(tree: SessionTree): SessionTree {
  const media = tree.media.map((section) => ({
    ...section,
    attributes: section.attributes.filter(({ name, value }) => name !== 'mid' || !value?.startsWith('#')),
  }));
  return { ...tree, media };
}
