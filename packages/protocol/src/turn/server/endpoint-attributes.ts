import type { ByteWriter } from '../../bytes/index.js';
import { type AttributeWriter, MAGIC_COOKIE, XorMappedAddress, XorPeerAddress, XorRelayedAddress } from '../../stun/index.js';
import { type IpEndpoint, word } from './ip-endpoint.js';

const FAMILY_IPV4 = 0x01;
const FAMILY_IPV6 = 0x02;

/** The address of a peer or a client, as an attribute: written from its words, which need not become text and be read again. */
export const XorMappedEndpoint = xorEndpoint(XorMappedAddress.type);
export const XorRelayedEndpoint = xorEndpoint(XorRelayedAddress.type);
export const XorPeerEndpoint = xorEndpoint(XorPeerAddress.type);

function xorEndpoint(type: number): AttributeWriter<IpEndpoint> {
  return { type, encode };
}

/** RFC 8489 §14.2: the port XORed with half of the cookie, the address with the cookie and, behind that, the transaction id. */
function encode(endpoint: IpEndpoint, out: ByteWriter, transactionId: Uint8Array): void {
  const { w0, w1, w2, w3, port, isIpv4 } = endpoint;
  out.u16(isIpv4 ? FAMILY_IPV4 : FAMILY_IPV6).u16(port ^ (MAGIC_COOKIE >>> 16));
  if (isIpv4) {
    out.u32(w3 ^ MAGIC_COOKIE);
    return;
  }
  out
    .u32(w0 ^ MAGIC_COOKIE)
    .u32(w1 ^ word(transactionId, 0))
    .u32(w2 ^ word(transactionId, 4))
    .u32(w3 ^ word(transactionId, 8));
}
