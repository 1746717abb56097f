// IANA registry "Session Traversal Utilities for NAT (STUN) Parameters".

/** STUN Methods. */
export const StunMethod = {
  /** RFC 8489 §3 */
  binding: 0x001,
  /** RFC 8656 §18 */
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009,
  /** RFC 6062 §6.1 */
  connect: 0x00a,
  connectionBind: 0x00b,
  connectionAttempt: 0x00c,
} as const;

/** STUN Attributes. Those below 0x8000 must be understood by whoever processes the message (RFC 8489 §14). */
export const AttributeType = {
  mappedAddress: 0x0001,
  changeRequest: 0x0003,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  evenPort: 0x0018,
  requestedTransport: 0x0019,
  dontFragment: 0x001a,
  accessToken: 0x001b,
  messageIntegritySha256: 0x001c,
  passwordAlgorithm: 0x001d,
  userhash: 0x001e,
  xorMappedAddress: 0x0020,
  reservationToken: 0x0022,
  priority: 0x0024,
  useCandidate: 0x0025,
  padding: 0x0026,
  responsePort: 0x0027,
  connectionId: 0x002a,
  additionalAddressFamily: 0x8000,
  addressErrorCode: 0x8001,
  passwordAlgorithms: 0x8002,
  alternateDomain: 0x8003,
  icmp: 0x8004,
  software: 0x8022,
  alternateServer: 0x8023,
  transactionTransmitCounter: 0x8025,
  cacheTimeout: 0x8027,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
  responseOrigin: 0x802b,
  otherAddress: 0x802c,
  thirdPartyAuthorization: 0x802e,
  mobilityTicket: 0x8030,
} as const;

/** STUN Error Codes. */
export const StunErrorCode = {
  tryAlternate: 300,
  badRequest: 400,
  unauthenticated: 401,
  forbidden: 403,
  mobilityForbidden: 405,
  unknownAttribute: 420,
  allocationMismatch: 437,
  staleNonce: 438,
  addressFamilyNotSupported: 440,
  wrongCredentials: 441,
  unsupportedTransport: 442,
  peerAddressFamilyMismatch: 443,
  connectionAlreadyExists: 446,
  connectionTimeoutOrFailure: 447,
  allocationQuotaReached: 486,
  roleConflict: 487,
  serverError: 500,
  insufficientCapacity: 508,
} as const;

/** STUN Password Algorithms (RFC 8489 §18.5). */
export const PasswordAlgorithmNumber = { md5: 0x0001, sha256: 0x0002 } as const;
