import type { RandomSource } from '../../core/index.js';
import { AttributeType, MAGIC_COOKIE, STUN_HEADER_BYTES } from '../../stun/index.js';
import { type IpEndpoint, putWord, word as wordAt } from './ip-endpoint.js';

/** The message type of a Data indication (RFC 8656 §18). */
const DATA_INDICATION = 0x0017;
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

/** The longest there is: header, an IPv6 peer, and as much data as fits 16 bits of length. */
const MAX_BYTES = STUN_HEADER_BYTES + 0xffff;
export const MAX_INDICATION_DATA_BYTES = 0xffff - 24 - 4 - 3;

/** Writes Data indications (RFC 8656 §11.4) into one buffer. Padding is zeros. */
export class DataIndicationWriter {
  /** Valid until the next indication. */
  readonly bytes = new Uint8Array(MAX_BYTES);
  private nextId: number;

  constructor(random: RandomSource) {
    const { bytes } = this;
    putWord(bytes, 4, MAGIC_COOKIE);
    putWord(bytes, 8, random.uint32());
    putWord(bytes, 12, random.uint32());
    this.nextId = random.uint32();
  }

  /** Writes `length` bytes of `data` as from `peer`; returns the length of the message. */
  data(peer: IpEndpoint, data: Uint8Array, offset: number, length: number): number {
    const { bytes } = this;
    let at = this.begin(peer);
    at = putHeader(bytes, at, AttributeType.data, length);
    bytes.set(offset === 0 && length === data.length ? data : data.subarray(offset, offset + length), at);
    const end = at + length;
    bytes.fill(0, end, end + 3);
    return this.finish(end + ((4 - (length & 3)) & 3));
  }

  /** Writes that a packet to `peer` met an ICMP error (RFC 8656 §11.5, §18.13). */
  icmp(peer: IpEndpoint, icmpType: number, icmpCode: number, errorData: number): number {
    const at = putHeader(this.bytes, this.begin(peer), AttributeType.icmp, 8);
    putWord(this.bytes, at, ((icmpType & 0x7f) << 9) | (icmpCode & 0x1ff));
    putWord(this.bytes, at + 4, errorData);
    return this.finish(at + 8);
  }

  /** Type, transaction id and XOR-PEER-ADDRESS. */
  private begin(peer: IpEndpoint): number {
    const { bytes } = this;
    bytes[0] = DATA_INDICATION >>> 8;
    bytes[1] = DATA_INDICATION & 0xff;
    this.nextId = (this.nextId + 1) | 0;
    putWord(bytes, 16, this.nextId);
    const { isIpv4 } = peer;
    const at = putHeader(bytes, STUN_HEADER_BYTES, AttributeType.xorPeerAddress, isIpv4 ? 8 : 20);
    const port = peer.port ^ (MAGIC_COOKIE >>> 16);
    putWord(bytes, at, ((isIpv4 ? FAMILY_IPV4 : FAMILY_IPV6) << 16) | port);
    if (isIpv4) {
      putWord(bytes, at + 4, peer.w3 ^ MAGIC_COOKIE);
      return at + 8;
    }
    putWord(bytes, at + 4, peer.w0 ^ MAGIC_COOKIE);
    putWord(bytes, at + 8, peer.w1 ^ wordAt(bytes, 8));
    putWord(bytes, at + 12, peer.w2 ^ wordAt(bytes, 12));
    putWord(bytes, at + 16, peer.w3 ^ wordAt(bytes, 16));
    return at + 20;
  }

  private finish(end: number): number {
    const length = end - STUN_HEADER_BYTES;
    this.bytes[2] = length >>> 8;
    this.bytes[3] = length;
    return end;
  }
}

function putHeader(bytes: Uint8Array, at: number, type: number, length: number): number {
  bytes[at] = type >>> 8;
  bytes[at + 1] = type;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length;
  return at + 4;
}
