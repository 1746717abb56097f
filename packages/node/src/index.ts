export {
  type CertificateOptions,
  freshSerialNumber,
  type GeneratedCertificate,
  generateCertificate,
  generateCertificateSync,
} from './certificate/generate.js';
export { generateSigningKey, generateSigningKeySync, type KeyAlgorithm, signingKeyOf } from './certificate/signing-key.js';
export { systemClock } from './clock.js';
export { nodeCrypto } from './crypto/provider.js';
export { systemRandom } from './crypto/random.js';
export { MdnsService } from './mdns/mdns.js';
export { NodeDatagramSocket } from './net/datagram-socket.js';
export { hostAddresses } from './net/host-addresses.js';
export { NodeNetwork, nodeNetwork } from './net/node-network.js';
