import {
  attributeValue,
  type Fingerprint,
  hasAttribute,
  type IceParameters,
  iceOptionsOf,
  iceParametersOf,
  parseFingerprint,
  type SessionTree,
  sctpParametersOf,
} from '../sdp/index.js';
import { agreedGroups, answerOf, bundleWith, midOf, type TransportGroup } from './bundle.js';
import { isDataSection, isRejected } from './data-section.js';
import { type Agreement, type Description, latestOf, type Negotiation } from './negotiation.js';
import { fingerprintValues } from './verify.js';

/** What was agreed about one transport, seen from here. */
export interface TransportOutcome {
  /** The section that leads (the tagged one of its BUNDLE group): candidates of its place are the transport's. */
  readonly index: number;
  readonly mid: string;
  /** Every section that is on it, by our names. */
  readonly mids: TransportGroup;
  readonly remoteIce: IceParameters;
  readonly isRemoteIceLite: boolean;
  readonly remoteFingerprints: readonly Fingerprint[];
  readonly remoteTlsId: string | undefined;
  readonly dtlsRole: 'client' | 'server';
}

/** What was agreed about data channels. */
export interface DataOutcome {
  readonly mid: string;
  readonly localPort: number;
  readonly remotePort: number;
  /** Largest message that the other side takes, in bytes; 0 is any size. */
  readonly remoteMaxMessageSize: number;
}

/** The latest answered exchange, a provisional one included; undefined before the first. */
export function agreementOf(negotiation: Negotiation): Agreement | undefined {
  if (negotiation.name === 'have-local-pranswer' || negotiation.name === 'have-remote-pranswer') return negotiation;
  return negotiation.current;
}

/** The transports of an answered exchange, in the order of the sections that lead them; none if every section was rejected. */
export function transportOutcomes(agreement: Agreement): TransportOutcome[] {
  const { local } = agreement;
  return agreedGroups(agreement).flatMap((mids): TransportOutcome[] => {
    const index = local.tree.media.findIndex((_, i) => midOf(local.tree, i) === mids[0]);
    const outcome = outcomeOf(agreement, index, mids);
    return outcome ? [outcome] : [];
  });
}

/** For who has one transport: the first of {@link transportOutcomes}. */
export function transportOutcome(agreement: Agreement): TransportOutcome | undefined {
  return transportOutcomes(agreement)[0];
}

function outcomeOf(agreement: Agreement, index: number, mids: TransportGroup): TransportOutcome | undefined {
  const { local, remote } = agreement;
  const answer = answerOf(agreement);
  const { tree } = remote;
  const section = tree.media[index];
  if (!section) return undefined;
  const source = transportSource(tree, index);
  const ice = iceParametersOf(source, tree);
  if (!ice) return undefined;
  return {
    index,
    mid: mids[0]!,
    mids,
    remoteIce: ice,
    isRemoteIceLite: hasAttribute(tree, 'ice-lite'),
    remoteFingerprints: fingerprintValues(source, tree).flatMap((value) => parseFingerprint(value) ?? []),
    remoteTlsId: attributeValue(section, 'tls-id') ?? attributeValue(tree, 'tls-id'),
    dtlsRole: dtlsRole(answer, index, answer === local),
  };
}

/** Where `tree` says how to reach section `index`: there, or in the first section of its group that says so (RFC 9143 §7.1.3). */
function transportSource(tree: SessionTree, index: number): SessionTree['media'][number] {
  const section = tree.media[index]!;
  if (hasAttribute(section, 'ice-ufrag') || hasAttribute(tree, 'ice-ufrag')) return section;
  const group = bundleWith(tree, midOf(tree, index)) ?? [];
  return tree.media.find((other, i) => group.includes(midOf(tree, i)) && hasAttribute(other, 'ice-ufrag')) ?? section;
}

/** `active` is the client (RFC 5763 §5); the answer has the last word. */
function dtlsRole(answer: Description, index: number, isOurs: boolean): 'client' | 'server' {
  const setup = attributeValue(answer.tree.media[index]!, 'setup') ?? attributeValue(answer.tree, 'setup');
  return (setup === 'active') === isOurs ? 'client' : 'server';
}

/** The data channels of an answered exchange; undefined if it has none or they were refused. */
export function dataOutcome({ local, remote }: Agreement): DataOutcome | undefined {
  for (const [index, section] of remote.tree.media.entries()) {
    const own = local.tree.media[index];
    if (!own || !isDataSection(section) || !isDataSection(own) || isRejected(section) || isRejected(own)) continue;
    const [ours, theirs] = [sctpParametersOf(own), sctpParametersOf(section)];
    if (!ours || !theirs) return undefined;
    return {
      mid: midOf(local.tree, index),
      localPort: ours.port,
      remotePort: theirs.port,
      remoteMaxMessageSize: theirs.maxMessageSize,
    };
  }
  return undefined;
}

/** Whether data channels were offered by either side and refused by the other. */
export function isDataRefused({ local, remote }: Agreement): boolean {
  return local.tree.media.some((section, index) => {
    const other = remote.tree.media[index];
    return isDataSection(section) && other !== undefined && (isRejected(section) || isRejected(other));
  });
}

/** Whether the other side takes candidates one by one (W3C webrtc, `canTrickleIceCandidates`); undefined before it has spoken. */
export function canTrickle(negotiation: Negotiation): boolean | undefined {
  const tree = latestOf(negotiation, 'remote')?.tree;
  if (!tree) return undefined;
  return iceOptionsOf(undefined, tree).has('trickle') || tree.media.some((section) => iceOptionsOf(section, tree).has('trickle'));
}

/** Whether `next` begins another ICE generation than `previous` where both describe a section. */
export function isIceRestart(previous: SessionTree, next: SessionTree): boolean {
  return restartedSections(previous, next).length > 0;
}

/** The sections, by place, of which `next` begins another ICE generation than `previous` (RFC 8839 §4.4.3.1.1). */
export function restartedSections(previous: SessionTree, next: SessionTree): number[] {
  return [...next.media.entries()].flatMap(([index, section]) => {
    const before = previous.media[index];
    if (!before || isRejected(before) || isRejected(section)) return [];
    const [ice, oldIce] = [iceParametersOf(section, next), iceParametersOf(before, previous)];
    if (!ice || !oldIce) return [];
    return ice.ufrag !== oldIce.ufrag || ice.password !== oldIce.password ? [index] : [];
  });
}

/** Whether data channels are wanted and nothing agreed carries them (W3C webrtc, "check if negotiation is needed"). */
export function lacksDataSection(negotiation: Negotiation): boolean {
  return !negotiation.current?.local.tree.media.some((section) => isDataSection(section));
}
