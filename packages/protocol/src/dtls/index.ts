export { Alert } from './alert.js';
export { CIPHER_SUITES, type CipherSuiteName, DEFAULT_CIPHER_SUITES } from './cipher-suite.js';
export type { DtlsConfig, DtlsOptions, DtlsRetransmission, LocalCertificate } from './config.js';
export { DtlsConnection } from './connection.js';
export { screenClientHello } from './cookie-gate.js';
export { CookieJar } from './cookie-jar.js';
export type { DtlsEvent, DtlsFailure, DtlsFailureCode, DtlsOutputs, DtlsRole, DtlsState } from './events.js';
export { FINGERPRINT_HASHES, type Fingerprint, type FingerprintHash, fingerprintOf, judgeFingerprints } from './fingerprint.js';
export {
  DEFAULT_SRTP_PROFILES,
  SRTP_PROFILES,
  type SrtpKeyingMaterial,
  type SrtpMasterKey,
  type SrtpProfile,
} from './srtp-profile.js';
export type { DtlsStats } from './stats.js';
export { MAX_CERTIFICATE_BYTES, readCertificate, type X509Certificate } from './x509/certificate.js';
export {
  type CertificateIssuer,
  type CertificateTemplate,
  type PermittedNames,
  writeCertificate,
  type X509Name,
} from './x509/certificate-writer.js';
export type { PublicKeyKind } from './x509/public-key.js';
