import { driver as available } from '../net/driver.js';
import type { MediaDriver } from './media-driver.js';
import { NativeMediaDriver } from './native-media-driver.js';
import { NodeMediaDriver } from './node-media-driver.js';

export interface MediaDriverOptions {
  /** Which one; absent: the native one where it is there. */
  readonly driver?: 'native' | 'node';
  /** Whether packets may gather for a quarter of a millisecond while many come: less work for each. Only the native one does. Default true. */
  readonly rests?: boolean;
}

/** A batch path of its own memory and sockets: one for each media worker. */
export function openMediaDriver({ driver = available.name, rests = true }: MediaDriverOptions = {}): MediaDriver {
  return driver === 'native' ? NativeMediaDriver.open(rests) : NodeMediaDriver.open();
}
