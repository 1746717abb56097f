import type { RandomSource } from '@maru/protocol/core';
import {
  addCandidate,
  applyDescription,
  type BundlePolicy,
  type CandidateTarget,
  createAnswer,
  createOffer,
  currentOf,
  type DescribeTransport,
  type DescriptionType,
  describeCandidates,
  isOfGeneration,
  latestOf,
  type MediaWish,
  mayApply,
  NEW_NEGOTIATION,
  type Negotiation,
  pendingOf,
  rollBack,
  type SectionRef,
  type SessionIdentity,
  type Side,
  targetSections,
  verifyRemote,
} from '@maru/protocol/jsep';
import { attributeValue, formatSdp, parseSdp, type SctpParameters, SdpMalformed, type SessionTree } from '@maru/protocol/sdp';
import { AppliedDescription } from './applied-description.js';
import { RTCError } from './rtc-error.js';
import type { RTCSessionDescription } from './session-description.js';

/** A description that createOffer or createAnswer made, and that setLocalDescription may apply. */
export interface Created {
  readonly sdp: string;
  readonly tree: SessionTree;
}

/** The descriptions of a connection (W3C webrtc, "set a session description"; RFC 9429): what was said, and what may be said next. */
export class Negotiator {
  private negotiation: Negotiation<AppliedDescription> = NEW_NEGOTIATION;
  private readonly sessionId: string;
  private version = 0;
  private lastOffer: Created | undefined;
  private lastAnswer: Created | undefined;
  /** Who we are (RFC 8827 §7.4.2): said in every description that is made. */
  assertion: string | undefined;

  constructor(random: RandomSource) {
    // 62 bits: below 2^63, as RFC 9429 §5.2.1 asks.
    this.sessionId = `${(BigInt(random.uint32() >>> 2) << 32n) | BigInt(random.uint32())}`;
  }

  get state(): Negotiation['name'] {
    return this.negotiation.name;
  }

  get current(): Negotiation {
    return this.negotiation;
  }

  object(side: Side, which: 'pending' | 'current' | 'latest'): RTCSessionDescription | null {
    const find = which === 'pending' ? pendingOf : which === 'current' ? currentOf : latestOf;
    return find(this.negotiation, side)?.object ?? null;
  }

  tree(side: Side): SessionTree | undefined {
    return latestOf(this.negotiation, side)?.tree;
  }

  /** An offer for the state of now: the last one again, if nothing has changed since (RFC 9429 §5.2.2). */
  makeOffer(
    media: readonly MediaWish[],
    data: SctpParameters | undefined,
    bundlePolicy: BundlePolicy,
    transport: DescribeTransport,
  ): Created {
    const make = (identity: SessionIdentity): SessionTree =>
      createOffer({ identity, negotiation: this.negotiation, media, data, bundlePolicy, transport });
    this.lastOffer = this.create(make, this.lastOffer);
    return this.lastOffer;
  }

  /** An answer to the offer at hand: the last one again, if nothing has changed since. */
  makeAnswer(
    media: readonly MediaWish[],
    data: SctpParameters,
    bundlePolicy: BundlePolicy,
    transport: DescribeTransport,
  ): string {
    const offer = pendingOf(this.negotiation, 'remote');
    if (!offer) throw new DOMException('There is no offer to answer', 'InvalidStateError');
    const make = (identity: SessionIdentity): SessionTree =>
      createAnswer({ identity, offer: offer.tree, data, media, bundlePolicy, transport });
    this.lastAnswer = this.create(make, this.lastAnswer);
    return this.lastAnswer.sdp;
  }

  private create(describe: (identity: SessionIdentity) => SessionTree, last: Created | undefined): Created {
    const make = (identity: SessionIdentity): SessionTree => this.assert(describe(identity));
    if (last && formatSdp(make({ id: this.sessionId, version: this.version })) === last.sdp) return last;
    this.version += 1;
    const tree = make({ id: this.sessionId, version: this.version });
    return { tree, sdp: formatSdp(tree) };
  }

  private assert(tree: SessionTree): SessionTree {
    if (this.assertion === undefined) return tree;
    return { ...tree, attributes: [...tree.attributes, { name: 'identity', value: this.assertion }] };
  }

  /** Throws InvalidStateError unless a description of this kind may come now. */
  demandState(side: Side, type: DescriptionType): void {
    if (mayApply(this.negotiation, side, type)) return;
    throw new DOMException(`A ${side} ${type} cannot be set in state "${this.negotiation.name}"`, 'InvalidStateError');
  }

  /** The tree of a local description, which must be what was created last. */
  localTree(type: DescriptionType, sdp: string): SessionTree {
    const created = type === 'offer' ? this.lastOffer : this.lastAnswer;
    if (created && created.sdp === sdp) return created.tree;
    throw new DOMException(`The ${type} is not the one that was created last`, 'InvalidModificationError');
  }

  /** The tree of a remote description, held against what was said before. */
  remoteTree(type: DescriptionType, sdp: string): SessionTree {
    const tree = parseSdp(sdp);
    if (tree instanceof SdpMalformed) {
      const init = { errorDetail: 'sdp-syntax-error', sdpLineNumber: tree.lineNumber } as const;
      throw new RTCError(init, `Line ${tree.lineNumber}: expected ${tree.expected}`);
    }
    const fault = verifyRemote(type, tree, this.negotiation);
    if (fault) throw new DOMException(fault.message, fault.kind === 'operation' ? 'OperationError' : 'InvalidAccessError');
    return tree;
  }

  apply(side: Side, type: DescriptionType, tree: SessionTree, sdp: string): void {
    const next = applyDescription(this.negotiation, side, new AppliedDescription(type, tree, sdp));
    if (!next) return this.demandState(side, type);
    this.negotiation = next;
    if (next.name === 'stable') this.forgetCreated();
  }

  get canRollBack(): boolean {
    return rollBack(this.negotiation) !== undefined;
  }

  /** Takes back the offer at hand; throws InvalidStateError where there is none. */
  rollBack(): void {
    const next = rollBack(this.negotiation);
    if (!next) throw new DOMException(`There is nothing to roll back in state "${this.negotiation.name}"`, 'InvalidStateError');
    this.negotiation = next;
  }

  private forgetCreated(): void {
    this.lastOffer = this.lastAnswer = undefined;
  }

  /** Writes gathered candidates into the local descriptions of their generation. */
  listLocalCandidates(mid: string, ufrag: string, lines: readonly string[], isComplete: boolean): void {
    for (const description of this.applied('local')) {
      const index = description.tree.media.findIndex((section) => attributeValue(section, 'mid') === mid);
      if (!isOfGeneration(description.tree, index, ufrag)) continue;
      description.rewrite(describeCandidates(description.tree, mid, lines, isComplete));
    }
  }

  /** The sections that a trickled candidate means; throws OperationError where it means none that is there. */
  sectionsFor(target: CandidateTarget): SectionRef[] | 'unknown-generation' {
    const tree = this.tree('remote');
    if (!tree) throw new DOMException('There is no remote description', 'InvalidStateError');
    const sections = targetSections(tree, target);
    if (!sections) throw new DOMException('The candidate is for a section that is not there', 'OperationError');
    const known = sections.filter(({ index }) =>
      this.applied('remote').some(({ tree }) => isOfGeneration(tree, index, target.ufrag)),
    );
    return known.length > 0 || sections.length === 0 ? known : 'unknown-generation';
  }

  /** Writes a trickled candidate (without `candidate:`; empty for their end) into the remote descriptions of its generation. */
  addRemoteCandidate(index: number, ufrag: string | undefined, candidate: string): void {
    for (const description of this.applied('remote')) {
      if (isOfGeneration(description.tree, index, ufrag)) description.rewrite(addCandidate(description.tree, index, candidate));
    }
  }

  /** The connection is up, and descriptions are seldom asked for now: their texts say all there is. */
  forgetTrees(): void {
    for (const side of ['local', 'remote'] as const) for (const description of this.applied(side)) description.forgetTree();
  }

  private applied(side: Side): AppliedDescription[] {
    return [pendingOf(this.negotiation, side), currentOf(this.negotiation, side)].filter(
      (description) => description !== undefined,
    );
  }
}
