import { driver as available } from '../net/driver.js';
import type { MediaDriver } from './media-driver.js';
import { NodeMediaDriver } from './node-media-driver.js';

export interface MediaDriverOptions {
  /** Which one; absent: the native one where it is there. */
  readonly driver?: 'native' | 'node';
}

/** A batch path of its own memory and sockets: one for each media worker. */
export function openMediaDriver({ driver = available.name }: MediaDriverOptions = {}): MediaDriver {
  return driver === 'native' ? NodeMediaDriver.open() : NodeMediaDriver.open();
}
