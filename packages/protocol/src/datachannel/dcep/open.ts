import { ByteReader, ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { DcepMessageType } from './message-types.js';

const TRUNCATED = Malformed.of('dcep/open/truncated');
const NOT_OPEN = Malformed.of('dcep/open/wrong-type');
const UNKNOWN_CHANNEL_TYPE = Malformed.of('dcep/open/unknown-channel-type');
const TRAILING_BYTES = Malformed.of('dcep/open/trailing-bytes');
const NOT_UTF8 = Malformed.of('dcep/open/not-utf8');

/** Channel types (IANA, "Data Channel Types"; RFC 8832 §8.2.2), without the bit that says unordered. */
const ChannelType = { reliable: 0x00, limitedRetransmits: 0x01, limitedLifeTime: 0x02 } as const;
const UNORDERED_BIT = 0x80;

/** DATA_CHANNEL_OPEN: what a channel shall be like. */
export interface DcepOpen {
  readonly isOrdered: boolean;
  /** At most one of the two is set. */
  readonly maxRetransmits: number | undefined;
  readonly maxPacketLifeTimeMs: number | undefined;
  /** 0 to 65535; 256 is normal (RFC 8831 §6.4). */
  readonly priority: number;
  readonly label: string;
  readonly protocol: string;
}

/**
 * Decodes a DATA_CHANNEL_OPEN (RFC 8832 §5.1).
 *
 *      0                   1                   2                   3
 *     |  Message Type |  Channel Type |            Priority           |
 *     |                    Reliability Parameter                      |
 *     |         Label Length          |       Protocol Length         |
 *     |                         Label, Protocol                       |
 */
export function decodeOpen(message: Uint8Array): Decoded<DcepOpen> {
  const reader = new ByteReader(message);
  const messageType = reader.u8();
  const channelType = reader.u8();
  const priority = reader.u16();
  const reliability = reader.u32();
  const labelBytes = reader.u16();
  const protocolBytes = reader.u16();
  const label = reader.view(labelBytes);
  const protocol = reader.view(protocolBytes);
  if (reader.failed) return TRUNCATED;
  if (messageType !== DcepMessageType.open) return NOT_OPEN;
  if (reader.remaining > 0) return TRAILING_BYTES;
  const kind = channelType & ~UNORDERED_BIT;
  if (kind > ChannelType.limitedLifeTime) return UNKNOWN_CHANNEL_TYPE;
  const labelText = decodeUtf8(label);
  const protocolText = decodeUtf8(protocol);
  if (labelText === undefined || protocolText === undefined) return NOT_UTF8;
  return {
    isOrdered: (channelType & UNORDERED_BIT) === 0,
    maxRetransmits: kind === ChannelType.limitedRetransmits ? reliability : undefined,
    maxPacketLifeTimeMs: kind === ChannelType.limitedLifeTime ? reliability : undefined,
    priority,
    label: labelText,
    protocol: protocolText,
  };
}

/** Label and protocol are at most 65535 bytes long in UTF-8. */
export function encodeOpen(open: DcepOpen): Uint8Array {
  const encoder = new TextEncoder();
  const label = encoder.encode(open.label);
  const protocol = encoder.encode(open.protocol);
  const out = new ByteWriter(new Uint8Array(12 + label.length + protocol.length));
  out
    .u8(DcepMessageType.open)
    .u8(channelTypeOf(open))
    .u16(open.priority)
    .u32(open.maxRetransmits ?? open.maxPacketLifeTimeMs ?? 0)
    .u16(label.length)
    .u16(protocol.length)
    .raw(label)
    .raw(protocol);
  return out.written;
}

function channelTypeOf({ isOrdered, maxRetransmits, maxPacketLifeTimeMs }: DcepOpen): number {
  const orderBit = isOrdered ? 0 : UNORDERED_BIT;
  if (maxRetransmits !== undefined) return ChannelType.limitedRetransmits | orderBit;
  return (maxPacketLifeTimeMs !== undefined ? ChannelType.limitedLifeTime : ChannelType.reliable) | orderBit;
}

/** Text of `bytes`, a byte order mark included; undefined if they are not UTF-8. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // a TypeError is how the decoder says that it is not UTF-8
  }
}
