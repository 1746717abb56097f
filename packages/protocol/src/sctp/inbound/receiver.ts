import { type Instant, NEVER } from '../../core/index.js';
import { ChunkType, DataFlag } from '../chunk-types.js';
import { DATA_HEADER_BYTES, I_DATA_HEADER_BYTES } from '../chunks/data.js';
import type { ForwardTsn } from '../chunks/forward-tsn.js';
import { encodeSack, SACK_MIN_BYTES } from '../chunks/sack.js';
import { readU16, readU32 } from '../wire.js';
import type { FragmentView } from './fragment-store.js';
import { InboundMessages, type MessageSink } from './inbound-messages.js';
import type { ReceiveWindow } from './receive-window.js';
import { ReceivedTsns, TsnVerdict } from './received-tsns.js';

/** How long a SACK may wait for company: well under the 200 ms of RFC 9260 §6.2, for senders whose timeouts are short. */
const SACK_DELAY_MS = 20;
/** A SACK for every second packet (RFC 9260 §6.2). */
const PACKETS_PER_SACK = 2;

const NO_BYTES = new Uint8Array(0);

/** What a DATA or I-DATA chunk was. */
export type DataOutcome =
  | 'accepted'
  | 'duplicate'
  /** Beyond the window or the budget: dropped, not acknowledged, so that it comes again (RFC 9260 §6.2). */
  | 'no-room'
  | 'truncated'
  /** No user data: the association is to be aborted (RFC 9260 §6.2). */
  | 'empty'
  /** Acknowledged and dropped; the peer is to be told (RFC 9260 §6.5). */
  | 'invalid-stream'
  /** Contradicts its neighbours (RFC 9260 §6.9), or DATA where I-DATA was agreed on or the reverse (RFC 8260 §2.2.1). */
  | 'violation';

export interface ReceiverOptions {
  readonly initialTsn: number;
  readonly isInterleaving: boolean;
  readonly maxMessageBytes: number;
  readonly maxTsnsAhead: number;
}

/** The receiving half: which TSNs have come, what they make together, and when to say so. */
export class Receiver {
  readonly tsns: ReceivedTsns;
  readonly messages: InboundMessages;
  inboundStreams: number;
  /** When a delayed SACK is due. */
  sackDeadline: Instant = NEVER;

  private readonly fragment: FragmentView = {
    flags: 0,
    streamId: 0,
    sequence: 0,
    ppid: 0,
    index: 0,
    packet: NO_BYTES,
    from: 0,
    to: 0,
  };
  private packetsToSack = 0;
  private isSackDue = false;
  private hasDataInPacket = false;
  private hadGaps = false;

  constructor(
    private readonly options: ReceiverOptions,
    inboundStreams: number,
    readonly window: ReceiveWindow,
    sink: MessageSink,
  ) {
    this.inboundStreams = inboundStreams;
    this.tsns = new ReceivedTsns(options.initialTsn, options.maxTsnsAhead);
    this.messages = new InboundMessages(options.maxMessageBytes, options.isInterleaving, sink);
  }

  /** Whether a packet that leaves anyway should carry a SACK. */
  get hasUnsacked(): boolean {
    return this.isSackDue || this.packetsToSack > 0;
  }

  /** Whether a SACK is to leave now, alone if need be. */
  get mustSack(): boolean {
    return this.isSackDue;
  }

  /** One DATA or I-DATA chunk, from `start` to `end` of `packet`, header included. */
  data(packet: Uint8Array, start: number, end: number): DataOutcome {
    const isIData = packet[start] === ChunkType.iData;
    const headerBytes = isIData ? I_DATA_HEADER_BYTES : DATA_HEADER_BYTES;
    if (start + headerBytes > end) return 'truncated';
    if (isIData !== this.options.isInterleaving) return 'violation';
    this.hasDataInPacket = true;
    const flags = packet[start + 1]!;
    const tsn = readU32(packet, start + 4);
    if (start + headerBytes === end) return 'empty';
    if (flags & DataFlag.immediate) this.isSackDue = true;

    const verdict = this.tsns.classify(tsn);
    if (verdict === TsnVerdict.duplicate) {
      this.tsns.noteDuplicate(tsn);
      this.isSackDue = true;
      return 'duplicate';
    }
    if (verdict === TsnVerdict.tooFarAhead || !this.hasRoom(tsn, verdict, end - start - headerBytes, flags)) return 'no-room';
    this.tsns.add(tsn);

    const { fragment } = this;
    fragment.flags = flags;
    fragment.streamId = readU16(packet, start + 8);
    fragment.packet = packet;
    fragment.from = start + headerBytes;
    fragment.to = end;
    if (fragment.streamId >= this.inboundStreams) return 'invalid-stream';
    if (isIData) this.readIData(packet, start, flags);
    else {
      fragment.sequence = readU16(packet, start + 10);
      fragment.ppid = readU32(packet, start + 12);
      fragment.index = tsn;
    }
    return this.messages.add(fragment) === 'inconsistent' ? 'violation' : 'accepted';
  }

  /** The peer gave up (RFC 3758 §3.6). `'no-room'`: it reaches beyond what we keep track of, and is ignored. */
  forward(chunk: ForwardTsn): 'accepted' | 'no-room' {
    this.isSackDue = true;
    const ahead = (chunk.newCumulativeTsn - this.tsns.cumulativeTsn) | 0;
    if (ahead <= 0) return 'accepted'; // old: our SACK was lost
    if (ahead > this.options.maxTsnsAhead) return 'no-room';
    this.tsns.skipTo(chunk.newCumulativeTsn);
    const known = chunk.skipped.filter(({ streamId }) => streamId < this.inboundStreams);
    this.messages.skip(chunk.newCumulativeTsn, known);
    return 'accepted';
  }

  /** A packet is through: decides whether a SACK is due (RFC 9260 §6.2, §6.7). */
  packetEnded(now: Instant): void {
    if (!this.hasDataInPacket) return;
    this.hasDataInPacket = false;
    this.packetsToSack += 1;
    // Deviates from RFC 9260 §6.7 (a SACK for every packet while there are gaps): at once when gaps appear or close, then
    // for every second packet as ever. Three reports of a gap are a matter of five packets.
    const { hasGaps } = this.tsns;
    if (this.packetsToSack >= PACKETS_PER_SACK || hasGaps !== this.hadGaps) this.isSackDue = true;
    this.hadGaps = hasGaps;
    if (this.sackDeadline === NEVER) this.sackDeadline = now + SACK_DELAY_MS;
  }

  advance(now: Instant): void {
    if (now < this.sackDeadline) return;
    this.isSackDue = true;
    this.sackDeadline = NEVER;
  }

  /** Asks for a SACK with the next packet: our window has changed, or SHUTDOWN wants one. */
  demandSack(): void {
    this.isSackDue = true;
  }

  /** Bytes that a SACK would take now, at most `room`. */
  sackBytes(room: number): number {
    const most = (room - SACK_MIN_BYTES) >> 2;
    if (most < 0) return 0;
    return (
      SACK_MIN_BYTES +
      4 *
        (Math.min(this.tsns.duplicates.length, most) + this.tsns.collectGaps(most - Math.min(this.tsns.duplicates.length, most)))
    );
  }

  /** Writes a SACK at `at` of `out`, as much of it as `limit` allows; returns where it ends. */
  writeSack(out: Uint8Array, at: number, limit: number): number {
    const { tsns } = this;
    const room = (limit - at - SACK_MIN_BYTES) >> 2;
    if (room < 0) return at;
    if (tsns.duplicates.length > room) tsns.duplicates.length = room;
    const gapBlocks = tsns.collectGaps(room - tsns.duplicates.length);
    const advertised = this.window.advertised(this.messages.heldBytes);
    const length = encodeSack(out, at, tsns.cumulativeTsn, advertised, tsns.gapBounds, gapBlocks, tsns.duplicates);
    tsns.duplicates.length = 0;
    this.packetsToSack = 0;
    this.isSackDue = false;
    this.sackDeadline = NEVER;
    return at + length;
  }

  private readIData(packet: Uint8Array, start: number, flags: number): void {
    const { fragment } = this;
    fragment.sequence = readU32(packet, start + 12);
    const ppidOrIndex = readU32(packet, start + 16);
    const isFirst = (flags & DataFlag.begin) !== 0;
    fragment.ppid = isFirst ? ppidOrIndex : 0;
    fragment.index = isFirst ? 0 : ppidOrIndex;
  }

  /**
   * Whether the budget allows to hold a chunk. What fills a hole was sent when the window was open, and only held pieces'
   * overhead has closed it: it gets twice the budget, or the holes could never close. The one that is next, whole or of
   * DATA, is always taken: it is delivered, or it adds to the one message that DATA allows to be open, which the message
   * limit bounds.
   */
  private hasRoom(tsn: number, verdict: TsnVerdict, payloadBytes: number, flags: number): boolean {
    const isHole = ((this.tsns.highestTsn - tsn) | 0) > 0;
    const budget = isHole ? 2 * this.window.capacityBytes : this.window.capacityBytes;
    if (this.messages.heldBytes + payloadBytes <= budget) return true;
    if (verdict !== TsnVerdict.next) return false;
    const isWhole = (flags & DataFlag.begin) !== 0 && (flags & DataFlag.end) !== 0;
    return isWhole || !this.options.isInterleaving;
  }
}
