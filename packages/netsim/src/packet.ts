import type { TcpSegment } from './tcp.js';

/** One end of a packet's way. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

interface Headers {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** What travels: headers are replaced by translators, never changed; `bytes` belong to the network. */
export type Packet = Headers &
  ({ readonly protocol: 'udp'; readonly bytes: Uint8Array } | { readonly protocol: 'tcp'; readonly segment: TcpSegment });

/** Address family of a textual address. */
export function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const UDP_HEADER_BYTES = 8;
const TCP_HEADER_BYTES = 32;

/** Size on the link: IP and transport headers included. */
export function sizeOfPacket(packet: Packet): number {
  const ip = familyOf(packet.destination.address) === 'ipv6' ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES;
  return (
    ip + (packet.protocol === 'udp' ? UDP_HEADER_BYTES + packet.bytes.length : TCP_HEADER_BYTES + packet.segment.bytes.length)
  );
}

/** A copy that a second delivery may poison without harm to the first. */
export function copyOfPacket(packet: Packet): Packet {
  if (packet.protocol === 'udp') return { ...packet, bytes: new Uint8Array(packet.bytes) };
  return { ...packet, segment: { ...packet.segment, bytes: new Uint8Array(packet.segment.bytes) } };
}
