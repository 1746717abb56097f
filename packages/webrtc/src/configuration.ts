import type { IceServer } from '@maru/protocol/ice';
import { parseIceServerUrl } from '@maru/protocol/ice';
import { RTCCertificate } from './certificate.js';
import {
  type Dictionary,
  isIterable,
  OCTET,
  optional,
  required,
  toDictionary,
  toDomString,
  toEnum,
  toInteger,
  toSequence,
  toUsvString,
} from './webidl/convert.js';

/** W3C webrtc, RTCIceServer. */
export interface RTCIceServer {
  urls: string | string[];
  username?: string;
  credential?: string;
}

const TRANSPORT_POLICIES = ['relay', 'all'] as const;
const BUNDLE_POLICIES = ['balanced', 'max-compat', 'max-bundle'] as const;
/** `negotiate` is of former drafts: recognised, so that it is refused by its proper name. */
const RTCP_MUX_POLICIES = ['require', 'negotiate'] as const;

export type RTCIceTransportPolicy = (typeof TRANSPORT_POLICIES)[number];
export type RTCBundlePolicy = (typeof BUNDLE_POLICIES)[number];
export type RTCRtcpMuxPolicy = 'require';

/** W3C webrtc, RTCConfiguration. */
export interface RTCConfiguration {
  iceServers?: RTCIceServer[];
  iceTransportPolicy?: RTCIceTransportPolicy;
  bundlePolicy?: RTCBundlePolicy;
  rtcpMuxPolicy?: RTCRtcpMuxPolicy;
  certificates?: RTCCertificate[];
  iceCandidatePoolSize?: number;
  /** webrtc-identity: who the other side must prove to be, by a provider that was registered. */
  peerIdentity?: string;
}

/** A configuration converted by Web IDL, before any rule of WebRTC was applied. */
interface ConvertedConfiguration {
  readonly iceServers: readonly { readonly urls: readonly string[]; readonly username?: string; readonly credential?: string }[];
  readonly iceTransportPolicy: RTCIceTransportPolicy;
  readonly bundlePolicy: RTCBundlePolicy;
  readonly rtcpMuxPolicy: (typeof RTCP_MUX_POLICIES)[number];
  readonly certificates: readonly RTCCertificate[];
  readonly iceCandidatePoolSize: number;
  readonly peerIdentity: string | undefined;
}

/** A configuration that holds, with what its URLs mean. */
export interface Configuration extends ConvertedConfiguration {
  readonly servers: readonly IceServer[];
}

/** Reads the argument of the constructor (W3C webrtc, "set a configuration", its checks that need no former configuration). */
export function readConfiguration(value: unknown, wallNowMs: number): Configuration {
  const converted = convert(toDictionary(value, 'RTCConfiguration'));
  if (converted.rtcpMuxPolicy !== 'require') throw new DOMException('RTCP is always multiplexed with RTP', 'NotSupportedError');
  return check(converted, wallNowMs);
}

function check(converted: ConvertedConfiguration, wallNowMs: number): Configuration {
  for (const certificate of converted.certificates) {
    if (certificate.expires <= wallNowMs) throw new DOMException('A certificate has expired', 'InvalidAccessError');
  }
  return { ...converted, servers: converted.iceServers.flatMap(readServer) };
}

/** Reads the argument of setConfiguration and holds it against the configuration in force. */
export function changeConfiguration(
  current: Configuration,
  value: unknown,
  hasGathered: boolean,
  wallNowMs: number,
): Configuration {
  const next = check(convert(toDictionary(value, 'RTCConfiguration')), wallNowMs);
  const isSame = (a: readonly RTCCertificate[], b: readonly RTCCertificate[]): boolean =>
    a.length === b.length && a.every((certificate, i) => certificate === b[i]);
  if (next.certificates.length > 0 && !isSame(next.certificates, current.certificates)) throw fixed('certificates');
  if (next.peerIdentity !== undefined && next.peerIdentity !== current.peerIdentity) throw fixed('peerIdentity');
  if (next.bundlePolicy !== current.bundlePolicy) throw fixed('bundlePolicy');
  if (next.rtcpMuxPolicy !== current.rtcpMuxPolicy) throw fixed('rtcpMuxPolicy');
  if (hasGathered && next.iceCandidatePoolSize !== current.iceCandidatePoolSize) throw fixed('iceCandidatePoolSize');
  return { ...next, certificates: current.certificates, peerIdentity: current.peerIdentity };
}

/** Whether candidates of `next` would be others than those of `before`: it has other servers or another policy. */
export function gathersOtherwise(before: Configuration, next: Configuration): boolean {
  return before.iceTransportPolicy !== next.iceTransportPolicy || JSON.stringify(before.servers) !== JSON.stringify(next.servers);
}

/** What getConfiguration returns: a fresh dictionary each time. */
export function describeConfiguration(configuration: Configuration): RTCConfiguration {
  return {
    iceServers: configuration.iceServers.map((server) => ({ ...server, urls: [...server.urls] })),
    iceTransportPolicy: configuration.iceTransportPolicy,
    bundlePolicy: configuration.bundlePolicy,
    rtcpMuxPolicy: 'require',
    certificates: [...configuration.certificates],
    iceCandidatePoolSize: configuration.iceCandidatePoolSize,
    ...(configuration.peerIdentity !== undefined && { peerIdentity: configuration.peerIdentity }),
  };
}

function fixed(member: string): DOMException {
  return new DOMException(`${member} cannot be changed`, 'InvalidModificationError');
}

/** Members are read in the order of their names, as Web IDL has it. */
function convert(dictionary: Dictionary): ConvertedConfiguration {
  const bundlePolicy = optional(dictionary['bundlePolicy'], (v) => toEnum(v, BUNDLE_POLICIES, 'RTCBundlePolicy')) ?? 'balanced';
  const certificates = optional(dictionary['certificates'], (v) => toSequence(v, toCertificate, 'certificates')) ?? [];
  const iceCandidatePoolSize = optional(dictionary['iceCandidatePoolSize'], (v) => toInteger(v, OCTET, 'enforce')) ?? 0;
  const iceServers = optional(dictionary['iceServers'], (v) => toSequence(v, toServer, 'iceServers')) ?? [];
  const iceTransportPolicy =
    optional(dictionary['iceTransportPolicy'], (v) => toEnum(v, TRANSPORT_POLICIES, 'RTCIceTransportPolicy')) ?? 'all';
  const peerIdentity = optional(dictionary['peerIdentity'], toDomString);
  const rtcpMuxPolicy =
    optional(dictionary['rtcpMuxPolicy'], (v) => toEnum(v, RTCP_MUX_POLICIES, 'RTCRtcpMuxPolicy')) ?? 'require';
  return { bundlePolicy, certificates, iceCandidatePoolSize, iceServers, iceTransportPolicy, peerIdentity, rtcpMuxPolicy };
}

function toCertificate(value: unknown): RTCCertificate {
  if (!(value instanceof RTCCertificate)) throw new TypeError('A member of "certificates" is not an RTCCertificate');
  return value;
}

function toServer(value: unknown): ConvertedConfiguration['iceServers'][number] {
  const dictionary = toDictionary(value, 'RTCIceServer');
  const credential = optional(dictionary['credential'], toDomString);
  const urls = required(dictionary, 'urls', 'RTCIceServer');
  const username = optional(dictionary['username'], toDomString);
  return {
    urls: isIterable(urls) ? toSequence(urls, toUsvString, 'urls') : [toUsvString(urls)],
    ...(username !== undefined && { username }),
    ...(credential !== undefined && { credential }),
  };
}

/** Longest username that TURN can carry (RFC 8489 §14.3). */
const MAX_USERNAME_BYTES = 508;

/** W3C webrtc, "validate an ICE server URL" for each of its URLs. */
function readServer(server: ConvertedConfiguration['iceServers'][number]): IceServer[] {
  if (server.urls.length === 0) throw new DOMException('A server needs at least one URL', 'SyntaxError');
  return server.urls.map((text) => {
    const url = parseIceServerUrl(text);
    if (!url) throw new DOMException(`"${text}" is not the URL of a STUN or TURN server`, 'SyntaxError');
    if (url.kind === 'stun') return url;
    const { username, credential } = server;
    if (username === undefined || credential === undefined) {
      throw new DOMException(`"${text}" needs a username and a credential`, 'InvalidAccessError');
    }
    if (new TextEncoder().encode(username).length > MAX_USERNAME_BYTES) {
      throw new DOMException(`The username for "${text}" has more than ${MAX_USERNAME_BYTES} bytes`, 'InvalidAccessError');
    }
    return { ...url, username, credential };
  });
}
