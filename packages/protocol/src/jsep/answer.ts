import { attributeValue, groupsOf, hasAttribute, type SctpParameters, type SessionTree, type Setup } from '../sdp/index.js';
import { midOf, reachableMids } from './bundle.js';
import { isDataSection, isRejected } from './data-section.js';
import { answerMedia } from './media/answer.js';
import { isMediaSection } from './media/section.js';
import type { MediaWish } from './media/wish.js';
import { describe, openMids, type SectionPlan, type SessionIdentity } from './plan.js';
import type { TransportDescription } from './transport-description.js';

/** What an answer is made of. */
export interface AnswerInput {
  readonly identity: SessionIdentity;
  readonly offer: SessionTree;
  readonly data: SctpParameters;
  /** The transceivers that the offer's sections belong to, by mid; a section without one is rejected. */
  readonly media: readonly MediaWish[];
  /** The part that is played already, kept as long as the association is (RFC 8842 §5.3). */
  readonly establishedSetup: 'active' | 'passive' | undefined;
  /** Its `setup` is chosen here. */
  readonly transport: Omit<TransportDescription, 'setup'>;
}

/** Makes the answer to an offer (RFC 9429 §5.3): section by section, accepted where it can share our transport. */
export function createAnswer({ identity, offer, data, media, establishedSetup, transport }: AnswerInput): SessionTree {
  const reachable = reachableMids(offer);
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
  const tag = offer.media.find((_, index) => openMids(plans)[0] === midOf(offer, index));
  const setup = answerSetup(tag && (attributeValue(tag, 'setup') ?? attributeValue(offer, 'setup')), establishedSetup);
  const bundled = groupsOf(offer, 'BUNDLE').length > 0 ? openMids(plans) : [];
  const isMixed = hasAttribute(offer, 'extmap-allow-mixed');
  return withoutMadeUpMids(describe(identity, plans, bundled, { ...transport, setup }, isMixed));
}

/** The answer to `a=setup` (RFC 8842 §5.3): the part that is left, and `active` where there is a choice, since it saves a round trip. */
export function answerSetup(offered: string | undefined, established: 'active' | 'passive' | undefined): Setup {
  if (offered === 'active') return 'passive';
  if (offered === 'passive') return 'active';
  return established ?? 'active';
}

/** A peer without mids is answered without them. */
function withoutMadeUpMids(tree: SessionTree): SessionTree {
  const media = tree.media.map((section) => ({
    ...section,
    attributes: section.attributes.filter(({ name, value }) => name !== 'mid' || !value?.startsWith('#')),
  }));
  return { ...tree, media };
}
