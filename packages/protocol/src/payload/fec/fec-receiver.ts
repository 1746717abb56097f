import { Malformed } from '../../core/index.js';
import {
  RTP_HEADER_BYTES,
  readRtpTimestamp,
  readSequenceNumber,
  SequenceUnroller,
  writeRtpTimestamp,
  writeSequenceNumber,
  writeSsrc,
} from '../../rtp/index.js';
import { readFlexfec } from './flexfec.js';
import { Protection } from './protection.js';
import { readUlpfec } from './ulpfec.js';

/** `ulpfec`: RFC 5109 within RED. `flexfec`: FlexFEC-03, on a source of its own. */
export type FecScheme = 'ulpfec' | 'flexfec';

/** Media packets kept: a power of two, more than a mask is wide. */
const MEDIA_PACKETS = 256;
/** FEC packets that wait for more than one packet. */
const FEC_PACKETS = 32;
const MAX_PACKET_BYTES = 2_048;
const MAX_DATA_BYTES = MAX_PACKET_BYTES - RTP_HEADER_BYTES;
const VERSION_2 = 0x80;

const WRONG_SOURCE = Malformed.of('payload/fec/protects-another-source');

interface KeptPacket {
  sequence: number;
  bytes: Uint8Array;
  length: number;
}

class KeptFec {
  readonly protection = new Protection();
  bytes = new Uint8Array(MAX_PACKET_BYTES);
  /** The unrolled number that the mask counts from. */
  base = 0;
  isWaiting = false;
}

/**
 * Recovers lost packets of one media source. Give it every packet of that source, decrypted and out of RED, and every FEC payload;
 * then {@link drain}. Both windows are bounded; packets of more than 2,048 bytes are left out.
 */
export class FecReceiver {
  readonly counters = { received: 0, recovered: 0, malformed: 0 };
  private readonly unroller = new SequenceUnroller();
  private readonly media: KeptPacket[] = Array.from({ length: MEDIA_PACKETS }, newKeptPacket);
  private readonly fec: KeptFec[] = Array.from({ length: FEC_PACKETS }, () => new KeptFec());
  private nextFec = 0;
  private readonly incoming = new Protection();
  private readonly recovered = new Uint8Array(MAX_PACKET_BYTES);
  private isDraining = false;
  private mayRecover = false;
  /** A sequence number was seen that others are counted from. */
  private isAnchored = false;

  constructor(
    private readonly scheme: FecScheme,
    private readonly mediaSsrc: number,
  ) {}

  /** Takes a media packet: the whole of it, from the RTP header on. */
  receiveMedia(bytes: Uint8Array, offset: number, length: number): void {
    if (length < RTP_HEADER_BYTES || length > MAX_PACKET_BYTES) return;
    this.isAnchored = true;
    this.keep(this.unroller.unroll(readSequenceNumber(bytes, offset)), bytes, offset, length);
    this.mayRecover = true;
  }

  /** Takes a FEC payload: in RED the block, of FlexFEC the RTP payload. */
  receiveFec(bytes: Uint8Array, offset: number, length: number): Malformed | undefined {
    const { incoming, counters } = this;
    counters.received += 1;
    const refusal = this.read(bytes, offset, length);
    if (refusal) {
      counters.malformed += 1;
      return refusal;
    }
    const kept = this.fec[this.nextFec]!;
    this.nextFec = (this.nextFec + 1) % FEC_PACKETS;
    copyProtection(incoming, kept.protection);
    kept.bytes.set(bytes.subarray(incoming.dataOffset, incoming.dataOffset + incoming.dataBytes));
    kept.base = this.baseOf(incoming.sequenceBase);
    kept.isWaiting = true;
    this.mayRecover = true;
    return undefined;
  }

  /** Hands over the packets that could be recovered, whole RTP packets lent for the call: one may help to recover the next. */
  drain(take: (packet: Uint8Array) => void): void {
    if (this.isDraining || !this.mayRecover) return;
    this.isDraining = true;
    try {
      while (this.mayRecover) {
        this.mayRecover = false;
        for (const kept of this.fec) if (kept.isWaiting) this.tryRecover(kept, take);
      }
    } finally {
      this.isDraining = false;
    }
  }

  /** FEC moves the count of media packets on only where it comes before all of them. */
  private baseOf(sequenceNumber: number): number {
    if (this.isAnchored) return this.unroller.peek(sequenceNumber);
    this.isAnchored = true;
    return this.unroller.unroll(sequenceNumber);
  }

  private read(bytes: Uint8Array, offset: number, length: number): Malformed | undefined {
    const { incoming } = this;
    const refusal =
      this.scheme === 'ulpfec' ? readUlpfec(bytes, offset, length, incoming) : readFlexfec(bytes, offset, length, incoming);
    if (refusal) return refusal;
    if (incoming.dataBytes > MAX_DATA_BYTES) incoming.dataBytes = MAX_DATA_BYTES;
    return this.scheme === 'flexfec' && incoming.ssrc >>> 0 !== this.mediaSsrc ? WRONG_SOURCE : undefined;
  }

  private tryRecover(kept: KeptFec, take: (packet: Uint8Array) => void): void {
    const { protection, base } = kept;
    let missing: number | undefined;
    for (let i = 0; i < protection.count; i++) {
      const sequence = base + protection.offsets[i]!;
      if (this.find(sequence)) continue;
      if (missing !== undefined) return; // two: wait for one of them
      missing = sequence;
    }
    kept.isWaiting = false;
    if (missing === undefined) return;
    const length = this.recover(kept, missing);
    if (length === 0) return;
    this.counters.recovered += 1;
    this.keep(missing, this.recovered, 0, length);
    this.mayRecover = true;
    take(this.recovered.subarray(0, length));
  }

  /** The exclusive-or of all that are there and of what the FEC packet has, into `recovered`; returns its length or 0. */
  private recover({ protection, bytes, base }: KeptFec, missing: number): number {
    const { recovered } = this;
    let { firstByte, secondByte, rtpTimestamp, length } = protection;
    recovered.set(bytes.subarray(0, protection.dataBytes), RTP_HEADER_BYTES);
    for (let i = 0; i < protection.count; i++) {
      const packet = this.find(base + protection.offsets[i]!);
      if (!packet) continue;
      firstByte ^= packet.bytes[0]! & 0x3f;
      secondByte ^= packet.bytes[1]!;
      rtpTimestamp ^= readRtpTimestamp(packet.bytes, 0);
      length ^= packet.length - RTP_HEADER_BYTES;
      const end = Math.min(packet.length, RTP_HEADER_BYTES + protection.dataBytes);
      for (let at = RTP_HEADER_BYTES; at < end; at++) recovered[at] = recovered[at]! ^ packet.bytes[at]!;
    }
    if (length > protection.dataBytes) return 0; // protected in part, or forged
    recovered[0] = VERSION_2 | firstByte;
    recovered[1] = secondByte;
    writeSequenceNumber(recovered, 0, missing & 0xffff);
    writeRtpTimestamp(recovered, 0, rtpTimestamp >>> 0);
    writeSsrc(recovered, 0, this.mediaSsrc);
    return RTP_HEADER_BYTES + length;
  }

  private find(sequence: number): KeptPacket | undefined {
    const packet = this.media[sequence & (MEDIA_PACKETS - 1)]!;
    return packet.sequence === sequence ? packet : undefined;
  }

  private keep(sequence: number, bytes: Uint8Array, offset: number, length: number): void {
    const packet = this.media[sequence & (MEDIA_PACKETS - 1)]!;
    if (packet.sequence > sequence) return; // older than the window
    if (length > packet.bytes.length) packet.bytes = new Uint8Array(Math.max(length, 1_500));
    packet.bytes.set(bytes.subarray(offset, offset + length));
    packet.sequence = sequence;
    packet.length = length;
  }
}

function newKeptPacket(): KeptPacket {
  return { sequence: Number.NEGATIVE_INFINITY, bytes: NOTHING, length: 0 };
}

const NOTHING = new Uint8Array(0);

function copyProtection(from: Protection, to: Protection): void {
  to.ssrc = from.ssrc;
  to.sequenceBase = from.sequenceBase;
  to.count = from.count;
  to.offsets.set(from.offsets);
  to.firstByte = from.firstByte;
  to.secondByte = from.secondByte;
  to.rtpTimestamp = from.rtpTimestamp;
  to.length = from.length;
  to.dataBytes = from.dataBytes;
}
