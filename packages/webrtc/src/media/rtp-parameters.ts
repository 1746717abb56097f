import {
  type Dictionary,
  OCTET,
  optional,
  required,
  toDictionary,
  toDomString,
  toEnum,
  toInteger,
  toSequence,
  UNSIGNED_LONG,
  UNSIGNED_SHORT,
} from '../webidl/convert.js';

/** W3C webrtc, RTCRtpCodec. */
export interface RTCRtpCodec {
  mimeType: string;
  clockRate: number;
  channels?: number;
  sdpFmtpLine?: string;
}

export interface RTCRtpCodecParameters extends RTCRtpCodec {
  payloadType: number;
}

export interface RTCRtpHeaderExtensionParameters {
  uri: string;
  id: number;
  encrypted: boolean;
}

export interface RTCRtcpParameters {
  cname?: string;
  reducedSize?: boolean;
}

export interface RTCRtpParameters {
  headerExtensions: RTCRtpHeaderExtensionParameters[];
  rtcp: RTCRtcpParameters;
  codecs: RTCRtpCodecParameters[];
}

export type RTCRtpReceiveParameters = RTCRtpParameters;

const PRIORITIES = ['very-low', 'low', 'medium', 'high'] as const;
type RTCPriorityType = (typeof PRIORITIES)[number];

/** W3C webrtc, RTCRtpEncodingParameters, with webrtc-priority, webrtc-svc and webrtc-extensions. A member that is not there was not asked for. */
export interface RTCRtpEncodingParameters {
  active: boolean;
  priority?: RTCPriorityType;
  networkPriority?: RTCPriorityType;
  rid?: string;
  codec?: RTCRtpCodec;
  /** In bit/s. */
  maxBitrate?: number;
  /** In frames per second. */
  maxFramerate?: number;
  /** At least 1; video only. */
  scaleResolutionDownBy?: number;
  scalabilityMode?: string;
  adaptivePtime?: boolean;
}

const DEGRADATION_PREFERENCES = [
  'maintain-framerate',
  'maintain-resolution',
  'balanced',
  'maintain-framerate-and-resolution',
] as const;
export type RTCDegradationPreference = (typeof DEGRADATION_PREFERENCES)[number];

export interface RTCRtpSendParameters extends RTCRtpParameters {
  transactionId: string;
  encodings: RTCRtpEncodingParameters[];
  degradationPreference?: RTCDegradationPreference;
}

/** W3C webrtc-extensions, RTCSetParameterOptions: what to do once, beside what is to hold. */
export interface RTCSetParameterOptions {
  encodingOptions?: { keyFrame?: boolean }[];
}

export function toRtpCodec(value: unknown): RTCRtpCodec {
  const dictionary = toDictionary(value, 'RTCRtpCodec');
  const channels = optional(dictionary['channels'], (v) => toInteger(v, UNSIGNED_SHORT, 'wrap'));
  const clockRate = toInteger(required(dictionary, 'clockRate', 'RTCRtpCodec'), UNSIGNED_LONG, 'wrap');
  const mimeType = toDomString(required(dictionary, 'mimeType', 'RTCRtpCodec'));
  const sdpFmtpLine = optional(dictionary['sdpFmtpLine'], toDomString);
  return { mimeType, clockRate, ...(channels !== undefined && { channels }), ...(sdpFmtpLine !== undefined && { sdpFmtpLine }) };
}

export function toEncoding(value: unknown): RTCRtpEncodingParameters {
  const dictionary = toDictionary(value, 'RTCRtpEncodingParameters');
  const optionalMembers = {
    adaptivePtime: optional(dictionary['adaptivePtime'], Boolean),
    codec: optional(dictionary['codec'], toRtpCodec),
    maxBitrate: optional(dictionary['maxBitrate'], (v) => toInteger(v, UNSIGNED_LONG, 'wrap')),
    maxFramerate: optional(dictionary['maxFramerate'], toDouble),
    networkPriority: optional(dictionary['networkPriority'], (v) => toEnum(v, PRIORITIES, 'RTCPriorityType')),
    priority: optional(dictionary['priority'], (v) => toEnum(v, PRIORITIES, 'RTCPriorityType')),
    rid: optional(dictionary['rid'], toDomString),
    scalabilityMode: optional(dictionary['scalabilityMode'], toDomString),
    scaleResolutionDownBy: optional(dictionary['scaleResolutionDownBy'], toDouble),
  };
  const encoding: RTCRtpEncodingParameters = { active: optional(dictionary['active'], Boolean) ?? true };
  return Object.assign(
    encoding,
    Object.fromEntries(Object.entries(optionalMembers).filter(([, member]) => member !== undefined)),
  );
}

/** Web IDL `double`: finite, or a TypeError. */
export function toDouble(value: unknown): number {
  const number = typeof value === 'symbol' || typeof value === 'bigint' ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) throw new TypeError(`${toDomString(value)} is not a finite number`);
  return number;
}

export function toSendParameters(value: unknown): RTCRtpSendParameters {
  const dictionary = toDictionary(value, 'RTCRtpSendParameters');
  const parameters = toParameters(dictionary);
  const degradationPreference = optional(dictionary['degradationPreference'], (v) =>
    toEnum(v, DEGRADATION_PREFERENCES, 'RTCDegradationPreference'),
  );
  const encodings = toSequence(required(dictionary, 'encodings', 'RTCRtpSendParameters'), toEncoding, 'encodings');
  const transactionId = toDomString(required(dictionary, 'transactionId', 'RTCRtpSendParameters'));
  return { ...parameters, encodings, transactionId, ...(degradationPreference && { degradationPreference }) };
}

function toParameters(dictionary: Dictionary): RTCRtpParameters {
  const name = 'RTCRtpSendParameters';
  return {
    codecs: toSequence(required(dictionary, 'codecs', name), toCodecParameters, 'codecs'),
    headerExtensions: toSequence(required(dictionary, 'headerExtensions', name), toExtensionParameters, 'headerExtensions'),
    rtcp: toRtcpParameters(required(dictionary, 'rtcp', name)),
  };
}

function toCodecParameters(value: unknown): RTCRtpCodecParameters {
  const codec = toRtpCodec(value);
  const dictionary = toDictionary(value, 'RTCRtpCodecParameters');
  const payloadType = toInteger(required(dictionary, 'payloadType', 'RTCRtpCodecParameters'), OCTET, 'wrap');
  return { ...codec, payloadType };
}

function toExtensionParameters(value: unknown): RTCRtpHeaderExtensionParameters {
  const dictionary = toDictionary(value, 'RTCRtpHeaderExtensionParameters');
  const encrypted = optional(dictionary['encrypted'], Boolean) ?? false;
  const id = toInteger(required(dictionary, 'id', 'RTCRtpHeaderExtensionParameters'), UNSIGNED_SHORT, 'wrap');
  return { encrypted, id, uri: toDomString(required(dictionary, 'uri', 'RTCRtpHeaderExtensionParameters')) };
}

function toRtcpParameters(value: unknown): RTCRtcpParameters {
  const dictionary = toDictionary(value, 'RTCRtcpParameters');
  const cname = optional(dictionary['cname'], toDomString);
  const reducedSize = optional(dictionary['reducedSize'], Boolean);
  return { ...(cname !== undefined && { cname }), ...(reducedSize !== undefined && { reducedSize }) };
}

export function toSetParameterOptions(value: unknown): { keyFrame: boolean }[] {
  const options = toDictionary(value, 'RTCSetParameterOptions')['encodingOptions'];
  if (options === undefined) return [];
  return toSequence(
    options,
    (v) => ({ keyFrame: Boolean(toDictionary(v, 'RTCEncodingOptions')['keyFrame']) }),
    'encodingOptions',
  );
}
