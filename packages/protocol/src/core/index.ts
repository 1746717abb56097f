export { assert, assertNever, InvariantError } from './assert.js';
export {
  type CoreContext,
  type Instant,
  type Log,
  NEVER,
  type Outputs,
  type Path,
  type ProtocolCore,
  type RandomSource,
  SILENT_LOG,
} from './contract.js';
export { CoreDriver } from './core-driver.js';
export {
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type Aead,
  type AeadAlgorithm,
  type CryptoProvider,
  type HashAlgorithm,
  type KeyAgreement,
  type KeyAgreementGroup,
  type SignatureScheme,
  type SigningKey,
} from './crypto.js';
export { type Decoded, Malformed } from './malformed.js';
export type {
  Clock,
  DatagramReceiver,
  DatagramSocket,
  HostAddress,
  NetworkStack,
  StreamListener,
  StreamReceiver,
  StreamSocket,
  TlsOptions,
  TlsPeer,
} from './network.js';
export { OutputQueue } from './output-queue.js';
export { SeededRandom } from './seeded-random.js';
export { TimerTable } from './timer-table.js';
