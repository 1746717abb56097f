export { ADDRESS_INTS, type AddressedPath, AddressTable, STREAM_SOCKET } from './address-table.js';
export {
  INBOX_SLAB,
  type MediaCounters,
  type MediaDriver,
  type MediaReceiver,
  RECEIVED_INTS,
} from './media-driver.js';
export { type LendingPool, NodeMediaDriver } from './node-media-driver.js';
export { type MediaDriverOptions, openMediaDriver } from './open-media-driver.js';
