import { assert } from '../../../core/index.js';
import { type Prefix, parsePrefixes } from './prefix.js';

/** Why a block is no place to relay to. */
export type SpecialPurpose =
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'shared'
  | 'link-local'
  | 'protocol-assignment'
  | 'documentation'
  | 'benchmarking'
  | 'anycast'
  | 'multicast'
  | 'reserved'
  | 'discard'
  | 'translation'
  | 'not-global';

export interface SpecialBlock {
  readonly block: string;
  readonly purpose: SpecialPurpose;
  readonly prefix: Prefix;
}

/**
 * The IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890) whole, also where they say "globally reachable": no peer of a
 * call lives there. Beside them multicast, the site-local addresses of old, and all IPv6 that is not global unicast (2000::/3).
 * Forms that hide an IPv4 address (`::ffff:0:0/96`, `64:ff9b::/96`, 2001::/32, 2002::/16) are not here: disguise.ts unmasks them.
 */
const BLOCKS: readonly (readonly [string, SpecialPurpose])[] = [
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'shared'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'protocol-assignment'],
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'anycast'],
  ['192.52.193.0/24', 'anycast'],
  ['192.88.99.0/24', 'anycast'],
  ['192.168.0.0/16', 'private'],
  ['192.175.48.0/24', 'anycast'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['255.255.255.255/32', 'reserved'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['64:ff9b:1::/48', 'translation'],
  ['100::/64', 'discard'],
  ['100:0:0:1::/64', 'discard'],
  ['2001::/23', 'protocol-assignment'],
  ['2001:db8::/32', 'documentation'],
  ['2620:4f:8000::/48', 'anycast'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'reserved'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'link-local'],
  ['ff00::/8', 'multicast'],
];

export const SPECIAL_BLOCKS: readonly SpecialBlock[] = BLOCKS.map(([block, purpose]) => {
  const prefix = parsePrefixes(block)?.[0];
  assert(prefix, 'the registry is well-formed');
  return { block, purpose, prefix };
});
