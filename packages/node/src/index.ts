export {
  type CertificateOptions,
  freshSerialNumber,
  type GeneratedCertificate,
  generateCertificate,
  generateCertificateSync,
} from './certificate/generate.js';
export { generateSigningKey, generateSigningKeySync, type KeyAlgorithm, signingKeyOf } from './certificate/signing-key.js';
export { systemClock } from './clock.js';
export { nodeCrypto, pureCrypto } from './crypto/provider.js';
export { systemRandom } from './crypto/random.js';
export { MdnsService } from './mdns/mdns.js';
export { BindError, type BindOptions, type DatagramPool, type PoolEndpoint, type PoolReceiver } from './net/datagram-pool.js';
export { NodeDatagramSocket } from './net/datagram-socket.js';
export { type DriverInfo, driver } from './net/driver.js';
export { hostAddresses } from './net/host-addresses.js';
export { NativeDatagramPool } from './net/native-datagram-pool.js';
export { NativeDatagramSocket } from './net/native-datagram-socket.js';
export { NodeDatagramPool } from './net/node-datagram-pool.js';
export { NodeNetwork, nodeNetwork } from './net/node-network.js';
export { bindSharedStream } from './net/shared-stream-port.js';
