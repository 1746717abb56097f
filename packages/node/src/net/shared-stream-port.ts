import { addon } from '@maru/native';
import { BindError } from './datagram-pool.js';

/**
 * A TCP socket bound to a port that others may share, as a descriptor with which a `net.Server` can listen or a `net.Socket`
 * connect: several threads accept at one port, or connections leave from a port that listens. Undefined where @maru/native
 * is not there: node:net cannot ask for it. Throws a {@link BindError} when the port cannot be had.
 */
export function bindSharedStream(address: string, port: number): number | undefined {
  if (!addon) return undefined;
  const descriptor = addon.bindStream(address, port);
  if (descriptor < 0) throw new BindError(addon.errorName(descriptor), `TCP ${address}`, port);
  return descriptor;
}
