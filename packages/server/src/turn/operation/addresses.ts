import { familyOf } from '@maru/protocol/stun';
import type { RelayAddress } from '@maru/protocol/turn/server';
import type { ExternalAddress, TurnConfig, TurnTransport } from '../config/turn-config.js';

/** A door for clients at one address. */
export interface BoundListener {
  readonly transport: TurnTransport;
  readonly address: string;
  readonly port: number;
}

const LOOPBACK = ['127.0.0.1', '::1'] as const;

/**
 * The listeners, each at one address: an answer must leave from the address that was asked, and a socket of all addresses does not
 * know which that was. `own` are the addresses of this machine, loopback left out.
 */
export function boundListeners({ listeners, alternate }: TurnConfig, own: readonly string[]): BoundListener[] {
  const bound = new Map<string, BoundListener>();
  const add = (transport: TurnTransport, address: string, port: number): void => {
    bound.set(`${transport} ${address} ${port}`, { transport, address, port });
  };
  for (const { transport, address, port } of listeners)
    for (const one of address === undefined ? [...own, ...LOOPBACK] : [address]) add(transport, one, port);
  if (alternate) {
    const first = [...bound.values()].find(({ transport, address }) => transport === 'udp' && address !== alternate.address);
    if (first) {
      add('udp', first.address, alternate.port);
      add('udp', alternate.address, first.port);
      add('udp', alternate.address, alternate.port);
    }
  }
  return [...bound.values()];
}

/** Where relays are: what the operator named, else one address of each family, the likeliest to be reached. */
export function relayAddresses({ relay, externalAddresses }: TurnConfig, own: readonly string[]): RelayAddress[] {
  const chosen = relay.addresses.length > 0 ? relay.addresses : bestOfEachFamily(own);
  const ports =
    'single' in relay.ports
      ? { firstPort: relay.ports.single, lastPort: relay.ports.single, isShared: true }
      : { firstPort: relay.ports.first, lastPort: relay.ports.last };
  return chosen.map((address) => {
    const advertisedAddress = externalOf(address, externalAddresses);
    return { address, ...ports, ...(advertisedAddress !== undefined && { advertisedAddress }) };
  });
}

/** What the world sees in the place of `address`. */
export function externalOf(address: string, externals: readonly ExternalAddress[]): string | undefined {
  const exact = externals.find(({ local }) => local === address);
  const general = externals.find(({ local, external }) => local === undefined && familyOf(external) === familyOf(address));
  return (exact ?? general)?.external;
}

/** Public addresses before private ones; loopback where there is no other. */
function bestOfEachFamily(own: readonly string[]): string[] {
  const best = (family: 'ipv4' | 'ipv6'): string | undefined => {
    const candidates = own.filter((address) => familyOf(address) === family);
    return candidates.find((address) => !isPrivate(address)) ?? candidates[0];
  };
  const found = [best('ipv4'), best('ipv6')].filter((address) => address !== undefined);
  return found.length > 0 ? found : [LOOPBACK[0]];
}

export const isPrivate = (address: string): boolean =>
  /^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::1$|f[cd]|fe80:)/i.test(
    address,
  );
