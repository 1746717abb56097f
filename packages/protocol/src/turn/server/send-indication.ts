import { AttributeType, crc32, FINGERPRINT_XOR, FIRST_OPTIONAL_TYPE, MAGIC_COOKIE, STUN_HEADER_BYTES } from '../../stun/index.js';
import { IpEndpoint, word } from './ip-endpoint.js';

/** The message type of a Send indication (RFC 8656 §18). */
const SEND_INDICATION = 0x0016;
const MAX_ATTRIBUTES = 32;
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

/** Attributes that a Send indication may carry and that mean nothing in it. */
const IGNORED: ReadonlySet<number> = new Set([
  AttributeType.username,
  AttributeType.realm,
  AttributeType.nonce,
  AttributeType.userhash,
  AttributeType.passwordAlgorithm,
]);

/** Whether these bytes begin as a Send indication. */
export function isSendIndication(bytes: Uint8Array, offset: number, length: number): boolean {
  return (
    length >= STUN_HEADER_BYTES &&
    bytes[offset] === SEND_INDICATION >>> 8 &&
    bytes[offset + 1] === (SEND_INDICATION & 0xff) &&
    word(bytes, offset + 4) === MAGIC_COOKIE
  );
}

/**
 * Reads Send indications (RFC 8656 §11.2) where they lie: one reader for all, no object for each. What `read` found is valid until
 * the next.
 */
export class SendIndicationReader {
  readonly peer = new IpEndpoint();
  dataOffset = 0;
  dataLength = 0;
  dontFragment = false;
  private hasPeer = false;
  private hasData = false;

  /** Why the indication is to be dropped; undefined when it was read. */
  read(bytes: Uint8Array, offset: number, length: number): string | undefined {
    const end = offset + length;
    if (((bytes[offset + 2]! << 8) | bytes[offset + 3]!) + STUN_HEADER_BYTES !== length || length % 4 !== 0)
      return 'stun/message/wrong-length';
    this.hasPeer = false;
    this.hasData = false;
    this.dontFragment = false;
    let at = offset + STUN_HEADER_BYTES;
    for (let count = 0; at < end; count++) {
      const type = (bytes[at]! << 8) | bytes[at + 1]!;
      const size = (bytes[at + 2]! << 8) | bytes[at + 3]!;
      const value = at + 4;
      const next = value + ((size + 3) & ~3);
      if (next > end) return 'stun/message/attribute-truncated';
      if (count === MAX_ATTRIBUTES) return 'stun/message/too-many-attributes';
      if (type === AttributeType.messageIntegrity || type === AttributeType.messageIntegritySha256) at = next;
      else if (type === AttributeType.fingerprint) return this.verdict(isFingerprintRight(bytes, offset, at, end));
      else {
        const problem = this.take(type, bytes, offset, value, size);
        if (problem !== undefined) return problem;
        at = next;
      }
    }
    return this.verdict(true);
  }

  private verdict(isIntact: boolean): string | undefined {
    if (!isIntact) return 'stun/wrong-fingerprint';
    return this.hasPeer && this.hasData ? undefined : 'turn/send/incomplete';
  }

  /** The first of each counts (RFC 8489 §14). */
  private take(type: number, bytes: Uint8Array, offset: number, value: number, size: number): string | undefined {
    switch (type) {
      case AttributeType.xorPeerAddress:
        return this.hasPeer || this.readPeer(bytes, offset, value, size) ? undefined : 'stun/address/wrong-length';
      case AttributeType.data:
        if (!this.hasData) {
          this.hasData = true;
          this.dataOffset = value;
          this.dataLength = size;
        }
        return undefined;
      case AttributeType.dontFragment:
        this.dontFragment = true;
        return undefined;
      default:
        return type >= FIRST_OPTIONAL_TYPE || IGNORED.has(type) ? undefined : 'turn/send/unknown-attribute';
    }
  }

  private readPeer(bytes: Uint8Array, offset: number, value: number, size: number): boolean {
    const family = bytes[value + 1];
    const port = ((bytes[value + 2]! << 8) | bytes[value + 3]!) ^ (MAGIC_COOKIE >>> 16);
    this.hasPeer = true;
    if (family === FAMILY_IPV4 && size === 8) {
      this.peer.setIpv4Word(word(bytes, value + 4) ^ MAGIC_COOKIE, port);
      return true;
    }
    if (family !== FAMILY_IPV6 || size !== 20) return false;
    this.peer.setIpv6(bytes, value + 4, port);
    this.peer.w0 ^= MAGIC_COOKIE;
    this.peer.w1 ^= word(bytes, offset + 8);
    this.peer.w2 ^= word(bytes, offset + 12);
    this.peer.w3 ^= word(bytes, offset + 16);
    return true;
  }
}

function isFingerprintRight(bytes: Uint8Array, offset: number, at: number, end: number): boolean {
  if (at + 8 !== end || bytes[at + 3] !== 4) return false;
  return (crc32(bytes.subarray(offset, at)) ^ FINGERPRINT_XOR) === word(bytes, at + 4);
}
