import { formatIpAddress, parseIpAddress, type TransportAddress } from '../../stun/index.js';

/** The words of `::ffff:0:0/96` before the last one: IPv4 addresses are kept as their mapped form. */
const MAPPED_WORD = 0xffff;

/**
 * An IP address and a port as integers, so that neither reading one from a socket address nor looking it up makes an object.
 * A driver keeps one and fills it for each packet; the server copies what it wants to keep.
 *
 * The address is its 128 bits as four signed 32-bit words, an IPv4 address as `::ffff:a.b.c.d`: what a dual-stack socket
 * reports for an IPv4 sender is the same endpoint.
 */
export class IpEndpoint {
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;
  port = 0;

  /** The endpoint that `address` and `port` spell; undefined when `address` is no IP address. */
  static of(address: string, port: number): IpEndpoint | undefined {
    const endpoint = new IpEndpoint();
    return endpoint.setText(address, port) ? endpoint : undefined;
  }

  get family(): 'ipv4' | 'ipv6' {
    return this.isIpv4 ? 'ipv4' : 'ipv6';
  }

  get isIpv4(): boolean {
    return this.w0 === 0 && this.w1 === 0 && this.w2 === MAPPED_WORD;
  }

  /** Four bytes of `bytes` from `at`, as in a `sockaddr_in`. */
  setIpv4(bytes: Uint8Array, at: number, port: number): this {
    return this.setIpv4Word(word(bytes, at), port);
  }

  /** The same with the 32 bits at hand. */
  setIpv4Word(address: number, port: number): this {
    this.w0 = 0;
    this.w1 = 0;
    this.w2 = MAPPED_WORD;
    this.w3 = address;
    this.port = port;
    return this;
  }

  /** Sixteen bytes of `bytes` from `at`, as in a `sockaddr_in6`. */
  setIpv6(bytes: Uint8Array, at: number, port: number): this {
    this.w0 = word(bytes, at);
    this.w1 = word(bytes, at + 4);
    this.w2 = word(bytes, at + 8);
    this.w3 = word(bytes, at + 12);
    this.port = port;
    return this;
  }

  /** What node:dgram reports: dotted or RFC 5952 text. False, and nothing changed, when `address` is no IP address. */
  setText(address: string, port: number): boolean {
    const ipv4 = dottedWord(address);
    if (ipv4 !== undefined) {
      this.setIpv4Word(ipv4, port);
      return true;
    }
    const zone = address.indexOf('%');
    const bytes = parseIpAddress(zone < 0 ? address : address.slice(0, zone));
    if (bytes?.length !== 16) return false;
    this.setIpv6(bytes, 0, port);
    return true;
  }

  set({ w0, w1, w2, w3, port }: IpEndpoint): this {
    this.w0 = w0;
    this.w1 = w1;
    this.w2 = w2;
    this.w3 = w3;
    this.port = port;
    return this;
  }

  copy(): IpEndpoint {
    return new IpEndpoint().set(this);
  }

  isSame(other: IpEndpoint): boolean {
    return this.port === other.port && this.isSameAddress(other);
  }

  isSameAddress(other: IpEndpoint): boolean {
    return this.w3 === other.w3 && this.w2 === other.w2 && this.w1 === other.w1 && this.w0 === other.w0;
  }

  /** The 4 or 16 bytes of the address. */
  addressBytes(): Uint8Array {
    const bytes = new Uint8Array(16);
    putWord(bytes, 0, this.w0);
    putWord(bytes, 4, this.w1);
    putWord(bytes, 8, this.w2);
    putWord(bytes, 12, this.w3);
    return this.isIpv4 ? bytes.subarray(12) : bytes;
  }

  /** Dotted, or RFC 5952. Makes a string: not for every packet. */
  get address(): string {
    const { w3 } = this;
    if (this.isIpv4) return `${w3 >>> 24}.${(w3 >>> 16) & 0xff}.${(w3 >>> 8) & 0xff}.${w3 & 0xff}`;
    return formatIpAddress(this.addressBytes());
  }

  toTransportAddress(): TransportAddress {
    return { address: this.address, port: this.port };
  }
}

/** The 32 bits of the four bytes from `at`, signed. */
export function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

export function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

const DOT = 0x2e;
const ZERO = 0x30;

/** The 32 bits of a dotted address, without a pattern and without an object; undefined when it is none. */
function dottedWord(text: string): number | undefined {
  let value = 0;
  let parts = 0;
  let part = -1;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? DOT : text.charCodeAt(i);
    if (code === DOT) {
      if (part < 0) return undefined;
      value = (value << 8) | part;
      parts += 1;
      part = -1;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || part === 0) return undefined; // 010 is 8 to some and 10 to others
    part = part < 0 ? digit : part * 10 + digit;
    if (part > 255) return undefined;
  }
  return parts === 4 ? value : undefined;
}
