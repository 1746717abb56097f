import { canonicalIpAddress, type TransportAddress } from '@maru/protocol/stun';

/** Reads `192.0.2.1:3478` or `[2001:db8::1]:3478`; undefined when it is neither. */
export function parseEndpoint(text: string): TransportAddress | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text);
  if (!match) return undefined;
  const address = canonicalIpAddress(match[1] ?? match[2]!);
  const port = Number(match[3]);
  return address !== undefined && isPort(port) ? { address, port } : undefined;
}

export const formatEndpoint = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

export const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;
