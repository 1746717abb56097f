export { type AttributeWriter, FIRST_OPTIONAL_TYPE, type StunAttribute } from './attribute.js';
export { AccessToken, type AccessTokenBlock, decodeAccessTokenBlock, type SealedAccessToken } from './attributes/access-token.js';
export { AdditionalAddressFamily } from './attributes/additional-address-family.js';
export { type AddressError, AddressErrorCode } from './attributes/address-error-code.js';
export { AlternateDomain } from './attributes/alternate-domain.js';
export { AlternateServer } from './attributes/alternate-server.js';
export { CacheTimeout } from './attributes/cache-timeout.js';
export { ChangeRequest, type ChangeRequestFlags } from './attributes/change-request.js';
export { ChannelNumber } from './attributes/channel-number.js';
export { ConnectionId } from './attributes/connection-id.js';
export { Data } from './attributes/data.js';
export { DontFragment } from './attributes/dont-fragment.js';
export { ErrorCode, type StunError } from './attributes/error-code.js';
export { EvenPort } from './attributes/even-port.js';
export { IceControlled } from './attributes/ice-controlled.js';
export { IceControlling } from './attributes/ice-controlling.js';
export { Icmp, type IcmpError } from './attributes/icmp.js';
export { Lifetime } from './attributes/lifetime.js';
export { MappedAddress } from './attributes/mapped-address.js';
export { MobilityTicket } from './attributes/mobility-ticket.js';
export { Nonce } from './attributes/nonce.js';
export { OtherAddress } from './attributes/other-address.js';
export { Padding } from './attributes/padding.js';
export { PasswordAlgorithm, type PasswordAlgorithmEntry, PasswordAlgorithms } from './attributes/password-algorithms.js';
export { Priority } from './attributes/priority.js';
export { Realm } from './attributes/realm.js';
export { RequestedAddressFamily } from './attributes/requested-address-family.js';
export { RequestedTransport } from './attributes/requested-transport.js';
export { ReservationToken } from './attributes/reservation-token.js';
export { ResponseOrigin } from './attributes/response-origin.js';
export { ResponsePort } from './attributes/response-port.js';
export { Software } from './attributes/software.js';
export { ThirdPartyAuthorization } from './attributes/third-party-authorization.js';
export { TransactionTransmitCounter, type TransmitCounter } from './attributes/transaction-transmit-counter.js';
export { UnknownAttributes } from './attributes/unknown-attributes.js';
export { UseCandidate } from './attributes/use-candidate.js';
export { Userhash } from './attributes/userhash.js';
export { Username } from './attributes/username.js';
export { XorMappedAddress } from './attributes/xor-mapped-address.js';
export { XorPeerAddress } from './attributes/xor-peer-address.js';
export { XorRelayedAddress } from './attributes/xor-relayed-address.js';
export {
  BehaviourDiscovery,
  type BehaviourEvent,
  type BehaviourReport,
  type FilteringBehaviour,
  type MappingBehaviour,
} from './behaviour-discovery.js';
export { unknownRequiredAttributes } from './comprehension.js';
export { type KeyAlgorithm, longTermKey, prepareOpaqueString, shortTermKey, userhashOf } from './credentials.js';
export { StunEncoder } from './encoder.js';
export { checkFingerprint, crc32, FINGERPRINT_XOR } from './fingerprint.js';
export { checkIntegrity, checkIntegritySha256, type IntegrityCheck } from './integrity.js';
export {
  type AddressFamily,
  canonicalIpAddress,
  familyOf,
  formatIpAddress,
  parseIpAddress,
  type TransportAddress,
} from './ip-address.js';
export { LongTermAuth } from './long-term-auth.js';
export {
  decodeStunMessage,
  isStun,
  MAGIC_COOKIE,
  messageTypeOf,
  type RawAttribute,
  STUN_HEADER_BYTES,
  STUN_MAX_BYTES,
  type StunClass,
  StunMessage,
} from './message.js';
export { formatNonceCookie, parseNonceCookie, type SecurityFeatures } from './nonce-cookie.js';
export { AttributeType, PasswordAlgorithmNumber, StunErrorCode, StunMethod } from './registry.js';
export { type FrameSize, StreamFramer, stunFrameSize } from './stream-framer.js';
export {
  DATAGRAM_RETRANSMIT,
  newTransactionId,
  type RetransmitPolicy,
  STREAM_RETRANSMIT,
  StunTransaction,
  transactionKey,
} from './transaction.js';
