import { ByteReader } from '../bytes/index.js';
import { type Decoded, Malformed } from '../core/index.js';
import type { StunAttribute } from './attribute.js';
import { AttributeType } from './registry.js';

/** Fixed in every message since RFC 5389; nothing older is spoken here (RFC 8489 §5). */
export const MAGIC_COOKIE = 0x2112_a442;

/** Length of the header before the attributes. */
export const STUN_HEADER_BYTES = 20;

/** The longest message: the length field has 16 bits, and what follows comes in fours. */
export const STUN_MAX_BYTES = STUN_HEADER_BYTES + 0xfffc;

/** More attributes than any message has: who sends more is not talking STUN. */
const MAX_ATTRIBUTES = 128;

const TOO_SHORT = Malformed.of('stun/message/too-short');
const NOT_STUN = Malformed.of('stun/message/not-stun');
const WRONG_LENGTH = Malformed.of('stun/message/wrong-length');
const TRUNCATED = Malformed.of('stun/message/attribute-truncated');
const TOO_MANY = Malformed.of('stun/message/too-many-attributes');

/** What a message is to its transaction (RFC 8489 §5). */
export type StunClass = 'request' | 'indication' | 'success' | 'error';

const CLASSES: readonly StunClass[] = ['request', 'indication', 'success', 'error'];

/** An attribute as it stands in a message. */
export interface RawAttribute {
  readonly type: number;
  /** A view of the message, padding left out. */
  readonly value: Uint8Array;
  /** Where its header starts, counted from the start of the message: integrity covers what is before it. */
  readonly offset: number;
}

/** A decoded message. It holds views of the bytes it came from, and lives no longer than they do. */
export class StunMessage {
  constructor(
    readonly bytes: Uint8Array,
    readonly messageClass: StunClass,
    readonly method: number,
    /** 12 bytes. */
    readonly transactionId: Uint8Array,
    /** In order, without those that RFC 8489 §14.5 to §14.7 says to ignore. */
    readonly attributes: readonly RawAttribute[],
  ) {}

  /** The first attribute of this type; further ones are ignored (RFC 8489 §14). */
  find(type: number): RawAttribute | undefined {
    for (const attribute of this.attributes) if (attribute.type === type) return attribute;
    return undefined;
  }

  has(attribute: { readonly type: number }): boolean {
    return this.find(attribute.type) !== undefined;
  }

  /** The value of the first such attribute; undefined when there is none. */
  read<T>(attribute: StunAttribute<T>): Decoded<T> | undefined {
    const raw = this.find(attribute.type);
    return raw && attribute.decode(raw.value, this.transactionId);
  }

  /** Like {@link read}, for those to whom an unreadable attribute is as good as none. */
  value<T>(attribute: StunAttribute<T>): T | undefined {
    const value = this.read(attribute);
    return value instanceof Malformed ? undefined : value;
  }

  /** The values of all such attributes (XOR-PEER-ADDRESS may come more than once, RFC 8656 §10.1). */
  readAll<T>(attribute: StunAttribute<T>): Decoded<T>[] {
    return this.attributes
      .filter((raw) => raw.type === attribute.type)
      .map((raw) => attribute.decode(raw.value, this.transactionId));
  }
}

/** Whether a datagram that a socket shares with other protocols is STUN (RFC 8489 §6.3, RFC 7983 §7). Looks at the header only. */
export function isStun(bytes: Uint8Array): boolean {
  return (
    bytes.length >= STUN_HEADER_BYTES &&
    bytes[0]! < 4 &&
    bytes[4] === 0x21 &&
    bytes[5] === 0x12 &&
    bytes[6] === 0xa4 &&
    bytes[7] === 0x42 &&
    ((bytes[2]! << 8) | bytes[3]!) + STUN_HEADER_BYTES === bytes.length
  );
}

/**
 * Decodes a whole message (RFC 8489 §5). Attributes stay raw; the `attributes` folder reads them.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |0 0|     STUN Message Type     |         Message Length        |
 *     |                         Magic Cookie                          |
 *     |                     Transaction ID (96 bits)                  |
 */
export function decodeStunMessage(bytes: Uint8Array): Decoded<StunMessage> {
  if (bytes.length < STUN_HEADER_BYTES) return TOO_SHORT;
  const reader = new ByteReader(bytes);
  const type = reader.u16();
  const length = reader.u16();
  const cookie = reader.u32();
  const transactionId = reader.view(12);
  if (type > 0x3fff || cookie !== MAGIC_COOKIE) return NOT_STUN;
  if (length % 4 !== 0 || length !== reader.remaining) return WRONG_LENGTH;
  const attributes = decodeAttributes(reader);
  if (attributes instanceof Malformed) return attributes;
  return new StunMessage(bytes, classOf(type), methodOf(type), transactionId, attributes);
}

/**
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |         Type                  |            Length             |
 *     |                         Value (variable)                ....
 */
function decodeAttributes(reader: ByteReader): Decoded<RawAttribute[]> {
  const attributes: RawAttribute[] = [];
  let last = 0;
  while (reader.remaining > 0) {
    const offset = reader.position;
    const type = reader.u16();
    const length = reader.u16();
    const value = reader.view(length);
    reader.skip((4 - (length & 3)) & 3);
    if (reader.failed) return TRUNCATED;
    if (attributes.length === MAX_ATTRIBUTES) return TOO_MANY;
    if (!mayFollow(type, last)) continue;
    attributes.push({ type, value, offset });
    if (isProtection(type)) last = type;
  }
  return attributes;
}

function isProtection(type: number): boolean {
  return (
    type === AttributeType.messageIntegrity || type === AttributeType.messageIntegritySha256 || type === AttributeType.fingerprint
  );
}

/** What counts after `last`, the last of the protecting attributes so far; all else is ignored (RFC 8489 §14.5 to §14.7). */
function mayFollow(type: number, last: number): boolean {
  switch (last) {
    case 0:
      return true;
    case AttributeType.messageIntegrity:
      return type === AttributeType.messageIntegritySha256 || type === AttributeType.fingerprint;
    case AttributeType.messageIntegritySha256:
      return type === AttributeType.fingerprint;
    default:
      return false;
  }
}

/**
 * The message type: method bits M and class bits C, interleaved (RFC 8489 §5).
 *
 *      0 0 M M M M M C M M M C M M M M
 */
export function messageTypeOf(messageClass: StunClass, method: number): number {
  const c = CLASSES.indexOf(messageClass);
  return (method & 0xf) | ((method & 0x70) << 1) | ((method & 0xf80) << 2) | ((c & 1) << 4) | ((c & 2) << 7);
}

function methodOf(type: number): number {
  return (type & 0xf) | ((type & 0xe0) >> 1) | ((type & 0x3e00) >> 2);
}

function classOf(type: number): StunClass {
  return CLASSES[((type >> 4) & 1) | ((type >> 7) & 2)]!;
}
