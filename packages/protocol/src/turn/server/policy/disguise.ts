import { ipv4Prefix, type Prefix, type Words } from './prefix.js';

/**
 * The IPv4 addresses that an IPv6 address leads to, wherever its packets meet a translator or a tunnel: what a rule says of them it
 * says of the address. Empty when it hides none.
 */
export function hiddenIpv4(address: Words): readonly number[] {
  const { w0, w1, w2, w3 } = address;
  const found: number[] = [];
  if (w0 === 0 && w1 === 0 && w2 === 0 && (w3 < 0 || w3 > 1)) found.push(w3); // IPv4-compatible ::/96 (RFC 4291 §2.5.5.1)
  if (w0 === 0 && w1 === 0 && w2 === MAPPED) found.push(w3); // ::ffff:0:0/96 (RFC 4291 §2.5.5.2)
  if (w0 === 0 && w1 === 0 && w2 === TRANSLATED) found.push(w3); // IPv4-translated ::ffff:0:0:0/96 (RFC 7915)
  if (w0 === NAT64 && w1 === 0 && w2 === 0) found.push(w3); // 64:ff9b::/96 (RFC 6052 §2.1)
  if (w0 === TEREDO) found.push(w1, ~w3); // its server, and its client in inverse video (RFC 4380 §4)
  if (w0 >>> 16 === SIX_TO_FOUR) found.push((w0 << 16) | (w1 >>> 16)); // 2002::/16 (RFC 3056 §2)
  if (isIsatap(w2)) found.push(w3); // …:0:5efe:a.b.c.d under any prefix (RFC 5214 §6.1)
  return found;
}

/** Whether all there is to say of the address is said by what it hides: an ISATAP address has a prefix of its own as well. */
export function isOnlyDisguise({ w0, w1, w2, w3 }: Words): boolean {
  if (w0 === 0 && w1 === 0) return w2 === MAPPED || w2 === TRANSLATED || (w2 === 0 && (w3 < 0 || w3 > 1));
  return (
    (w0 === 0 && w1 === 0 && w2 === TRANSLATED) ||
    (w0 === NAT64 && w1 === 0 && w2 === 0) ||
    w0 === TEREDO ||
    w0 >>> 16 === SIX_TO_FOUR
  );
}

/** A rule written in a disguise means what it hides: `::ffff:10.0.0.0/104` is 10.0.0.0/8. Others are returned as they are. */
export function unmaskPrefix(prefix: Prefix): Prefix {
  const { w0, w1, w2, w3, bits } = prefix;
  if (bits > 96) {
    const isLastWord =
      (w0 === 0 && w1 === 0 && w2 === 0 && (bits < 128 || w3 < 0 || w3 > 1)) ||
      (w0 === 0 && w1 === 0 && w2 === TRANSLATED) ||
      (w0 === NAT64 && w1 === 0 && w2 === 0) ||
      isIsatap(w2);
    if (isLastWord) return ipv4Prefix(w3, bits - 96);
    if (w0 === TEREDO) return ipv4Prefix(~w3, bits - 96);
  }
  if (w0 >>> 16 === SIX_TO_FOUR && bits > 16) return ipv4Prefix((w0 << 16) | (w1 >>> 16), Math.min(bits, 48) - 16);
  return prefix;
}

const MAPPED = 0xffff;
const TRANSLATED = 0xffff_0000 | 0;
const NAT64 = 0x0064_ff9b;
const TEREDO = 0x2001_0000;
const SIX_TO_FOUR = 0x2002;

/** The upper half of an ISATAP interface identifier, universal bit set or not. */
function isIsatap(w2: number): boolean {
  return (w2 & ~0x0300_0000) === 0x5efe;
}
