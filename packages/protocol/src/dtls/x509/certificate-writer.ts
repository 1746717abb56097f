import type { CryptoProvider, SignatureScheme, SigningKey } from '../../core/index.js';
import { contextTag, DerTag } from './der.js';
import { DerReader } from './der-reader.js';
import {
  derBitString,
  derBoolean,
  derElement,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derTime,
  derUtf8,
} from './der-writer.js';
import { parseIpAddress } from './ip-address.js';
import { Oid } from './oid.js';

/** Parts of a distinguished name that we write; at least one should be there. */
export interface X509Name {
  readonly commonName?: string;
  readonly organization?: string;
}

/** What a certificate is to say (RFC 5280 §4.1.2). */
export interface CertificateTemplate {
  /** Up to 20 bytes, random enough that no issuer repeats them; read as an unsigned number. */
  readonly serialNumber: Uint8Array;
  readonly subject: X509Name;
  /** Wall time in milliseconds since 1970; written in whole seconds. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** The subject's SubjectPublicKeyInfo in DER. */
  readonly publicKeyDer: Uint8Array;
  /** Names that a TLS server answers to. Each present kind also makes it a server's certificate (serverAuth). */
  readonly dnsNames?: readonly string[];
  /** IPv4 and IPv6 addresses as text. */
  readonly ipAddresses?: readonly string[];
  /** May sign other certificates. */
  readonly isCa?: boolean;
  /** Of an authority: the only names that certificates below it may carry. */
  readonly permitted?: PermittedNames;
}

/** The names that an authority may vouch for (RFC 5280 §4.2.1.10). An empty list permits no name of its kind. */
export interface PermittedNames {
  /** Each with everything below it: `example.com` permits `www.example.com`. */
  readonly dnsNames: readonly string[];
  /** IPv4 and IPv6 networks: an address and how many of its bits count, `192.168.0.0/16`. */
  readonly ipNetworks: readonly string[];
}

/** Who signs: a key, and the subject of its certificate unless it signs for itself. */
export interface CertificateIssuer {
  readonly key: SigningKey;
  /** DER of the issuer's name: `subjectDer` of its certificate. Absent: self-signed. */
  readonly subjectDer?: Uint8Array;
}

const ALGORITHM_OID: Partial<Record<SignatureScheme, string>> = {
  'ecdsa-secp256r1-sha256': Oid.ecdsaWithSha256,
  'ecdsa-secp384r1-sha384': Oid.ecdsaWithSha384,
  'rsa-pkcs1-sha256': Oid.sha256WithRsa,
  'rsa-pkcs1-sha384': Oid.sha384WithRsa,
  'rsa-pkcs1-sha512': Oid.sha512WithRsa,
};

const KEY_USAGE = {
  digitalSignature: derBitString(Uint8Array.of(0x80), 7),
  /** digitalSignature, keyCertSign, cRLSign. */
  certificateSign: derBitString(Uint8Array.of(0x86), 1),
};
const KEY_IDENTIFIER_BYTES = 20;
const NULL = derElement(DerTag.null);

/**
 * Writes and signs an X.509 v3 certificate, in DER. Without names and `isCa` it carries no extensions: such are WebRTC's,
 * known by their fingerprint alone, and every byte of them is sent in a handshake.
 */
export function writeCertificate(template: CertificateTemplate, issuer: CertificateIssuer, crypto: CryptoProvider): Uint8Array {
  const scheme = issuer.key.schemes.find((one) => ALGORITHM_OID[one]);
  if (!scheme) throw new RangeError('This key can sign no certificate: none of its schemes has an X.509 algorithm.');
  const algorithm = algorithmIdentifier(scheme);
  const subject = derName(template.subject);
  const extensions = derExtensions(template, issuer, crypto);
  const tbs = derSequence(
    derElement(contextTag(0), derInteger(Uint8Array.of(2))), // v3
    derInteger(template.serialNumber),
    algorithm,
    issuer.subjectDer ?? subject,
    derSequence(derTime(template.notBeforeMs), derTime(template.notAfterMs)),
    subject,
    template.publicKeyDer,
    ...(extensions.length > 0 ? [derElement(contextTag(3), derSequence(...extensions))] : []),
  );
  return derSequence(tbs, algorithm, derBitString(issuer.key.sign(scheme, tbs)));
}

function algorithmIdentifier(scheme: SignatureScheme): Uint8Array {
  const oid = derOid(ALGORITHM_OID[scheme]!);
  return scheme.startsWith('rsa') ? derSequence(oid, NULL) : derSequence(oid);
}

function derName({ commonName, organization }: X509Name): Uint8Array {
  const parts: Uint8Array[] = [];
  const add = (oid: string, text: string | undefined): void => {
    if (text !== undefined) parts.push(derElement(DerTag.set, derSequence(derOid(oid), derUtf8(text))));
  };
  add(Oid.organizationName, organization);
  add(Oid.commonName, commonName);
  return derSequence(...parts);
}

function derExtensions(template: CertificateTemplate, issuer: CertificateIssuer, crypto: CryptoProvider): Uint8Array[] {
  const { dnsNames = [], ipAddresses = [], isCa = false } = template;
  const isServer = dnsNames.length + ipAddresses.length > 0;
  if (!isServer && !isCa) return [];
  const extensions = [
    extension(Oid.basicConstraints, derSequence(...(isCa ? [derBoolean(true)] : [])), 'critical'),
    ...(template.permitted ? [extension(Oid.nameConstraints, derNameConstraints(template.permitted), 'critical')] : []),
    extension(Oid.keyUsage, isCa ? KEY_USAGE.certificateSign : KEY_USAGE.digitalSignature, 'critical'),
    extension(Oid.subjectKeyIdentifier, derOctetString(keyIdentifier(template.publicKeyDer, crypto))),
    extension(
      Oid.authorityKeyIdentifier,
      derSequence(derElement(contextTag(0, 'primitive'), keyIdentifier(issuer.key.publicKeyDer, crypto))),
    ),
  ];
  if (isServer) {
    extensions.push(extension(Oid.extendedKeyUsage, derSequence(derOid(Oid.serverAuth))));
    extensions.push(extension(Oid.subjectAltName, derSequence(...dnsNames.map(dnsName), ...ipAddresses.map(ipName))));
  }
  return extensions;
}

function extension(oid: string, value: Uint8Array, criticality?: 'critical'): Uint8Array {
  return derSequence(derOid(oid), ...(criticality ? [derBoolean(true)] : []), derOctetString(value));
}

/** The leftmost 160 bits of SHA-256 over the public key's bits (RFC 7093 §2, method 1). */
function keyIdentifier(publicKeyDer: Uint8Array, crypto: CryptoProvider): Uint8Array {
  const spki = new DerReader(publicKeyDer).enter(DerTag.sequence);
  spki.element(DerTag.sequence);
  return crypto.hash('sha-256', spki.bitString()).subarray(0, KEY_IDENTIFIER_BYTES);
}

/**
 * A kind of name that is not mentioned would be free (RFC 5280 §4.2.1.10): of a kind that is to have none, everything is
 * excluded.
 *
 *     NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] … OPTIONAL }
 */
function derNameConstraints({ dnsNames, ipNetworks }: PermittedNames): Uint8Array {
  const networks = ipNetworks.map(ipNetwork);
  const permitted = [...dnsNames.map(dnsName), ...networks.map((bytes) => derElement(contextTag(7, 'primitive'), bytes))];
  const excluded: Uint8Array[] = [];
  if (dnsNames.length === 0) excluded.push(dnsName(''));
  for (const length of [8, 32]) {
    if (!networks.some((bytes) => bytes.length === length))
      excluded.push(derElement(contextTag(7, 'primitive'), new Uint8Array(length)));
  }
  const subtrees = (n: number, names: Uint8Array[]): Uint8Array[] =>
    names.length > 0 ? [derElement(contextTag(n), ...names.map((name) => derSequence(name)))] : [];
  return derSequence(...subtrees(0, permitted), ...subtrees(1, excluded));
}

/** A network as its address and its mask, one after the other. */
function ipNetwork(text: string): Uint8Array {
  const [addressText = '', bitsText = ''] = text.split('/');
  const address = parseIpAddress(addressText);
  const bits = Number(bitsText);
  if (!address || !/^\d{1,3}$/.test(bitsText) || bits > address.length * 8) throw new RangeError(`"${text}" is not a network.`);
  const mask = address.map((_, i) => (0xff00 >> Math.min(8, Math.max(0, bits - i * 8))) & 0xff);
  return Uint8Array.of(...address.map((byte, i) => byte & mask[i]!), ...mask);
}

function dnsName(name: string): Uint8Array {
  return derElement(contextTag(2, 'primitive'), new TextEncoder().encode(name));
}

function ipName(text: string): Uint8Array {
  const address = parseIpAddress(text);
  if (!address) throw new RangeError(`"${text}" is not an IP address.`);
  return derElement(contextTag(7, 'primitive'), address);
}
