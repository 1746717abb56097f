import { ByteReader, type ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { type ChunkType, ParameterType, unknownTypeAction } from '../chunk-types.js';
import { decodeParameters, encodeParameter, type Parameter } from '../parameters.js';

/** Error detection method "SCTP over DTLS" (RFC 9653 §9.2). */
const EDMID_DTLS = 1;

const TRUNCATED = Malformed.of('sctp/init/truncated');
const BAD_PARAMETERS = Malformed.of('sctp/init/bad-parameters');

/** The contents of INIT and INIT ACK (RFC 9260 §3.3.2, §3.3.3), without what WebRTC has no use for (addresses). */
export interface Init {
  readonly initiateTag: number;
  readonly advertisedWindow: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  readonly initialTsn: number;
  readonly isForwardTsnSupported: boolean;
  /** The sender takes packets without a checksum over DTLS (RFC 9653 §4). */
  readonly isZeroChecksumAcceptable: boolean;
  /** Chunk types of the Supported Extensions parameter (RFC 5061 §4.2.7). */
  readonly extensions: readonly number[];
  /** INIT ACK only. */
  readonly stateCookie: Uint8Array | undefined;
  /** Parameters of the chunk that we do not know and that ask to be reported (RFC 9260 §3.2.1); views. */
  readonly reportable: readonly Parameter[];
}

/**
 * Decodes the value of an INIT or INIT ACK chunk.
 *
 *      0                   1                   2                   3
 *     |                         Initiate Tag                          |
 *     |           Advertised Receiver Window Credit (a_rwnd)          |
 *     |  Number of Outbound Streams   |  Number of Inbound Streams    |
 *     |                          Initial TSN                          |
 *     |              Optional/Variable-Length Parameters              |
 */
export function decodeInit(value: Uint8Array): Decoded<Init> {
  const reader = new ByteReader(value);
  const initiateTag = reader.u32();
  const advertisedWindow = reader.u32();
  const outboundStreams = reader.u16();
  const inboundStreams = reader.u16();
  const initialTsn = reader.u32();
  if (reader.failed) return TRUNCATED;
  const parameters = decodeParameters(reader.rest());
  if (!parameters) return BAD_PARAMETERS;

  let isForwardTsnSupported = false;
  let isZeroChecksumAcceptable = false;
  let extensions: number[] = [];
  let stateCookie: Uint8Array | undefined;
  const reportable: Parameter[] = [];
  for (const parameter of parameters) {
    if (parameter.type === ParameterType.forwardTsnSupported) isForwardTsnSupported = true;
    else if (parameter.type === ParameterType.supportedExtensions) extensions = [...parameter.value];
    else if (parameter.type === ParameterType.stateCookie) stateCookie = parameter.value;
    else if (parameter.type === ParameterType.zeroChecksumAcceptable)
      isZeroChecksumAcceptable = new ByteReader(parameter.value).u32() === EDMID_DTLS;
    else if (!isKnownAndIgnored(parameter.type)) {
      const action = unknownTypeAction(parameter.type >>> 14);
      if (action.isReported) reportable.push(parameter);
      if (!action.isSkipped) break;
    }
  }
  return {
    initiateTag,
    advertisedWindow,
    outboundStreams,
    inboundStreams,
    initialTsn,
    isForwardTsnSupported,
    isZeroChecksumAcceptable,
    extensions,
    stateCookie,
    reportable,
  };
}

/** Addresses, cookie preservative, ECN, host name, address types, AUTH's three, unrecognized parameters: nothing to do over DTLS. */
const IGNORED = new Set([5, 6, 9, 11, 12, 0x0008, 0x8000, 0x8002, 0x8003, 0x8004, 0xc006]);

function isKnownAndIgnored(type: number): boolean {
  return IGNORED.has(type);
}

/** Appends a whole INIT or INIT ACK chunk; {@link Init.reportable} go back as Unrecognized Parameter (RFC 9260 §3.3.3). */
export function encodeInit(type: typeof ChunkType.init | typeof ChunkType.initAck, init: Init, out: ByteWriter): void {
  const start = out.length;
  out
    .u8(type)
    .u8(0)
    .u16(0)
    .u32(init.initiateTag)
    .u32(init.advertisedWindow)
    .u16(init.outboundStreams)
    .u16(init.inboundStreams)
    .u32(init.initialTsn);
  if (init.stateCookie) encodeParameter(ParameterType.stateCookie, init.stateCookie, out);
  if (init.isZeroChecksumAcceptable) out.u16(ParameterType.zeroChecksumAcceptable).u16(8).u32(EDMID_DTLS);
  if (init.isForwardTsnSupported) out.u16(ParameterType.forwardTsnSupported).u16(4);
  if (init.extensions.length > 0) encodeParameter(ParameterType.supportedExtensions, Uint8Array.from(init.extensions), out);
  for (const { type: reported, value } of init.reportable) {
    out
      .u16(ParameterType.unrecognizedParameter)
      .u16(8 + value.length)
      .u16(reported)
      .u16(4 + value.length)
      .raw(value)
      .zeros(-value.length & 3);
  }
  out.patchU16(start + 2, out.length - start);
}
