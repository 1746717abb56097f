import { ByteReader } from '../bytes/index.js';
import type { KeyAgreementGroup, SignatureScheme } from '../core/index.js';
import { codeOfGroup } from './named-group.js';
import { codeOfScheme } from './signature-scheme.js';
import { SRTP_PROFILES, type SrtpProfile } from './srtp-profile.js';
import { readU16s, u16s, vector16 } from './vector.js';

/** IANA TLS ExtensionType Values, those that are written or read. */
export const ExtensionType = {
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  useSrtp: 14,
  extendedMasterSecret: 23,
  supportedVersions: 43,
  renegotiationInfo: 0xff01,
} as const;

/** Extensions of a hello by type; bodies are borrowed when they were read. */
export type Extensions = ReadonlyMap<number, Uint8Array>;

/** Reads the extensions that end a hello; a hello may end before them. Undefined when they are malformed or one comes twice. */
export function readExtensions(reader: ByteReader): Extensions | undefined {
  const extensions = new Map<number, Uint8Array>();
  if (reader.failed) return undefined;
  if (reader.remaining === 0) return extensions;
  const inner = new ByteReader(reader.view(reader.u16()));
  while (inner.remaining > 0 && !inner.failed) {
    const type = inner.u16();
    const body = inner.view(inner.u16());
    if (extensions.has(type)) return undefined;
    extensions.set(type, body);
  }
  return inner.failed || reader.failed || reader.remaining > 0 ? undefined : extensions;
}

export function encodeExtensions(extensions: Extensions): Uint8Array {
  return vector16(...[...extensions].flatMap(([type, body]) => [u16s(type), vector16(body)]));
}

/** Of renegotiation_info and nothing renegotiated (RFC 5746 §3.2). */
export const EMPTY_RENEGOTIATION_INFO = Uint8Array.of(0);
/** Only uncompressed points (RFC 8422 §5.1.2). */
export const UNCOMPRESSED_POINTS = Uint8Array.of(1, 0);
export const EMPTY_BODY = new Uint8Array(0);

export function encodeSupportedGroups(groups: readonly KeyAgreementGroup[]): Uint8Array {
  return vector16(u16s(...groups.map(codeOfGroup)));
}

export function encodeSignatureAlgorithms(schemes: readonly SignatureScheme[]): Uint8Array {
  return vector16(u16s(...schemes.map(codeOfScheme)));
}

/** use_srtp without a master key identifier (RFC 5764 §4.1.1). */
export function encodeUseSrtp(profiles: readonly SrtpProfile[]): Uint8Array {
  const codes = profiles.map((profile) => SRTP_PROFILES[profile].code);
  return Uint8Array.of(...vector16(u16s(...codes)), 0);
}

/** The profile codes of use_srtp and whether it names an MKI; undefined when malformed. */
export function decodeUseSrtp(body: Uint8Array): { readonly codes: readonly number[]; readonly hasMki: boolean } | undefined {
  const reader = new ByteReader(body);
  const codes = readU16s(reader.view(reader.u16()));
  const mki = reader.view(reader.u8());
  return reader.failed || reader.remaining > 0 ? undefined : { codes, hasMki: mki.length > 0 };
}

/** The codes of an extension that is one vector of 16-bit numbers; none when it is absent or malformed. */
export function codesOf(body: Uint8Array | undefined): readonly number[] {
  if (!body) return [];
  const reader = new ByteReader(body);
  const codes = readU16s(reader.view(reader.u16()));
  return reader.failed || reader.remaining > 0 ? [] : codes;
}

/** The versions that a client of DTLS 1.3 lists (RFC 8446 §4.2.1). */
export function decodeSupportedVersions(body: Uint8Array): readonly number[] {
  const reader = new ByteReader(body);
  const versions = readU16s(reader.view(reader.u8()));
  return reader.failed || reader.remaining > 0 ? [] : versions;
}

/** Whether an ec_point_formats extension, if there, allows uncompressed points (RFC 8422 §5.1.2). */
export function allowsUncompressedPoints(body: Uint8Array | undefined): boolean {
  return body?.subarray(1).includes(0) ?? true;
}
