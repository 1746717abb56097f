/** Chunk types (IANA, "SCTP Parameters: Chunk Types"). */
export const ChunkType = {
  data: 0x00,
  init: 0x01,
  initAck: 0x02,
  sack: 0x03,
  heartbeat: 0x04,
  heartbeatAck: 0x05,
  abort: 0x06,
  shutdown: 0x07,
  shutdownAck: 0x08,
  error: 0x09,
  cookieEcho: 0x0a,
  cookieAck: 0x0b,
  shutdownComplete: 0x0e,
  /** RFC 8260 §2.1. */
  iData: 0x40,
  /** RFC 6525 §3.1. */
  reConfig: 0x82,
  /** RFC 4820 §3. */
  pad: 0x84,
  /** RFC 3758 §3.2. */
  forwardTsn: 0xc0,
  /** RFC 8260 §2.3.1. */
  iForwardTsn: 0xc2,
} as const;

/** Flags of DATA and I-DATA chunks (RFC 9260 §3.3.1). */
export const DataFlag = {
  /** The last fragment of a message. */
  end: 0x01,
  /** The first fragment of a message. */
  begin: 0x02,
  unordered: 0x04,
  /** Acknowledge without delay. */
  immediate: 0x08,
} as const;

/** The T bit of ABORT and SHUTDOWN COMPLETE: the verification tag is the receiver's own, reflected (RFC 9260 §8.5.1). */
export const REFLECTED_TAG_FLAG = 0x01;

/** Parameter types (IANA, "SCTP Parameters: Chunk Parameter Types"). */
export const ParameterType = {
  heartbeatInfo: 0x0001,
  stateCookie: 0x0007,
  unrecognizedParameter: 0x0008,
  /** RFC 6525 §4. */
  outgoingReset: 0x000d,
  incomingReset: 0x000e,
  ssnTsnReset: 0x000f,
  reconfigResponse: 0x0010,
  addOutgoingStreams: 0x0011,
  addIncomingStreams: 0x0012,
  /** RFC 9653 §4. */
  zeroChecksumAcceptable: 0x8001,
  /** RFC 5061 §4.2.7. */
  supportedExtensions: 0x8008,
  /** RFC 3758 §3.1. */
  forwardTsnSupported: 0xc000,
} as const;

/** Error causes (IANA, "SCTP Parameters: Error Cause Codes"). */
export const ErrorCause = {
  invalidStreamId: 1,
  missingMandatoryParameter: 2,
  staleCookie: 3,
  outOfResource: 4,
  unrecognizedChunkType: 6,
  invalidMandatoryParameter: 7,
  unrecognizedParameters: 8,
  noUserData: 9,
  cookieWhileShuttingDown: 10,
  userInitiatedAbort: 12,
  protocolViolation: 13,
} as const;

/** What the two high bits of an unknown chunk or parameter type ask for (RFC 9260 §3.2, §3.2.1). */
export interface UnknownTypeAction {
  /** Go on with what follows; otherwise the rest of the packet (or chunk) is left. */
  readonly isSkipped: boolean;
  readonly isReported: boolean;
}

const UNKNOWN_TYPE_ACTIONS: readonly UnknownTypeAction[] = [
  { isSkipped: false, isReported: false },
  { isSkipped: false, isReported: true },
  { isSkipped: true, isReported: false },
  { isSkipped: true, isReported: true },
];

/** `highBits`: the two most significant bits of the type. */
export function unknownTypeAction(highBits: number): UnknownTypeAction {
  return UNKNOWN_TYPE_ACTIONS[highBits & 3]!;
}
