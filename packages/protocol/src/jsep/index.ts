export { type AnswerInput, answerSetup, createAnswer } from './answer.js';
export {
  agreedGroups,
  type BundlePolicy,
  midOf,
  offeredGroups,
  type TransportGroup,
  transportGroups,
} from './bundle.js';
export {
  addCandidate,
  type CandidateTarget,
  describeCandidates,
  isOfGeneration,
  remoteCandidates,
  type SectionRef,
  targetSections,
} from './candidates.js';
export { isDataSection, isRejected } from './data-section.js';
export { JsepFault } from './fault.js';
export * from './media/index.js';
export {
  type Agreement,
  applyDescription,
  currentOf,
  type Description,
  type DescriptionType,
  latestOf,
  mayApply,
  NEW_NEGOTIATION,
  type Negotiation,
  pendingOf,
  rollBack,
  type Side,
} from './negotiation.js';
export { createOffer, type OfferInput } from './offer.js';
export {
  agreementOf,
  canTrickle,
  type DataOutcome,
  dataOutcome,
  isDataRefused,
  isIceRestart,
  lacksDataSection,
  restartedSections,
  type TransportOutcome,
  transportOutcome,
  transportOutcomes,
} from './outcome.js';
export type { SessionIdentity } from './plan.js';
export type { DescribeTransport, LocalTransport, TransportDescription } from './transport-description.js';
export { verifyRemote } from './verify.js';
