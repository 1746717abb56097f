import {
  attributeValue,
  attributeValues,
  type Direction,
  directionOf,
  type ExtensionMap,
  hasAttribute,
  intersectDirections,
  type MediaSection,
  type MediaStreamId,
  parseExtensionMap,
  parseMsid,
  parseSimulcast,
  parseSourceAttribute,
  parseSourceGroup,
  receives,
  reverseDirection,
  type SessionTree,
  sends,
} from '../../sdp/index.js';
import { midOf } from '../bundle.js';
import { isRejected } from '../data-section.js';
import type { Agreement } from '../negotiation.js';
import { offeredEncodings } from './answer.js';
import { codecKey, codecsOf, commonFeedback, type PayloadCodec, redundantPayloadType, repeatedPayloadType } from './codec.js';
import { isMediaSection } from './section.js';
import type { EncodingWish, SourceWish } from './wish.js';

/** One media section of a description, read. */
export interface MediaDescription {
  readonly index: number;
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly isRejected: boolean;
  /** As its writer sees it. */
  readonly direction: Direction;
  /** Streams that the writer's track is in; empty if it is in none, or if nothing is said of tracks. */
  readonly streamIds: readonly string[];
  /** Whether `a=msid` lines are there: without them a track belongs to no stream known by name. */
  readonly hasMsid: boolean;
  readonly trackId: string | undefined;
  readonly codecs: readonly PayloadCodec[];
  readonly extensions: readonly ExtensionMap[];
  /** Simulcast layers that the writer sends, and those that it would take. */
  readonly sendEncodings: readonly EncodingWish[];
  readonly receiveEncodings: readonly EncodingWish[];
  /** What the writer says of its packets' SSRCs; empty where it leaves that to MID and RID. */
  readonly sources: readonly SourceWish[];
  readonly cname: string | undefined;
  readonly isReducedSize: boolean;
}

/** What an answered exchange lets one section carry, each half from our side. */
export interface MediaOutcome {
  readonly index: number;
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly direction: Direction;
  readonly send: MediaFlow;
  readonly receive: MediaFlow & Pick<MediaDescription, 'sources' | 'cname'>;
  /** RTCP packets may come without a report in front (RFC 5506). */
  readonly isReducedSize: boolean;
}

/** One way of a section. */
export interface MediaFlow {
  /** Under the receiver's numbers and in its order of preference. */
  readonly codecs: readonly PayloadCodec[];
  readonly extensions: readonly ExtensionMap[];
  /** Rids; empty for one encoding. */
  readonly encodings: readonly EncodingWish[];
}

/** Trees do not change, and one negotiation reads each of their sections several times. */
const readBefore = new WeakMap<SessionTree, (MediaDescription | undefined)[]>();

/** Reads the media section at `index` of `tree`; undefined if there is none of a form that WebRTC knows. */
export function readMedia(tree: SessionTree, index: number): MediaDescription | undefined {
  let descriptions = readBefore.get(tree);
  if (!descriptions) readBefore.set(tree, (descriptions = tree.media.map((_, at) => describedMedia(tree, at))));
  return descriptions[index];
}

function describedMedia(tree: SessionTree, index: number): MediaDescription | undefined {
  const section = tree.media[index];
  if (!section || !isMediaSection(section)) return undefined;
  const simulcast = parseSimulcast(attributeValue(section, 'simulcast') ?? '');
  const msids = msidsOf(section);
  const streamIds = msids.map(({ streamId }) => streamId).filter((streamId) => streamId !== '-');
  return {
    index,
    mid: midOf(tree, index),
    kind: section.kind === 'audio' ? 'audio' : 'video',
    isRejected: isRejected(section),
    direction: directionOf(section, tree),
    streamIds: [...new Set(streamIds)],
    hasMsid: msids.length > 0,
    trackId: msids.find(({ trackId }) => trackId !== undefined)?.trackId,
    codecs: codecsOf(section),
    extensions: attributeValues(section, 'extmap').flatMap((value) => parseExtensionMap(value) ?? []),
    sendEncodings: offeredEncodings(simulcast?.send ?? []),
    receiveEncodings: offeredEncodings(simulcast?.recv ?? []),
    ...sourcesOf(section),
    isReducedSize: hasAttribute(section, 'rtcp-rsize'),
  };
}

/** The section's `a=msid` lines, or those that its sources have where an older writer put them there (RFC 8830 §4). */
function msidsOf(section: MediaSection): MediaStreamId[] {
  const own = attributeValues(section, 'msid').flatMap((value) => parseMsid(value) ?? []);
  if (own.length > 0) return own;
  const lines = attributeValues(section, 'ssrc').flatMap((value) => parseSourceAttribute(value) ?? []);
  return lines.flatMap(({ name, value }) => (name === 'msid' && value !== undefined ? (parseMsid(value) ?? []) : []));
}

/** The sources that a section names: `FID` groups pair media with its retransmission (RFC 5576 §4.2, RFC 4588 §7). */
function sourcesOf(section: MediaSection): Pick<MediaDescription, 'sources' | 'cname'> {
  const repairs = new Map<number, number>();
  const auxiliary = new Set<number>();
  for (const value of attributeValues(section, 'ssrc-group')) {
    const group = parseSourceGroup(value);
    const [first, ...others] = group?.ssrcs ?? [];
    if (first === undefined || !group || group.semantics === 'SIM') continue;
    for (const ssrc of others) auxiliary.add(ssrc);
    if (group.semantics === 'FID' && others[0] !== undefined) repairs.set(first, others[0]);
  }
  const lines = attributeValues(section, 'ssrc').flatMap((value) => parseSourceAttribute(value) ?? []);
  const ssrcs = new Set(lines.map(({ ssrc }) => ssrc).filter((ssrc) => !auxiliary.has(ssrc)));
  const sources = [...ssrcs].map((ssrc): SourceWish => {
    const rtxSsrc = repairs.get(ssrc);
    return { ssrc, ...(rtxSsrc !== undefined && { rtxSsrc }) };
  });
  return { sources, cname: lines.find(({ name }) => name === 'cname')?.value };
}

/** What was agreed for section `index`; undefined where it is rejected or carries no media. */
export function mediaOutcome({ local, remote }: Agreement, index: number): MediaOutcome | undefined {
  const [ours, theirs] = [readMedia(local.tree, index), readMedia(remote.tree, index)];
  if (!ours || !theirs || ours.isRejected || theirs.isRejected) return undefined;
  const direction = intersectDirections(ours.direction, reverseDirection(theirs.direction));
  const answer = local.type === 'offer' ? theirs : ours;
  return {
    index,
    mid: ours.mid,
    kind: ours.kind,
    direction,
    send: {
      codecs: knownTo(theirs.codecs, ours.codecs),
      extensions: inDirection(answer.extensions, answer === ours ? sends : receives),
      encodings: encodingsFor(ours.sendEncodings, theirs.receiveEncodings),
    },
    receive: {
      codecs: knownTo(ours.codecs, theirs.codecs),
      extensions: inDirection(answer.extensions, answer === ours ? receives : sends),
      encodings: encodingsFor(ours.receiveEncodings, theirs.sendEncodings),
      sources: theirs.sources,
      cname: theirs.cname,
    },
    isReducedSize: ours.isReducedSize && theirs.isReducedSize,
  };
}

/** `codecs` that the other side has too, with the feedback of both; what repeats or carries a codec stays only with it. */
function knownTo(codecs: readonly PayloadCodec[], others: readonly PayloadCodec[]): PayloadCodec[] {
  const byKey = new Map(others.map((codec) => [codecKey(codec), codec]));
  const known = codecs.flatMap((codec): PayloadCodec[] => {
    const other = byKey.get(codecKey(codec));
    return other ? [{ ...codec, feedback: commonFeedback(codec, other) }] : [];
  });
  const numbers = new Set(known.map(({ payloadType }) => payloadType));
  return known.filter((codec) => {
    const carried = repeatedPayloadType(codec) ?? redundantPayloadType(codec);
    return carried === undefined || numbers.has(carried);
  });
}

function inDirection(extensions: readonly ExtensionMap[], wants: (direction: Direction) => boolean): ExtensionMap[] {
  return extensions.filter(({ direction }) => wants(direction ?? 'sendrecv'));
}

/** Layers that one side sends and the other takes; paused if either says so. */
function encodingsFor(sent: readonly EncodingWish[], taken: readonly EncodingWish[]): EncodingWish[] {
  return sent.flatMap(({ rid, isPaused }): EncodingWish[] => {
    const other = taken.find((encoding) => encoding.rid === rid);
    return other ? [{ rid, isPaused: isPaused || other.isPaused }] : [];
  });
}
