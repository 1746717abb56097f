export type {
  AllocationEnd,
  AllocationSnapshot,
  ClientPath,
  ClientTransport,
  CloseReason,
  Listener,
  PacketSink,
  Peer,
  PeerConnection,
  Relay,
  RelayTransport,
  Traffic,
  TurnServerEvent,
  TurnServerOutputs,
} from './contract.js';
export {
  type AccessTokenContent,
  AccessTokenCredentials,
  type AccessTokenKey,
  sealAccessToken,
} from './credentials/access-token-credentials.js';
export { CredentialChain } from './credentials/credential-chain.js';
export type {
  Credential,
  CredentialQuery,
  CredentialRefusal,
  CredentialSource,
  WallClock,
} from './credentials/credential-source.js';
export {
  DEFAULT_SHARED_SECRET,
  issueSharedSecretCredential,
  SharedSecretCredentials,
  type SharedSecretOptions,
} from './credentials/shared-secret-credentials.js';
export { StaticCredentials, type StaticUser } from './credentials/static-credentials.js';
export { EndpointMap } from './endpoint-map.js';
export { IpEndpoint } from './ip-endpoint.js';
export { PeerPolicy, PeerPolicyError, type PeerPolicyRules, type PeerVerdict } from './policy/peer-policy.js';
export { SPECIAL_BLOCKS, type SpecialBlock, type SpecialPurpose } from './policy/special-purpose.js';
export { DEFAULT_LIMITS, DEFAULT_SETTINGS, type RelayAddress, type TurnLimits, type TurnServerSettings } from './settings.js';
export type { GroupUsage, ResourceUsage, TurnStatistics } from './statistics.js';
export { TurnServer } from './turn-server.js';
