import { ByteReader, type ByteWriter } from '../bytes/index.js';
import { assertNever, type Decoded, Malformed } from '../core/index.js';
import type { RtcpPacket } from './packet.js';
import { PayloadFeedback, RTCP_HEADER_BYTES, RtcpType, TransportFeedback } from './packet-type.js';
import { decodeApplication, encodeApplication } from './packets/application.js';
import { decodeCcfb, encodeCcfb } from './packets/ccfb.js';
import { decodeExtendedReport, encodeExtendedReport } from './packets/extended-report.js';
import { decodeFir, encodeFir } from './packets/fir.js';
import { decodeGoodbye, encodeGoodbye } from './packets/goodbye.js';
import { decodeNack, encodeNack } from './packets/nack.js';
import { decodePli, encodePli } from './packets/pli.js';
import { decodeRemb, encodeRemb } from './packets/remb.js';
import { decodeReceiverReport, decodeSenderReport, encodeReceiverReport, encodeSenderReport } from './packets/report.js';
import { decodeSourceDescription, encodeSourceDescription } from './packets/source-description.js';
import { decodeTmmb, encodeTmmb } from './packets/tmmb.js';
import { decodeTwcc, encodeTwcc } from './packets/twcc.js';

/** A datagram holds fewer than this if it is honest (S-51). */
const MAX_PACKETS = 64;

const HEADER_TRUNCATED = Malformed.of('rtcp/header/truncated');
const NOT_VERSION_2 = Malformed.of('rtcp/header/not-version-2');
const LENGTH_PAST_END = Malformed.of('rtcp/header/length-past-end');
const BAD_PADDING = Malformed.of('rtcp/padding/not-within-packet');
const TOO_MANY = Malformed.of('rtcp/compound/too-many-packets');

/** What a datagram held, as far as it could be read. */
export interface RtcpCompound {
  /** In the order of the datagram; views of it inside. */
  readonly packets: readonly RtcpPacket[];
  /** Of types that we do not know, and passed over. */
  readonly unknownPackets: number;
  /** Why the rest was dropped, where it was. */
  readonly refusal: Malformed | undefined;
}

/**
 * Reads a compound or a reduced-size datagram (RFC 3550 §6.1, RFC 5506): what comes first is not demanded, since nothing that
 * follows from a report is lost by reading it later. From the first malformed packet on, the rest is dropped (S-51).
 */
export function decodeRtcp(bytes: Uint8Array): RtcpCompound {
  const packets: RtcpPacket[] = [];
  const rest = new ByteReader(bytes);
  let unknownPackets = 0;
  let refusal: Malformed | undefined;
  while (rest.remaining > 0) {
    const packet = packets.length + unknownPackets < MAX_PACKETS ? decodeNext(rest) : TOO_MANY;
    if (packet === undefined) unknownPackets += 1;
    else if (packet instanceof Malformed) {
      refusal = packet;
      break;
    } else packets.push(packet);
  }
  return { packets, unknownPackets, refusal };
}

function decodeNext(rest: ByteReader): Decoded<RtcpPacket> | undefined {
  if (rest.remaining < RTCP_HEADER_BYTES) return HEADER_TRUNCATED;
  const first = rest.u8();
  const type = rest.u8();
  const body = rest.view(4 * rest.u16());
  if (first >> 6 !== 2) return NOT_VERSION_2;
  if (rest.failed) return LENGTH_PAST_END;
  const isPadded = (first & 0x20) !== 0;
  const padding = isPadded ? (body.at(-1) ?? 0) : 0;
  if (isPadded && (padding === 0 || padding > body.length)) return BAD_PADDING;
  return decodeBody(type, first & 0x1f, new ByteReader(body.subarray(0, body.length - padding)));
}

/** Undefined for a packet of a type or format that we do not know. */
function decodeBody(type: number, count: number, reader: ByteReader): Decoded<RtcpPacket> | undefined {
  switch (type) {
    case RtcpType.senderReport:
      return decodeSenderReport(count, reader);
    case RtcpType.receiverReport:
      return decodeReceiverReport(count, reader);
    case RtcpType.sourceDescription:
      return decodeSourceDescription(count, reader);
    case RtcpType.goodbye:
      return decodeGoodbye(count, reader);
    case RtcpType.application:
      return decodeApplication(count, reader);
    case RtcpType.transportFeedback:
      return decodeTransportFeedback(count, reader);
    case RtcpType.payloadFeedback:
      return decodePayloadFeedback(count, reader);
    case RtcpType.extendedReport:
      return decodeExtendedReport(reader);
    default:
      return undefined;
  }
}

function decodeTransportFeedback(format: number, reader: ByteReader): Decoded<RtcpPacket> | undefined {
  switch (format) {
    case TransportFeedback.nack:
      return decodeNack(reader);
    case TransportFeedback.tmmbr:
      return decodeTmmb('tmmbr', reader);
    case TransportFeedback.tmmbn:
      return decodeTmmb('tmmbn', reader);
    case TransportFeedback.ccfb:
      return decodeCcfb(reader);
    case TransportFeedback.twcc:
      return decodeTwcc(reader);
    default:
      return undefined;
  }
}

function decodePayloadFeedback(format: number, reader: ByteReader): Decoded<RtcpPacket> | undefined {
  switch (format) {
    case PayloadFeedback.pli:
      return decodePli(reader);
    case PayloadFeedback.fir:
      return decodeFir(reader);
    case PayloadFeedback.application:
      return decodeRemb(reader);
    default:
      return undefined;
  }
}

/** Appends one packet; the writer fails if it does not fit, or says what the format cannot. */
export function encodeRtcp(packet: RtcpPacket, out: ByteWriter): void {
  switch (packet.type) {
    case 'sender-report':
      return encodeSenderReport(packet, out);
    case 'receiver-report':
      return encodeReceiverReport(packet, out);
    case 'source-description':
      return encodeSourceDescription(packet, out);
    case 'goodbye':
      return encodeGoodbye(packet, out);
    case 'application':
      return encodeApplication(packet, out);
    case 'nack':
      return encodeNack(packet, out);
    case 'tmmbr':
    case 'tmmbn':
      return encodeTmmb(packet, out);
    case 'ccfb':
      return encodeCcfb(packet, out);
    case 'twcc':
      return encodeTwcc(packet, out);
    case 'pli':
      return encodePli(packet, out);
    case 'fir':
      return encodeFir(packet, out);
    case 'remb':
      return encodeRemb(packet, out);
    case 'extended-report':
      return encodeExtendedReport(packet, out);
    default:
      return assertNever(packet);
  }
}
