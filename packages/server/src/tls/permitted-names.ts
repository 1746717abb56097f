import { BlockList, isIP } from 'node:net';
import type { PermittedNames } from '@maru/protocol/dtls';
import type { TlsNames } from './authority.js';

/** Networks that nobody reaches over the Internet (RFC 1918, 6598, 3927, 4193, 4291): whoever has an address there is one's own. */
const PRIVATE_NETWORKS = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
];
/** Names that this machine says to its neighbours (RFC 6762) and to itself (RFC 6761). */
const PRIVATE_DOMAINS = ['localhost', 'local'];

/** All that an authority made for `names` may ever vouch for: these, and what is private anyway. */
export function permittedFor({ dnsNames, ipAddresses }: TlsNames): PermittedNames {
  return {
    dnsNames: [...new Set([...PRIVATE_DOMAINS, ...dnsNames])],
    ipNetworks: [...new Set([...PRIVATE_NETWORKS, ...ipAddresses.map(networkOf)])],
  };
}

/** The part of `names` that is permitted. */
export function within(permitted: PermittedNames, { dnsNames, ipAddresses }: TlsNames): TlsNames {
  const networks = new BlockList();
  for (const network of permitted.ipNetworks) {
    const [address = '', bits] = network.split('/');
    networks.addSubnet(address, Number(bits), familyOf(address));
  }
  return {
    dnsNames: dnsNames.filter((name) => permitted.dnsNames.some((domain) => name === domain || name.endsWith(`.${domain}`))),
    ipAddresses: ipAddresses.filter((address) => networks.check(address, familyOf(address))),
  };
}

/** A host's IPv6 address changes from day to day within its network (RFC 8981). */
const networkOf = (address: string): string => (isIP(address) === 6 ? `${address}/64` : `${address}/32`);

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
