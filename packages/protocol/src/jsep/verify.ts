import {
  attributeValue,
  attributeValues,
  type ExtensionMap,
  groupsOf,
  hasAttribute,
  iceParametersOf,
  type MediaSection,
  parseExtensionMap,
  parseFingerprint,
  parseMsid,
  parseSetup,
  type SessionTree,
  sctpParametersOf,
} from '../sdp/index.js';
import { bundleWith, midOf } from './bundle.js';
import { isDataSection, isRejected } from './data-section.js';
import { JsepFault } from './fault.js';
import { isMediaSection } from './media/section.js';
import { type DescriptionType, latestOf, type Negotiation } from './negotiation.js';

/** Whether a remote description makes sense by itself and after what was said before (RFC 9429 §5.8); the first fault found. */
export function verifyRemote(type: DescriptionType, tree: SessionTree, negotiation: Negotiation): JsepFault | undefined {
  return (
    verifyMids(tree) ??
    verifySections(type, tree) ??
    verifyTracks(tree) ??
    (type === 'offer' ? verifyReoffer(tree, negotiation) : verifyAnswer(tree, negotiation)) ??
    verifyExtensions(tree, negotiation) ??
    verifyAssociation(tree, negotiation)
  );
}

/** Each section has a name of its own, and groups name sections that exist (RFC 5888 §9.2). */
function verifyMids(tree: SessionTree): JsepFault | undefined {
  const mids = new Set<string>();
  for (const [index, section] of tree.media.entries()) {
    const mid = attributeValue(section, 'mid');
    if (mid === undefined) continue;
    if (!/^[^\s"(),/:;<=>?@[\\\]]{1,64}$/.test(mid)) return invalid('mid', `the mid of section ${index} is no token`);
    if (mids.has(mid)) return invalid('mid-twice', `two sections have the mid "${mid}"`);
    mids.add(mid);
  }
  const grouped = new Set<string>();
  for (const group of groupsOf(tree, 'BUNDLE')) {
    for (const mid of group.mids) {
      if (!mids.has(mid)) return invalid('bundle-unknown-mid', `a BUNDLE group names "${mid}", which no section is`);
      if (grouped.has(mid)) return invalid('bundle-twice', `"${mid}" is in two BUNDLE groups`);
      grouped.add(mid);
    }
  }
  return undefined;
}

function verifySections(type: DescriptionType, tree: SessionTree): JsepFault | undefined {
  for (const [index, section] of tree.media.entries()) {
    if (isRejected(section) || !(isDataSection(section) || isMediaSection(section))) continue;
    const fault = verifySection(type, tree, section, index);
    if (fault) return fault;
  }
  return undefined;
}

function verifySection(type: DescriptionType, tree: SessionTree, section: MediaSection, index: number): JsepFault | undefined {
  const where = `section ${index} (${section.kind})`;
  const isTransport = carriesTransport(tree, index);
  const hasIce = [section, tree].some((level) => hasAttribute(level, 'ice-ufrag') || hasAttribute(level, 'ice-pwd'));
  if ((isTransport || hasIce) && !iceParametersOf(section, tree))
    return invalid('ice-parameters', `${where} has no valid ice-ufrag and ice-pwd`);
  const prints = fingerprintValues(section, tree);
  if (isTransport && prints.length === 0) return invalid('no-fingerprint', `${where} has no fingerprint`);
  if (prints.some((value) => !parseFingerprint(value))) return invalid('fingerprint', `${where} has a fingerprint that is none`);
  const setupText = attributeValue(section, 'setup') ?? attributeValue(tree, 'setup');
  const setup = setupText === undefined ? undefined : parseSetup(setupText);
  if (setupText !== undefined && (!setup || setup === 'holdconn')) return invalid('setup', `${where} has setup:${setupText}`);
  if (type !== 'offer' && (setup === 'actpass' || (isTransport && !setup))) {
    return invalid('setup', `${where} of an answer says neither setup:active nor setup:passive`);
  }
  if (isMediaSection(section) && !hasAttribute(section, 'rtcp-mux') && isTransport) {
    return invalid('no-rtcp-mux', `${where} has no rtcp-mux, which is required`);
  }
  if (isMediaSection(section) && section.formats.some(isRtcpPacketType)) {
    return invalid('payload-type', `${where} has a payload type from 64 to 95, which RTCP needs when multiplexed`);
  }
  if (isDataSection(section) && !sctpParametersOf(section))
    return invalid('sctp', `${where} has an SCTP port or a size that is no number`);
  return undefined;
}

/** Payload types that cannot be told from RTCP packet types on one port (RFC 5761 §4). */
function isRtcpPacketType(format: string): boolean {
  const payloadType = Number(format);
  return payloadType >= 64 && payloadType <= 95;
}

/** Whether section `index` must say how to reach it: it is alone, or the first open one of its group. */
function carriesTransport(tree: SessionTree, index: number): boolean {
  const mid = midOf(tree, index);
  const first = bundleWith(tree, mid)?.find(
    (other) => !tree.media.some((section, i) => midOf(tree, i) === other && isRejected(section)),
  );
  return first === undefined || first === mid;
}

export function fingerprintValues(section: MediaSection, tree: SessionTree): string[] {
  const own = attributeValues(section, 'fingerprint');
  return own.length > 0 ? own : attributeValues(tree, 'fingerprint');
}

/** A track may be described once (RFC 8830 §2). */
function verifyTracks(tree: SessionTree): JsepFault | undefined {
  const seen = new Set<string>();
  for (const section of tree.media) {
    if (isRejected(section)) continue;
    for (const value of new Set(attributeValues(section, 'msid'))) {
      const msid = parseMsid(value);
      if (msid?.trackId === undefined) continue;
      const name = `${msid.streamId} ${msid.trackId}`;
      if (seen.has(name)) return new JsepFault('jsep/msid-twice', 'operation', `two sections have the msid "${name}"`);
      seen.add(name);
    }
  }
  return undefined;
}

/** A later offer keeps every section in its place, and what is in it unless it was retired (RFC 9429 §5.2.2). */
function verifyReoffer(tree: SessionTree, negotiation: Negotiation): JsepFault | undefined {
  const { current } = negotiation;
  if (!current) return undefined;
  const [local, remote] = [current.local.tree.media, current.remote.tree.media];
  if (tree.media.length < local.length)
    return invalid('sections-missing', `${local.length} sections were agreed, ${tree.media.length} are offered`);
  for (const [index, before] of remote.entries()) {
    const now = tree.media[index]!;
    if (isRejected(before) || isRejected(local[index] ?? before)) continue;
    if (now.kind !== before.kind) return invalid('section-order', `section ${index} was ${before.kind} and is ${now.kind}`);
    const [midBefore, mid] = [attributeValue(before, 'mid'), attributeValue(now, 'mid')];
    if (midBefore !== mid) return invalid('section-order', `section ${index} was "${midBefore}" and is "${mid}"`);
  }
  return undefined;
}

/** An answer has the sections of the offer in their order (RFC 3264 §6), and plays the part that is left (RFC 8842 §5.3). */
function verifyAnswer(tree: SessionTree, negotiation: Negotiation): JsepFault | undefined {
  const offer = latestOf(negotiation, 'local')?.tree;
  if (!offer) return undefined;
  if (tree.media.length !== offer.media.length) {
    return invalid('section-order', `${offer.media.length} sections were offered, ${tree.media.length} are answered`);
  }
  for (const [index, offered] of offer.media.entries()) {
    const answered = tree.media[index]!;
    const [mid, offeredMid] = [attributeValue(answered, 'mid'), attributeValue(offered, 'mid')];
    if (answered.kind !== offered.kind || (mid !== undefined && mid !== offeredMid)) {
      return invalid(
        'section-order',
        `section ${index} was offered as ${offered.kind} "${offeredMid}", answered as ${answered.kind} "${mid}"`,
      );
    }
    const [setup, offeredSetup] = [attributeValue(answered, 'setup'), attributeValue(offered, 'setup')];
    if (!isRejected(answered) && setup !== undefined && setup === offeredSetup) {
      return invalid('setup', `section ${index} answers setup:${offeredSetup} with the same`);
    }
  }
  return undefined;
}

/** The number of a header extension that was agreed on means the same as long as the session lasts (RFC 8285 §6). */
function verifyExtensions(tree: SessionTree, negotiation: Negotiation): JsepFault | undefined {
  const before = negotiation.current?.remote.tree;
  for (const [index, section] of tree.media.entries()) {
    const old = before?.media[index];
    if (!old || isRejected(old) || isRejected(section)) continue;
    const known = new Set(extensionsOf(negotiation.current?.local.tree.media[index]).map(({ uri }) => uri));
    const agreed = extensionsOf(old).filter(({ uri }) => known.has(uri));
    const meanings = new Map(agreed.map(({ id, uri }) => [id, uri]));
    for (const { id, uri } of extensionsOf(section)) {
      const meaning = meanings.get(id);
      if (meaning !== undefined && meaning !== uri)
        return invalid('extension-changed', `section ${index} gives the number ${id} to "${uri}", which was "${meaning}"`);
    }
  }
  return undefined;
}

function extensionsOf(section: MediaSection | undefined): ExtensionMap[] {
  return section ? attributeValues(section, 'extmap').flatMap((value) => parseExtensionMap(value) ?? []) : [];
}

/** Another certificate is another association, and that needs another ICE generation (RFC 8842 §4; S-30f). */
function verifyAssociation(tree: SessionTree, negotiation: Negotiation): JsepFault | undefined {
  const before = negotiation.current?.remote.tree;
  if (!before) return undefined;
  for (const [index, section] of tree.media.entries()) {
    const old = before.media[index];
    if (!old || isRejected(old) || isRejected(section)) continue;
    const [ice, oldIce] = [iceParametersOf(section, tree), iceParametersOf(old, before)];
    if (!ice || !oldIce || ice.ufrag !== oldIce.ufrag || ice.password !== oldIce.password) continue;
    const [prints, oldPrints] = [fingerprintValues(section, tree), fingerprintValues(old, before)];
    if (prints.length > 0 && oldPrints.length > 0 && !sameValues(prints, oldPrints)) {
      return invalid('fingerprint-changed', `section ${index} has another fingerprint without an ICE restart`);
    }
  }
  return undefined;
}

function sameValues(a: readonly string[], b: readonly string[]): boolean {
  const known = new Set(b.map((value) => value.toUpperCase()));
  return a.length === b.length && a.every((value) => known.has(value.toUpperCase()));
}

function invalid(what: string, message: string): JsepFault {
  return new JsepFault(`jsep/${what}`, 'invalid-access', message);
}
