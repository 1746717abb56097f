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
export { copied } from './copied.js';
export { CoreDriver } from './core-driver.js';
export {
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  AES_BLOCK_BYTES,
  type Aead,
  type AeadAlgorithm,
  type AesCtr,
  type CryptoProvider,
  type HashAlgorithm,
  HMAC_SHA1_BYTES,
  type HmacSha1,
  type KeyAgreement,
  type KeyAgreementGroup,
  type SignatureScheme,
  type SigningKey,
  type SrtpCipher,
  type SrtpSessionKeys,
} from './crypto.js';
export { DeadlineHeap, type Waiting } from './deadline-heap.js';
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
export { ReplayWindow } from './replay-window.js';
export { SeededRandom } from './seeded-random.js';
export {
  SRTP_PROFILES,
  type SrtpKeyingMaterial,
  type SrtpMasterKey,
  type SrtpProfile,
  type SrtpProfileDetails,
} from './srtp-keying.js';
export { TimerTable } from './timer-table.js';
