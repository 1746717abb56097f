import { hostname, networkInterfaces } from 'node:os';
import type { TlsNames } from '../tls/authority.js';

/** An address of this machine that devices on its network may use. */
export interface NetworkAddress {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly interfaceName: string;
}

/** Interfaces of containers and virtual machines: reachable, but seldom from a phone. */
const VIRTUAL = /^(?:docker|br-|veth|virbr|vmnet|vboxnet|cni|flannel|podman|lxc|utun|tun|tap|zt|wg)/;

/** The addresses of this machine, those first that a phone beside it most likely reaches. Link-local ones need a zone and are left out. */
export function networkAddresses(): NetworkAddress[] {
  const found: NetworkAddress[] = [];
  for (const [interfaceName, addresses] of Object.entries(networkInterfaces())) {
    for (const { address, family, internal } of addresses ?? []) {
      if (internal || address.startsWith('fe80:') || address.startsWith('169.254.')) continue;
      found.push({ address, family: family === 'IPv4' ? 'ipv4' : 'ipv6', interfaceName });
    }
  }
  return found.sort((a, b) => rank(a) - rank(b));
}

const rank = ({ family, interfaceName, address }: NetworkAddress): number =>
  (family === 'ipv6' ? 4 : 0) + (VIRTUAL.test(interfaceName) ? 2 : 0) + (isPrivate(address) ? 0 : 1);

const isPrivate = (address: string): boolean => /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd])/i.test(address);

/** Every name and address under which a browser may ask for this machine. */
export function tlsNames(extraNames: readonly string[]): TlsNames {
  const own = hostname().toLowerCase();
  const dnsNames = new Set(['localhost']);
  if (/^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(own)) {
    dnsNames.add(own);
    if (!own.includes('.')) dnsNames.add(`${own}.local`);
  }
  const ipAddresses = new Set(['127.0.0.1', '::1']);
  for (const { address } of networkAddresses()) ipAddresses.add(address);
  for (const name of extraNames) (/^[\d.]+$|:/.test(name) ? ipAddresses : dnsNames).add(name);
  return { dnsNames: [...dnsNames], ipAddresses: [...ipAddresses], required: extraNames };
}
