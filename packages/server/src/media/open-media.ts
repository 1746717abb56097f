import { isIP } from 'node:net';
import { type MediaAddress, MediaServer } from '@maru/sfu';
import { networkAddresses } from '../config/addresses.js';
import type { MediaOpening } from './media-port.js';

/** Opens the media server of @maru/sfu: UDP beside the server's own port, TCP on it. Rejects when no port can be had. */
export async function openMedia({ part, port, host, publicUrl, log }: MediaOpening): Promise<MediaServer> {
  const { udpPort, workers, driver } = part;
  const addresses = part.addresses ?? addressesFor(host, publicUrl);
  const options = {
    advertisedTcpPort: port,
    log,
    ...(addresses && { addresses }),
    ...(workers !== undefined && { workers }),
    ...(driver && { driver }),
  };
  if (udpPort !== undefined) return MediaServer.start({ ...options, udpPort });
  try {
    return await MediaServer.start({ ...options, udpPort: port < 65_535 ? port + 1 : 0 });
  } catch (error) {
    log.debug('media/port-taken', { port: port + 1, error: String(error) });
    return MediaServer.start({ ...options, udpPort: 0 });
  }
}

/** Where the operator has said nothing: the address that the server listens on, and the public one in front of it, if that is a number. */
function addressesFor(host: string | undefined, publicUrl: string | undefined): MediaAddress[] | undefined {
  const isOpen = host === undefined || host === '::' || host === '0.0.0.0';
  if (!isOpen) return [{ bind: isIP(host) ? host : '127.0.0.1' }];
  const publicHost = publicUrl === undefined ? '' : new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  const own = networkAddresses().map(({ address }) => address);
  if (!isIP(publicHost) || own.includes(publicHost)) return undefined;
  const behind = own.findIndex((address) => isIP(address) === isIP(publicHost));
  return own.map((address, index) => ({ bind: address, ...(index === behind && { advertised: [address, publicHost] }) }));
}
