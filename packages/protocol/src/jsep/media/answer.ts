import {
  attributeValue,
  attributeValues,
  type Direction,
  directionOf,
  type ExtensionMap,
  hasAttribute,
  intersectDirections,
  type MediaSection,
  parseExtensionMap,
  parseParameters,
  parseSimulcast,
  receives,
  reverseDirection,
  type SessionTree,
  type SimulcastStream,
  sends,
} from '../../sdp/index.js';
import {
  type Codec,
  codecKey,
  codecsOf,
  commonFeedback,
  isPrimary,
  isRtx,
  type PayloadCodec,
  redundantPayloadType,
  repeatedPayloadType,
} from './codec.js';
import { answeredH264Level } from './h264-profile.js';
import type { MediaPlan } from './section.js';
import type { EncodingWish, MediaWish } from './wish.js';

/** Level 3.1 (RFC 7798 §7.1, `level-id`). */
const DEFAULT_H265_LEVEL = '93';

/** What an answer says to `offered` for `wish` (RFC 9429 §5.3.1); undefined where they have no codec in common. */
export function answerMedia(wish: MediaWish, offered: MediaSection, offer: SessionTree): MediaPlan | undefined {
  const codecs = commonCodecs(wish, codecsOf(offered));
  if (!codecs.some(isPrimary)) return undefined;
  const direction = intersectDirections(wish.direction, reverseDirection(directionOf(offered, offer)));
  const simulcast = parseSimulcast(attributeValue(offered, 'simulcast') ?? '');
  const sendEncodings = sends(direction) ? commonEncodings(wish.encodings, simulcast?.recv ?? []) : [];
  return {
    kind: wish.kind,
    protocol: offered.protocol,
    direction,
    codecs,
    extensions: commonExtensions(wish, offered),
    sender: wish,
    sources: sendEncodings.length > 0 ? [] : wish.sources,
    sendEncodings,
    receiveEncodings: wish.takesSimulcast && receives(direction) ? offeredEncodings(simulcast?.send ?? []) : [],
    isReducedSize: hasAttribute(offered, 'rtcp-rsize'),
    isMuxOnly: false,
  };
}

/** Offered codecs that we have too, under the offerer's numbers: in our order where it was asked for, else in the offerer's. */
export function commonCodecs(
  wish: Pick<MediaWish, 'codecs' | 'hasPreferences'>,
  offered: readonly PayloadCodec[],
): PayloadCodec[] {
  const ours = new Map<string, Codec>();
  for (const codec of wish.codecs) if (!ours.has(codecKey(codec))) ours.set(codecKey(codec), codec);
  const accepted = new Map<number, PayloadCodec>();
  const find = (codec: PayloadCodec): Codec | undefined => ours.get(codecKey(codec));
  for (const codec of offered) {
    const own = find(codec);
    const carried = repeatedPayloadType(codec) ?? redundantPayloadType(codec);
    if (own && carried === undefined && !isRtx(codec)) accepted.set(codec.payloadType, agreed(own, codec));
  }
  // What carries or repeats another codec goes with it, under its parameters: they name the other's number.
  for (const codec of offered) {
    const own = find(codec);
    const carried = repeatedPayloadType(codec) ?? redundantPayloadType(codec);
    if (own && carried !== undefined && accepted.has(carried))
      accepted.set(codec.payloadType, { ...agreed(own, codec), parameters: codec.parameters });
  }
  const inTheirOrder = offered.filter(({ payloadType }) => accepted.has(payloadType));
  const ordered = wish.hasPreferences ? inOurOrder(inTheirOrder, wish.codecs) : inTheirOrder;
  return ordered.map(({ payloadType }) => accepted.get(payloadType)!);
}

/** Sorted by our preference; a retransmission stays behind what it repeats. */
function inOurOrder(codecs: readonly PayloadCodec[], preferred: readonly Codec[]): PayloadCodec[] {
  const rankOf = new Map(preferred.map((codec, index) => [codecKey(codec), index] as const));
  const placeOf = new Map<number, number>();
  for (const codec of codecs) if (!isRtx(codec)) placeOf.set(codec.payloadType, rankOf.get(codecKey(codec)) ?? preferred.length);
  for (const codec of codecs) {
    const repeated = repeatedPayloadType(codec);
    if (isRtx(codec)) placeOf.set(codec.payloadType, ((repeated !== undefined && placeOf.get(repeated)) || 0) + 0.5);
  }
  return [...codecs].sort((a, b) => placeOf.get(a.payloadType)! - placeOf.get(b.payloadType)!);
}

/** Our form of a codec under the offerer's number, with the feedback that both know. */
function agreed(own: Codec, offered: PayloadCodec): PayloadCodec {
  const feedback = commonFeedback(own, offered);
  return { ...own, payloadType: offered.payloadType, parameters: agreedParameters(own, offered), feedback };
}

function agreedParameters(own: Codec, offered: Codec): string {
  if (own.name.toLowerCase() === 'h265') return answeredH265Parameters(own, offered);
  if (own.name.toLowerCase() !== 'h264') return own.parameters;
  const [ours, theirs] = [parseParameters(own.parameters), parseParameters(offered.parameters)];
  const [ourLevel, theirLevel] = [ours.get('profile-level-id'), theirs.get('profile-level-id')];
  if (ourLevel === undefined || theirLevel === undefined) return own.parameters;
  const isAsymmetric = [ours, theirs].every((parameters) => parameters.get('level-asymmetry-allowed') === '1');
  return own.parameters.replace(ourLevel, answeredH264Level(ourLevel, theirLevel, isAsymmetric));
}

/** The lower level of both: level and tier go for both ways, and may only be lowered (RFC 7798 §7.2.2). */
function answeredH265Parameters(own: Codec, offered: Codec): string {
  const [ours, theirs] = [own, offered].map(
    ({ parameters }) => parseParameters(parameters).get('level-id') ?? DEFAULT_H265_LEVEL,
  );
  const isLower = Number(theirs) < Number(ours);
  return isLower ? own.parameters.replace(/level-id=\d+/, `level-id=${Number(theirs)}`) : own.parameters;
}

/** Offered extensions that we know too, under the offerer's numbers, each in the directions that both want (RFC 8285 §6). */
function commonExtensions({ extensions }: MediaWish, offered: MediaSection): ExtensionMap[] {
  const seen = new Set<string>();
  return attributeValues(offered, 'extmap').flatMap((value): ExtensionMap[] => {
    const map = parseExtensionMap(value);
    const own = map && extensions.find(({ uri }) => uri === map.uri);
    if (!map || !own || seen.has(map.uri)) return [];
    seen.add(map.uri);
    const theirs: Direction = reverseDirection(map.direction ?? 'sendrecv');
    const direction = intersectDirections(own.direction, theirs);
    if (direction === 'inactive' && own.direction !== 'inactive') return [];
    return [{ id: map.id, uri: map.uri, ...(map.direction !== undefined || direction !== 'sendrecv' ? { direction } : {}) }];
  });
}

/** Of our encodings those that the offerer wants, in its order (RFC 8853 §5.3.2). */
function commonEncodings(encodings: readonly EncodingWish[], wanted: readonly SimulcastStream[]): EncodingWish[] {
  return offeredEncodings(wanted).flatMap(({ rid, isPaused }): EncodingWish[] => {
    const own = encodings.find((encoding) => encoding.rid === rid);
    return own ? [{ rid, isPaused: own.isPaused || isPaused }] : [];
  });
}

/** The first alternative of each stream. */
export function offeredEncodings(streams: readonly SimulcastStream[]): EncodingWish[] {
  const seen = new Set<string>();
  return streams.flatMap(({ alternatives }): EncodingWish[] => {
    const [first] = alternatives;
    if (!first || seen.has(first.rid)) return [];
    seen.add(first.rid);
    return [{ rid: first.rid, isPaused: first.paused }];
  });
}
