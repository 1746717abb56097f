import { ByteReader, ByteWriter } from '@maru/protocol/bytes';
import { MaruError } from '../errors.js';
import { Sha256 } from '../files/sha256.js';
import type { Address } from './address.js';
import { decodeBase64Url, encodeBase64Url } from './base64url.js';
import type { ChannelOffer, CodedCandidate } from './channel-sdp.js';

/** What one person hands to the other, as text, link or picture. */
export interface DirectCode {
  readonly kind: 'invite' | 'answer';
  /** The same in an invite and in its answer: tells an answer to this invite from one to another. */
  readonly callId: number;
  readonly offer: ChannelOffer;
}

const VERSION = 1;
const CHECK_BYTES = 3;
const MAX_BYTES = 2_048;
const MAX_CANDIDATES = 24;
/** Signs of ICE credentials (RFC 8839 §5.4): nothing that could begin another SDP line. */
const ICE_TEXT = /^[A-Za-z0-9+/]+$/;

const SETUPS = ['actpass', 'active', 'passive'] as const;
const TYPES = ['host', 'srflx', 'prflx', 'relay'] as const;
const FAMILIES = ['ipv4', 'ipv6', 'mdns'] as const;
const ADDRESS_BYTES = { ipv4: 4, ipv6: 16, mdns: 16 } as const;

/**
 * Writes a code. Nothing in it compresses (keys, hashes, addresses), so it is packed rather than deflated: some 250 characters.
 *
 *     version (4 bits) | kind (2) | setup (2)     1 byte
 *     call id                                     4
 *     fingerprint                                32
 *     ufrag, password                             1 + n each
 *     candidates: count                           1
 *       each: type (2 bits) | family (2 bits)     1, priority 4, port 2, address 4 or 16
 *     first bytes of the SHA-256 of all before    3
 */
export function encodeDirectCode({ kind, callId, offer }: DirectCode): string {
  const writer = new ByteWriter(new Uint8Array(MAX_BYTES));
  const text = (value: string): void => void writer.u8(value.length).raw(new TextEncoder().encode(value));
  writer.u8((VERSION << 4) | ((kind === 'invite' ? 0 : 1) << 2) | SETUPS.indexOf(offer.setup));
  writer.u32(callId).raw(offer.fingerprint);
  text(offer.ufrag);
  text(offer.password);
  const candidates = offer.candidates.slice(0, MAX_CANDIDATES);
  writer.u8(candidates.length);
  for (const { type, address, priority, port } of candidates) {
    writer.u8((TYPES.indexOf(type) << 2) | FAMILIES.indexOf(address.family));
    writer.u32(priority).u16(port).raw(address.bytes);
  }
  writer.raw(checkOf(writer.written));
  return encodeBase64Url(writer.written);
}

/** Reads a code. Throws `direct/invalid-code` for anything that is not whole, `direct/code-too-new` for one of a later version. */
export function decodeDirectCode(text: string): DirectCode {
  const bytes = text.length <= MAX_BYTES * 2 ? decodeBase64Url(text.trim()) : undefined;
  if (!bytes || bytes.length <= CHECK_BYTES) throw invalid('not a code');
  const body = bytes.subarray(0, -CHECK_BYTES);
  if (!equal(checkOf(body), bytes.subarray(-CHECK_BYTES))) throw invalid('the code is incomplete or mistyped');
  const reader = new ByteReader(body);
  const head = reader.u8();
  if (head >> 4 !== VERSION)
    throw new MaruError('direct/code-too-new', `expected a code of version ${VERSION}, got ${head >> 4}`);
  const callId = reader.u32();
  const setup = SETUPS[head & 3];
  const fingerprint = reader.view(32).slice();
  const ufrag = readText(reader);
  const password = readText(reader);
  const candidates = readCandidates(reader);
  if (reader.failed || reader.remaining > 0 || !setup) throw invalid('the code is not well-formed');
  if (!ICE_TEXT.test(ufrag) || !ICE_TEXT.test(password)) throw invalid('its credentials are not of ICE');
  return {
    kind: ((head >> 2) & 3) === 0 ? 'invite' : 'answer',
    callId,
    offer: { setup, fingerprint, ufrag, password, candidates },
  };
}

/** What a text is before anything is done with it; undefined when it is no code. */
export function kindOfDirectCode(text: string): DirectCode['kind'] | undefined {
  try {
    return decodeDirectCode(text).kind;
  } catch (error) {
    if (error instanceof MaruError) return undefined;
    throw error;
  }
}

function readCandidates(reader: ByteReader): CodedCandidate[] {
  const candidates: CodedCandidate[] = [];
  for (let count = reader.u8(); count > 0 && !reader.failed; count -= 1) {
    const head = reader.u8();
    const priority = reader.u32();
    const port = reader.u16();
    const family = FAMILIES[head & 3];
    const type = TYPES[(head >> 2) & 3];
    if (!family || !type) throw invalid('a candidate is of no known kind');
    const address: Address = { family, bytes: reader.view(ADDRESS_BYTES[family]).slice() };
    candidates.push({ type, address, priority, port });
  }
  return candidates;
}

function readText(reader: ByteReader): string {
  return String.fromCharCode(...reader.view(reader.u8()));
}

function checkOf(bytes: Uint8Array): Uint8Array {
  const hex = new Sha256().update(bytes).digest();
  return Uint8Array.from({ length: CHECK_BYTES }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function invalid(detail: string): MaruError {
  return new MaruError('direct/invalid-code', detail);
}
