import { copied, type RandomSource } from '@maru/protocol/core';
import {
  type Agreement,
  agreementOf,
  applyDescription,
  codecKey,
  codecsOf,
  createAnswer,
  type DataOutcome,
  dataOutcome,
  isIceRestart,
  isMediaSection,
  isRejected,
  JsepFault,
  type LocalTransport,
  latestOf,
  type MediaWish,
  midOf,
  NEW_NEGOTIATION,
  type Negotiation,
  readMedia,
  type SessionIdentity,
  type TransportOutcome,
  transportOutcome,
  verifyRemote,
} from '@maru/protocol/jsep';
import {
  type Direction,
  directionOf,
  formatSdp,
  type MediaSection,
  parseSdp,
  SdpMalformed,
  type SessionTree,
} from '@maru/protocol/sdp';
import type { ExtensionIds, MediaKind } from '../core/index.js';
import { forwardedCodecs } from './forwarded-codecs.js';
import { EXTENSION_WISHES, extensionIdsOf } from './forwarded-extensions.js';
import { MAX_ENCODINGS, type MediaSections, mediaSections } from './sections.js';
import { type SlotSource, sourcesFor } from './slot-sources.js';

/** What has been said between a participant and us. A value: an offer makes another. */
export interface ParticipantDescription {
  /** What the next offer is compared with, as texts: thousands of these wait for an offer that never comes. Undefined: nothing was agreed. */
  readonly agreed: { readonly local: string; readonly remote: string } | undefined;
  readonly identity: SessionIdentity;
  readonly sources: ReadonlyMap<string, SlotSource>;
}

/** Our side of the association (RFC 8841): any size that the stack takes. */
const SCTP = { port: 5_000, maxMessageSize: 262_144 };

/** Nothing said yet. */
export function newDescription(random: RandomSource): ParticipantDescription {
  const id = BigInt(random.uint32() >>> 2) * 2n ** 32n + BigInt(random.uint32());
  return { agreed: undefined, identity: { id: `${id}`, version: 1 }, sources: new Map() };
}

export interface OfferLimits {
  /** Sections that carry media. */
  readonly sections: number;
  /** Slots of one kind. */
  readonly slots: number;
}

/** An offer that may be answered, and whether it begins another ICE generation. */
export interface ReadOffer {
  readonly tree: SessionTree;
  readonly isRestart: boolean;
}

/** Reads a client's offer, and whether it may be said now. */
export function readOffer(
  description: ParticipantDescription,
  text: string,
  limits: OfferLimits,
): ReadOffer | JsepFault | SdpMalformed {
  const tree = parseSdp(text);
  if (tree instanceof SdpMalformed) return tree;
  const negotiation = negotiationOf(description);
  const fault = verifyRemote('offer', tree, negotiation) ?? verifyCounts(tree, limits) ?? verifyCertificate(tree, negotiation);
  if (fault) return fault;
  const before = latestOf(negotiation, 'remote')?.tree;
  return { tree, isRestart: before !== undefined && isIceRestart(before, tree) };
}

function verifyCounts(tree: SessionTree, limits: OfferLimits): JsepFault | undefined {
  const open = tree.media.filter((section) => isMediaSection(section) && !isRejected(section));
  if (open.length > limits.sections) return tooMany(`${open.length} media sections are offered, ${limits.sections} may be`);
  for (const kind of ['audio', 'video'] as const) {
    const slots = open.filter((section) => section.kind === kind && directionOf(section, tree) === 'recvonly').length;
    if (slots > limits.slots) return tooMany(`${slots} ${kind} slots are offered, ${limits.slots} may be`);
  }
  return undefined;
}

function tooMany(message: string): JsepFault {
  return new JsepFault('jsep/too-many-sections', 'operation', message);
}

/** Another certificate is another peer: it has to begin anew (S-30f). Without a restart of ICE jsep refuses it already. */
function verifyCertificate(tree: SessionTree, { current }: Negotiation): JsepFault | undefined {
  const before = current && transportOutcome(current);
  const now = current && transportOutcome({ local: current.local, remote: { type: 'offer', tree } });
  if (!before || !now || fingerprintsOf(before) === fingerprintsOf(now)) return undefined;
  return new JsepFault('jsep/fingerprint-changed', 'invalid-access', 'the certificate is another one than before');
}

function fingerprintsOf({ remoteFingerprints }: TransportOutcome): string {
  return remoteFingerprints
    .map(({ algorithm, value }) => `${algorithm} ${value}`.toLowerCase())
    .sort()
    .join();
}

/** Our end of a transport, as an answer tells it. */
export type OurTransport = Omit<LocalTransport, 'role' | 'isIceLite' | 'tlsId'>;

/** What is agreed on after an answer. */
export interface AnsweredOffer {
  readonly description: ParticipantDescription;
  /** The answer. */
  readonly sdp: string;
  readonly sectionCount: number;
  /** Undefined where every section was refused. */
  readonly transport: TransportOutcome | undefined;
  readonly sections: MediaSections;
  readonly extensions: ExtensionIds;
  readonly data: DataOutcome | undefined;
}

/** What an answer says beside what was asked. */
export interface AnswerWishes {
  /** Names of codecs that everybody can decode: a publisher had best send the first. */
  readonly preferred: readonly string[];
  /** Names us in RTCP: random, so that it says nothing of anybody (S-57). */
  readonly cname: string;
}

/**
 * Answers an offer: what the client sends we take, layer by layer; each section in which it receives becomes a slot with SSRCs of its own
 * for life.
 */
export function answerOffer(
  before: ParticipantDescription,
  { tree }: ReadOffer,
  transport: OurTransport,
  { preferred, cname }: AnswerWishes,
  random: RandomSource,
): AnsweredOffer {
  const known = negotiationOf(before);
  const offered = applyDescription(known, 'remote', { type: 'offer', tree });
  if (!offered) throw new Error(`an offer may come at any time to who never offers, and came in ${known.name}`);
  const sections = [...tree.media.entries()].filter(([, section]) => isMediaSection(section) && !isRejected(section));
  const slots = sections.filter(([, section]) => ourDirection(section, tree) === 'sendonly');
  const uses = new Map(
    slots.map(([index, section]) => [midOf(tree, index), { kind: kindOf(section), use: useOf(section) }] as const),
  );
  const sources = sourcesFor(before.sources, uses, offeredSsrcs(tree), random);
  const answer = createAnswer({
    identity: before.identity,
    offer: tree,
    data: SCTP,
    media: sections.map(([index]) => wishFor(tree, index, sources, { preferred, cname })),
    bundlePolicy: 'max-bundle',
    transport: () => ({ ...transport, isIceLite: true, tlsId: undefined, role: roleIn(known) }),
  });
  const negotiation = applyDescription(offered, 'local', { type: 'answer', tree: answer })!;
  const agreement = agreementOf(negotiation)!;
  return {
    description: {
      agreed: remembered(agreement),
      identity: { ...before.identity, version: before.identity.version + 1 },
      sources,
    },
    sdp: formatSdp(answer),
    sectionCount: answer.media.length,
    transport: copied(transportOutcome(agreement)),
    sections: mediaSections(agreement, sources),
    extensions: extensionIdsOf(answer.media.map((_, index) => readMedia(answer, index)?.extensions ?? [])),
    data: dataOutcome(agreement),
  };
}

/** What the next offer is compared with; the rest of a description is read once, when it comes. */
const REMEMBERED: ReadonlySet<string> = new Set([
  'bundle-only',
  'extmap',
  'fingerprint',
  'group',
  'ice-lite',
  'ice-pwd',
  'ice-ufrag',
  'mid',
  'rtcp-mux',
  'sctp-port',
  'setup',
  'tls-id',
  'sendrecv',
  'sendonly',
  'recvonly',
  'inactive',
]);

/** The agreement, as far as later offers need it. */
function remembered({ local, remote }: Agreement): { readonly local: string; readonly remote: string } {
  return { local: formatSdp(shortened(local.tree)), remote: formatSdp(shortened(remote.tree)) };
}

function negotiationOf({ agreed }: ParticipantDescription): Negotiation {
  if (agreed === undefined) return NEW_NEGOTIATION;
  const [local, remote] = [parseSdp(agreed.local), parseSdp(agreed.remote)];
  if (local instanceof SdpMalformed || remote instanceof SdpMalformed) throw new Error('what was agreed on cannot be read again');
  return { name: 'stable', current: { local: { type: 'answer', tree: local }, remote: { type: 'offer', tree: remote } } };
}

function shortened(tree: SessionTree): SessionTree {
  const kept = ({ name }: { readonly name: string }): boolean => REMEMBERED.has(name);
  const media = tree.media.map((section) => ({
    ...section,
    formats: section.formats.slice(0, 1),
    attributes: section.attributes.filter(kept),
  }));
  return { ...tree, attributes: tree.attributes.filter(kept), media };
}

/** A section is for one direction: a slot where the client only receives, else the client's to send in. */
function ourDirection(section: MediaSection, tree: SessionTree): Direction {
  const theirs = directionOf(section, tree);
  if (theirs === 'inactive') return 'inactive';
  return theirs === 'recvonly' ? 'sendonly' : 'recvonly';
}

function wishFor(
  tree: SessionTree,
  index: number,
  sources: ReadonlyMap<string, SlotSource>,
  { preferred, cname }: AnswerWishes,
): MediaWish {
  const section = tree.media[index]!;
  const mid = midOf(tree, index);
  const kind = kindOf(section);
  const direction = ourDirection(section, tree);
  const source = direction === 'sendonly' ? sources.get(mid) : undefined;
  const codecs = forwardedCodecs(kind, section, preferred);
  const repairs = codecs.some(({ name }) => name.toLowerCase() === 'rtx');
  const tooManyLayers = (readMedia(tree, index)?.sendEncodings.length ?? 0) > MAX_ENCODINGS;
  return {
    kind,
    mid,
    isStopped: tooManyLayers,
    direction,
    codecs,
    hasPreferences: true,
    extensions: EXTENSION_WISHES[kind],
    streamIds: [source ? `pair-${source.pair}` : `slot-${mid}`],
    trackId: `slot-${mid}`,
    cname,
    sources: source ? [{ ssrc: source.ssrc, ...(repairs && { rtxSsrc: source.rtxSsrc }) }] : [],
    encodings: [],
    takesSimulcast: true,
  };
}

function kindOf({ kind }: MediaSection): MediaKind {
  return kind === 'audio' ? 'audio' : 'video';
}

/** What a slot is used for: which codecs under which numbers. */
function useOf(section: MediaSection): string {
  return codecsOf(section)
    .map((codec) => `${codec.payloadType} ${codecKey(codec)}`)
    .join();
}

/** Every SSRC that the client says it has: ours differ from them. */
function offeredSsrcs(tree: SessionTree): ReadonlySet<number> {
  const ssrcs = new Set<number>();
  for (const index of tree.media.keys()) {
    for (const { ssrc, rtxSsrc } of readMedia(tree, index)?.sources ?? []) {
      ssrcs.add(ssrc);
      if (rtxSsrc !== undefined) ssrcs.add(rtxSsrc);
    }
  }
  return ssrcs;
}

/** The part of DTLS that we play already. */
function roleIn({ current }: Negotiation): 'client' | 'server' | undefined {
  return current && transportOutcome(current)?.dtlsRole;
}
