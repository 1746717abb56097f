import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Says from which address a request comes. What proxies say of it is believed of those alone that the operator trusts (S-92). */
export class ClientAddresses {
  private readonly trusted = new BlockList();

  /** `proxies`: addresses, or networks as `10.0.0.0/8`. */
  constructor(proxies: readonly string[]) {
    for (const proxy of proxies) {
      const [address = '', prefix] = proxy.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.trusted.addAddress(address, family);
      else this.trusted.addSubnet(address, Number(prefix), family);
    }
  }

  /** The nearest address that is no trusted proxy. */
  of(request: Pick<IncomingMessage, 'socket' | 'headers'>): string | undefined {
    let address = plain(request.socket.remoteAddress ?? '');
    const header = request.headers['x-forwarded-for'] ?? '';
    const hops = (Array.isArray(header) ? header.join(',') : header).split(',').map((hop) => hop.trim());
    while (this.isTrusted(address)) {
      const hop = plain(hops.pop() ?? '');
      if (isIP(hop) === 0) break;
      address = hop;
    }
    return address || undefined;
  }

  private isTrusted(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/** An IPv4 address in IPv6 form is that IPv4 address. */
const plain = (address: string): string => (address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address);
