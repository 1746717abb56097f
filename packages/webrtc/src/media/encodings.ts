import { CODECS } from './capabilities.js';
import { describeCodec, findCapability } from './capabilities-api.js';
import { isEncodingSource } from './engine/encoded-media.js';
import type { RTCRtpEncodingParameters } from './rtp-parameters.js';
import { type MediaKind, type MediaStreamTrack, sourceOf } from './track.js';

/** Simulcast layers of one sender. */
export const MAX_ENCODINGS: Readonly<Record<MediaKind, number>> = { audio: 1, video: 3 };

/** Letters and digits, as RFC 8852 §3.3 has them though RFC 8851 allows more; a one-byte header extension has room for 16. */
const RID = /^[A-Za-z0-9]{1,16}$/;

/** Every L·T and S·T mode of webrtc-svc that VP9 and AV1 have; VP8 and H.264 have the temporal ones. */
const SCALABILITY = /^(?:L1T[1-3]|[LS][23]T[1-3]h?|L[23]T[1-3]_KEY(?:_SHIFT)?)$/;
const TEMPORAL = /^L1T[1-3]$/;

/** W3C webrtc, "addTransceiver sendEncodings validation steps". Throws as they say; the result is the sender's own. */
export function newEncodings(
  kind: MediaKind,
  given: readonly RTCRtpEncodingParameters[],
  track: MediaStreamTrack | null = null,
): RTCRtpEncodingParameters[] {
  const rids = given.map(({ rid }) => rid);
  for (const rid of rids) if (rid !== undefined && !RID.test(rid)) throw new TypeError(`"${rid}" is not a valid rid`);
  if (given.length > 1 && rids.includes(undefined)) throw new TypeError('Each of several encodings needs a rid');
  if (new Set(rids).size < rids.length) throw new TypeError('Two encodings have the same rid');
  let encodings = given.map((encoding) => withoutVideoMembers(kind, { ...encoding }));
  demandRanges(encodings);
  for (const { codec } of encodings) {
    if (codec && !findCapability(kind, codec)) throw new DOMException(`${codec.mimeType} cannot be sent`, 'OperationError');
  }
  demandScalability(encodings, allTypes(kind), track, 'OperationError');
  encodings = encodings.slice(0, MAX_ENCODINGS[kind]);
  if (encodings.length === 0) encodings = [{ active: true }];
  if (kind === 'video') setScales(encodings);
  else encodings = encodings.map((encoding) => ({ adaptivePtime: false, ...encoding }));
  if (encodings.length === 1) delete encodings[0]!.rid;
  return encodings.map(withPriority);
}

/** Encodings that the other side asked for in its offer: the highest first, as it listed them. */
export function encodingsOfRids(rids: readonly { readonly rid: string }[]): RTCRtpEncodingParameters[] {
  const encodings: RTCRtpEncodingParameters[] = rids.slice(0, MAX_ENCODINGS.video).map(({ rid }) => ({ active: true, rid }));
  setScales(encodings);
  return encodings.map(withPriority);
}

/**
 * What `setParameters` may change, checked and made the sender's own (W3C webrtc, "setParameters validation steps"). `types`: what is
 * sent where an encoding names no codec, as far as that is known.
 */
export function changedEncodings(
  kind: MediaKind,
  given: readonly RTCRtpEncodingParameters[],
  types: readonly string[] = allTypes(kind),
  track: MediaStreamTrack | null = null,
): RTCRtpEncodingParameters[] {
  const encodings = given.map((encoding) => withoutVideoMembers(kind, { ...encoding }));
  if (kind === 'video') for (const encoding of encodings) encoding.scaleResolutionDownBy ??= 1;
  demandRanges(encodings);
  demandScalability(encodings, types, track, 'InvalidModificationError');
  return encodings.map(withPriority);
}

function withoutVideoMembers(kind: MediaKind, encoding: RTCRtpEncodingParameters): RTCRtpEncodingParameters {
  if (kind === 'video') return encoding;
  const { scaleResolutionDownBy: _scale, maxFramerate: _rate, scalabilityMode: _mode, ...audio } = encoding;
  return audio;
}

function demandRanges(encodings: readonly RTCRtpEncodingParameters[]): void {
  for (const { scaleResolutionDownBy: scale, maxFramerate } of encodings) {
    if (scale !== undefined && scale < 1) throw new RangeError(`scaleResolutionDownBy is ${scale}, and must be at least 1`);
    if (maxFramerate !== undefined && maxFramerate < 0)
      throw new RangeError(`maxFramerate is ${maxFramerate}, and must not be negative`);
  }
}

function allTypes(kind: MediaKind): string[] {
  return CODECS[kind].map((codec) => describeCodec(kind, codec).mimeType);
}

/** A mode that no codec has, or not the codec that was asked for, or that what is sent cannot be made in, is refused (webrtc-svc §4.1). */
function demandScalability(
  encodings: readonly RTCRtpEncodingParameters[],
  types: readonly string[],
  track: MediaStreamTrack | null,
  errorName: 'OperationError' | 'InvalidModificationError',
): void {
  for (const { scalabilityMode, codec } of encodings) {
    if (scalabilityMode === undefined) continue;
    const possible = codec ? [codec.mimeType] : types;
    if (possible.some((type) => canScale(type, scalabilityMode, track))) continue;
    throw new DOMException(`The scalability mode "${scalabilityMode}" is not supported`, errorName);
  }
}

/** Whether a codec has the layers of `mode`, and what encodes `track` can make them. */
export function canScale(mimeType: string, mode: string, track: MediaStreamTrack | null = null): boolean {
  const isLayered = /^video\/(vp9|av1)$/i.test(mimeType);
  if (!(isLayered ? SCALABILITY : TEMPORAL).test(mode)) return false;
  const source = track && sourceOf(track);
  if (!source || !isEncodingSource(source) || !source.canScale) return true;
  return source.canScale(mimeType.slice(mimeType.indexOf('/') + 1), mode);
}

/** Halves from the last encoding upwards, unless the script set some of them itself. */
function setScales(encodings: RTCRtpEncodingParameters[]): void {
  const isUnset = encodings.every(({ scaleResolutionDownBy }) => scaleResolutionDownBy === undefined);
  for (const [index, encoding] of encodings.entries()) {
    encoding.scaleResolutionDownBy ??= isUnset ? 2 ** (encodings.length - index - 1) : 1;
  }
}

function withPriority(encoding: RTCRtpEncodingParameters): RTCRtpEncodingParameters {
  return {
    ...encoding,
    priority: encoding.priority ?? 'low',
    networkPriority: encoding.networkPriority ?? 'low',
  };
}
