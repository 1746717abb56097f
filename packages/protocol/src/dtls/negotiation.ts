import type { KeyAgreementGroup, SignatureScheme } from '../core/index.js';
import { Alert } from './alert.js';
import { authenticationOf, type CipherSuite, cipherSuitesNamed } from './cipher-suite.js';
import type { DtlsConfig } from './config.js';
import {
  allowsUncompressedPoints,
  codesOf,
  decodeSupportedVersions,
  decodeUseSrtp,
  EMPTY_BODY,
  EMPTY_RENEGOTIATION_INFO,
  type Extensions,
  ExtensionType,
  encodeSignatureAlgorithms,
  encodeSupportedGroups,
  encodeUseSrtp,
  UNCOMPRESSED_POINTS,
} from './extension.js';
import { type ClientHello, EMPTY_RENEGOTIATION_SCSV } from './messages/client-hello.js';
import type { ServerHello } from './messages/server-hello.js';
import { groupOfCode } from './named-group.js';
import { Refusal } from './refusal.js';
import { SIGNATURE_SCHEMES, schemeOfCode } from './signature-scheme.js';
import { SRTP_PROFILES, type SrtpProfile, srtpProfileOf } from './srtp-profile.js';
import { DTLS_1_2 } from './version.js';

/** What both sides agreed on in their hellos. */
export interface Agreement {
  readonly suite: CipherSuite;
  /** Undefined: no use_srtp, or no profile in common. Data can flow, media cannot. */
  readonly srtpProfile: SrtpProfile | undefined;
}

/** What a server chose for a client, with what its own next messages need. */
export interface ServerChoice extends Agreement {
  readonly group: KeyAgreementGroup;
  readonly scheme: SignatureScheme;
  /** What the ServerHello says. */
  readonly extensions: Extensions;
}

/** What a client offers besides its suites. */
export function offeredExtensions(config: DtlsConfig): Extensions {
  const extensions = new Map<number, Uint8Array>([
    [ExtensionType.extendedMasterSecret, EMPTY_BODY],
    [ExtensionType.renegotiationInfo, EMPTY_RENEGOTIATION_INFO],
    [ExtensionType.supportedGroups, encodeSupportedGroups(config.groups)],
    [ExtensionType.ecPointFormats, UNCOMPRESSED_POINTS],
    [ExtensionType.signatureAlgorithms, encodeSignatureAlgorithms(SIGNATURE_SCHEMES)],
  ]);
  if (config.srtpProfiles.length > 0) extensions.set(ExtensionType.useSrtp, encodeUseSrtp(config.srtpProfiles));
  return extensions;
}

/** What a server picks of a ClientHello, or why it refuses it (RFC 5246 §7.4.1.3, RFC 8827 §6.5). Ours is the order of preference. */
export function chooseForClient(hello: ClientHello, config: DtlsConfig): ServerChoice | Refusal {
  const { extensions } = hello;
  if (!speaksDtls12(hello)) return new Refusal(Alert.protocolVersion, 'the client does not speak DTLS 1.2');
  if (!hello.compressionMethods.includes(0)) return new Refusal(Alert.illegalParameter, 'the client insists on compression');
  if (extensions.get(ExtensionType.extendedMasterSecret)?.length !== 0) {
    return new Refusal(Alert.handshakeFailure, 'the client knows no extended master secret');
  }
  const renegotiation = extensions.get(ExtensionType.renegotiationInfo);
  if (renegotiation && (renegotiation.length !== 1 || renegotiation[0] !== 0)) {
    return new Refusal(Alert.handshakeFailure, 'the client means to renegotiate');
  }
  if (!allowsUncompressedPoints(extensions.get(ExtensionType.ecPointFormats))) {
    return new Refusal(Alert.illegalParameter, 'the client takes no uncompressed points');
  }
  const group = chooseGroup(extensions, config);
  if (!group) return new Refusal(Alert.handshakeFailure, 'no group in common');
  const theirSchemes = codesOf(extensions.get(ExtensionType.signatureAlgorithms)).map(schemeOfCode);
  const scheme = config.certificate.key.schemes.find((one) => theirSchemes.includes(one));
  if (!scheme) return new Refusal(Alert.handshakeFailure, 'no signature scheme in common');
  const suite = cipherSuitesNamed(config.cipherSuites).find(
    ({ code, authentication }) => authentication === authenticationOf(scheme) && hello.cipherSuites.includes(code),
  );
  if (!suite) return new Refusal(Alert.handshakeFailure, 'no cipher suite in common');
  const srtpProfile = chooseSrtpProfile(extensions, config);
  if (srtpProfile instanceof Refusal) return srtpProfile;
  return { suite, group, scheme, srtpProfile, extensions: answerExtensions(hello, srtpProfile) };
}

/** Whether a ServerHello answers our offer (RFC 5246 §7.4.1.4), and with what. */
export function checkServerHello(hello: ServerHello, config: DtlsConfig): Agreement | Refusal {
  if (hello.version !== DTLS_1_2) return new Refusal(Alert.protocolVersion, 'the server does not speak DTLS 1.2');
  const suite = cipherSuitesNamed(config.cipherSuites).find(({ code }) => code === hello.cipherSuite);
  if (!suite || hello.compressionMethod !== 0)
    return new Refusal(Alert.illegalParameter, 'the server chose what was not offered');
  const offered = offeredExtensions(config);
  for (const type of hello.extensions.keys()) {
    if (!offered.has(type))
      return new Refusal(Alert.unsupportedExtension, `the server answers extension ${type}, which was not offered`);
  }
  if (hello.extensions.get(ExtensionType.extendedMasterSecret)?.length !== 0) {
    return new Refusal(Alert.handshakeFailure, 'the server knows no extended master secret');
  }
  const renegotiation = hello.extensions.get(ExtensionType.renegotiationInfo);
  if (renegotiation && (renegotiation.length !== 1 || renegotiation[0] !== 0)) {
    return new Refusal(Alert.handshakeFailure, 'the server means to renegotiate');
  }
  const useSrtp = hello.extensions.get(ExtensionType.useSrtp);
  if (!useSrtp) return { suite, srtpProfile: undefined };
  const answer = decodeUseSrtp(useSrtp);
  const srtpProfile = answer?.codes.length === 1 ? srtpProfileOf(answer.codes[0]!) : undefined;
  if (!answer || answer.hasMki || !srtpProfile || !config.srtpProfiles.includes(srtpProfile)) {
    return new Refusal(Alert.illegalParameter, 'the server chose an SRTP profile that was not offered');
  }
  return { suite, srtpProfile };
}

/** A client of 1.3 lists its versions and freezes the old field at 1.2; an older one says its highest there (RFC 9147 §5.3). */
function speaksDtls12({ version, extensions }: ClientHello): boolean {
  const listed = extensions.get(ExtensionType.supportedVersions);
  return listed ? decodeSupportedVersions(listed).includes(DTLS_1_2) : version >>> 8 === 0xfe && version <= DTLS_1_2;
}

function chooseGroup(extensions: Extensions, config: DtlsConfig): KeyAgreementGroup | undefined {
  const theirs = codesOf(extensions.get(ExtensionType.supportedGroups)).map((code) => groupOfCode(code, config.groups));
  return config.groups.find((group) => theirs.includes(group));
}

function chooseSrtpProfile(extensions: Extensions, config: DtlsConfig): SrtpProfile | undefined | Refusal {
  const body = extensions.get(ExtensionType.useSrtp);
  if (!body) return undefined;
  const offer = decodeUseSrtp(body);
  if (!offer) return new Refusal(Alert.decodeError, 'use_srtp is malformed');
  return config.srtpProfiles.find((profile) => offer.codes.includes(SRTP_PROFILES[profile].code));
}

/** Answers only to what was offered; an MKI is not taken up, which the empty one says (RFC 5764 §4.1.3). */
function answerExtensions(hello: ClientHello, srtpProfile: SrtpProfile | undefined): Extensions {
  const answers = new Map<number, Uint8Array>([[ExtensionType.extendedMasterSecret, EMPTY_BODY]]);
  const { extensions, cipherSuites } = hello;
  if (extensions.has(ExtensionType.renegotiationInfo) || cipherSuites.includes(EMPTY_RENEGOTIATION_SCSV)) {
    answers.set(ExtensionType.renegotiationInfo, EMPTY_RENEGOTIATION_INFO);
  }
  if (extensions.has(ExtensionType.ecPointFormats)) answers.set(ExtensionType.ecPointFormats, UNCOMPRESSED_POINTS);
  if (srtpProfile) answers.set(ExtensionType.useSrtp, encodeUseSrtp([srtpProfile]));
  return answers;
}
