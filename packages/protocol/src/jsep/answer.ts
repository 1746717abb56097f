import { attributeValue, groupsOf, type MediaSection, type SctpParameters, type SessionTree, type Setup } from '../sdp/index.js';
import { midOf, reachableMids } from './bundle.js';
import { isDataSection, isRejected } from './data-section.js';
import { commonFormats, isMediaSection, type MediaCapabilities } from './media-section.js';
import { describe, openMids, type SectionPlan, type SessionIdentity } from './plan.js';
import type { TransportDescription } from './transport-description.js';

/** What an answer is made of. */
export interface AnswerInput {
  readonly identity: SessionIdentity;
  readonly offer: SessionTree;
  readonly data: SctpParameters;
  readonly media: MediaCapabilities;
  /** The part that is played already, kept as long as the association is (RFC 8842 §5.3). */
  readonly establishedSetup: 'active' | 'passive' | undefined;
  /** Its `setup` is chosen here. */
  readonly transport: Omit<TransportDescription, 'setup'>;
}

/** Makes the answer to an offer (RFC 9429 §5.3): section by section, accepted where it can share our transport. */
export function createAnswer({ identity, offer, data, media, establishedSetup, transport }: AnswerInput): SessionTree {
  const reachable = reachableMids(offer);
  let hasData = false;
  const plans = offer.media.map((section, index): SectionPlan => {
    const mid = midOf(offer, index);
    const plan = reachable.has(mid) ? accept(section, mid, data, media) : undefined;
    if (plan?.type === 'data' && hasData) return { type: 'rejected', like: section }; // one association, so one data section
    if (plan?.type === 'data') hasData = true;
    return plan ?? { type: 'rejected', like: section };
  });
  const tag = offer.media.find((_, index) => openMids(plans)[0] === midOf(offer, index));
  const setup = answerSetup(tag && (attributeValue(tag, 'setup') ?? attributeValue(offer, 'setup')), establishedSetup);
  const isBundled = groupsOf(offer, 'BUNDLE').length > 0;
  return withoutMadeUpMids(describe(identity, plans, isBundled ? openMids(plans) : [], { ...transport, setup }));
}

function accept(section: MediaSection, mid: string, data: SctpParameters, media: MediaCapabilities): SectionPlan | undefined {
  if (isRejected(section)) return undefined;
  if (isDataSection(section)) return { type: 'data', mid, sctp: data, like: section };
  const formats = isMediaSection(section) ? commonFormats(section, media) : [];
  return formats.length > 0 ? { type: 'inactive-media', mid, like: section, formats } : undefined;
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
