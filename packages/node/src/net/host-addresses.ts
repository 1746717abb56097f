import { networkInterfaces } from 'node:os';
import type { HostAddress } from '@maru/protocol/core';

/** What an interface is made of, guessed from the name that the system gave it; the only portable hint there is. */
const TYPES: readonly (readonly [RegExp, HostAddress['networkType']])[] = [
  [/^(tun|tap|wg|ppp|utun|ipsec|zt|tailscale|nordlynx)/i, 'vpn'],
  [/^(wwan|rmnet|ccmni|pdp_ip)/i, 'cellular'],
  [/^(wl|wifi|wi-fi|ath|ra\d)/i, 'wifi'],
  [/^(en|eth|em|p\d+p|ethernet|veth|br|docker)/i, 'ethernet'],
];

/**
 * The addresses of this host that others could be told of, loopback included. IPv6 link-local ones are left out: they mean
 * nothing without a zone, which candidates cannot carry.
 */
export function hostAddresses(): HostAddress[] {
  const found: HostAddress[] = [];
  for (const [interfaceName, entries = []] of Object.entries(networkInterfaces())) {
    const networkType = TYPES.find(([pattern]) => pattern.test(interfaceName))?.[1] ?? 'unknown';
    for (const { address, family, internal } of entries) {
      if (/^fe[89ab]/i.test(address)) continue;
      found.push({ interfaceName, address, family: family === 'IPv6' ? 'ipv6' : 'ipv4', networkType, isLoopback: internal });
    }
  }
  return found;
}
