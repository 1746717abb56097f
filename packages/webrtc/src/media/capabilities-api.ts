import { type Codec, codecKey, isRtx } from '@maru/protocol/jsep';
import { parseParameters } from '@maru/protocol/sdp';
import { toDomString } from '../webidl/convert.js';
import { CODECS, EXTENSIONS, EXTENSIONS_ON_REQUEST } from './capabilities.js';
import type { RTCRtpCodec } from './rtp-parameters.js';
import type { MediaKind } from './track.js';

/** W3C webrtc, RTCRtpHeaderExtensionCapability. */
export interface RTCRtpHeaderExtensionCapability {
  uri: string;
}

/** W3C webrtc, RTCRtpCapabilities: what can be sent and received, whatever is negotiated. */
export interface RTCRtpCapabilities {
  codecs: RTCRtpCodec[];
  headerExtensions: RTCRtpHeaderExtensionCapability[];
}

/** Null for a kind that is neither audio nor video. */
export function capabilitiesOf(kind: unknown): RTCRtpCapabilities | null {
  const text = toDomString(kind);
  if (text !== 'audio' && text !== 'video') return null;
  return {
    codecs: CODECS[text].map((codec) => describeCodec(text, codec)),
    headerExtensions: [...EXTENSIONS[text], ...EXTENSIONS_ON_REQUEST[text]].map(({ uri }) => ({ uri })),
  };
}

/** A codec as scripts see it. */
export function describeCodec(kind: MediaKind, { name, clockRate, channels, parameters }: Codec): RTCRtpCodec {
  return {
    mimeType: `${kind}/${name}`,
    clockRate,
    ...(kind === 'audio' && { channels: channels ?? 1 }),
    ...(parameters !== '' && { sdpFmtpLine: parameters }),
  };
}

/** The codec of ours that a script means by what it got from `getCapabilities`; undefined if there is none. */
export function findCapability(kind: MediaKind, wanted: RTCRtpCodec): Codec | undefined {
  return CODECS[kind].find((codec) => isSameCodec(describeCodec(kind, codec), wanted));
}

/** W3C webrtc, "codec dictionary match": type, clock, channels and parameters, in whatever order these are written. */
export function isSameCodec(a: RTCRtpCodec, b: RTCRtpCodec): boolean {
  return (
    a.mimeType.toLowerCase() === b.mimeType.toLowerCase() &&
    a.clockRate === b.clockRate &&
    a.channels === b.channels &&
    sortedParameters(a) === sortedParameters(b)
  );
}

function sortedParameters({ sdpFmtpLine = '' }: RTCRtpCodec): string {
  return [...parseParameters(sdpFmtpLine)]
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(';');
}

/**
 * Whether a negotiated codec is the one that a script means: of the same format, though levels may differ, and for AV1 the
 * profile too, which each side chooses for itself.
 */
export function isSameFormat(kind: MediaKind, codec: Codec, wanted: RTCRtpCodec): boolean {
  const [type = '', name = ''] = wanted.mimeType.split('/');
  if (type.toLowerCase() !== kind || name.toLowerCase() !== codec.name.toLowerCase()) return false;
  const { clockRate, channels, sdpFmtpLine = '' } = wanted;
  const meant: Codec = { name, clockRate, parameters: sdpFmtpLine, feedback: [], ...(channels !== undefined && { channels }) };
  if (name.toLowerCase() === 'av1') return codec.clockRate === clockRate;
  return codecKey(meant) === codecKey(codec);
}

/** Whether `codecs` has something that carries media. */
export function hasMediaCodec(codecs: readonly Codec[]): boolean {
  return codecs.some((codec) => !isRtx(codec) && !/^(red|ulpfec|flexfec-03|telephone-event|cn)$/i.test(codec.name));
}
