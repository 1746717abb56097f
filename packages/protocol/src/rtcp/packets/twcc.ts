import type { ByteReader, ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { beginPacket, endPacket } from '../framing.js';
import { RtcpType, TransportFeedback } from '../packet-type.js';

const TRUNCATED = Malformed.of('rtcp/twcc/truncated');
const NO_STATUS = Malformed.of('rtcp/twcc/no-status');
const RESERVED_SYMBOL = Malformed.of('rtcp/twcc/reserved-symbol');

/** One unit of {@link TwccPacket.referenceTime}. */
export const TWCC_REFERENCE_UNIT_MS = 64;
/** Units of {@link TwccPacket.arrivalTicks} in a millisecond: 250 us each. */
export const TWCC_TICKS_PER_MS = 4;

/**
 * Which packets of a transport arrived and when (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1). What arrived has a
 * place in two arrays; all other numbers from `baseSequence` on are lost. So the size of a packet bounds what it costs,
 * whatever count it claims (S-51).
 */
export interface TwccPacket {
  readonly type: 'twcc';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** The first transport sequence number that this is about. */
  readonly baseSequence: number;
  /** How many numbers it is about: 1 to 65,535. */
  readonly packetStatusCount: number;
  /** In {@link TWCC_REFERENCE_UNIT_MS} of the receiver's clock, signed 24 bits, wrapping. */
  readonly referenceTime: number;
  /** Counts the feedback packets, to find lost ones. 8 bits. */
  readonly feedbackCount: number;
  /** The numbers that arrived, from the base on. */
  readonly receivedSequences: readonly number[];
  /** For each of them, when it arrived, in {@link TWCC_TICKS_PER_MS} since the reference time; empty where the packet does not say (version 02). */
  readonly arrivalTicks: readonly number[];
}

const Status = { lost: 0, smallDelta: 1, largeDelta: 2 } as const;
const RESERVED = 3;

/** Of version 02, whose packets may claim arrivals without a byte for each: as many as such a request asks for in practice. */
const MAX_UNTIMED = 1_024;

const MAX_RUN = 8_191;
const ONE_BIT_STATUSES = 14;
const TWO_BIT_STATUSES = 7;
const VECTOR_CHUNK = 0x8000;
const TWO_BIT_SYMBOLS = 0x4000;

/**
 *     |      base sequence number     |      packet status count      |
 *     |                 reference time                | fb pkt. count |
 *     |          packet chunk         |         packet chunk          |
 *     |         packet chunk          |  recv delta   |  recv delta   |
 */
export function decodeTwcc(reader: ByteReader): Decoded<TwccPacket> {
  const senderSsrc = reader.u32();
  const mediaSsrc = reader.u32();
  const baseSequence = reader.u16();
  const packetStatusCount = reader.u16();
  const referenceTime = (reader.u24() << 8) >> 8;
  const feedbackCount = reader.u8();
  if (reader.failed) return TRUNCATED;
  if (packetStatusCount === 0) return NO_STATUS;
  const receivedSequences: number[] = [];
  const symbols: number[] = [];
  const refusal = readChunks(reader, baseSequence, packetStatusCount, receivedSequences, symbols);
  if (refusal) return refusal;
  const arrivalTicks = readDeltas(reader, symbols);
  if (reader.failed) return TRUNCATED;
  return {
    type: 'twcc',
    senderSsrc,
    mediaSsrc,
    baseSequence,
    packetStatusCount,
    referenceTime,
    feedbackCount,
    receivedSequences,
    arrivalTicks,
  };
}

/** Deltas of more than 16 bits, and numbers that are not ascending from the base, cannot be said: the writer fails. */
export function encodeTwcc(packet: TwccPacket, out: ByteWriter): void {
  const start = beginPacket(out, RtcpType.transportFeedback, TransportFeedback.twcc);
  out.u32(packet.senderSsrc).u32(packet.mediaSsrc).u16(packet.baseSequence).u16(packet.packetStatusCount);
  out.u24(packet.referenceTime & 0xff_ffff).u8(packet.feedbackCount);
  const symbols = symbolsOf(packet);
  if (!symbols) {
    out.failed = true;
    return;
  }
  for (let at = 0; at < symbols.length; ) at += writeChunk(symbols, at, out);
  let before = 0;
  for (const ticks of packet.arrivalTicks) {
    const delta = ticks - before;
    before = ticks;
    if (isSmall(delta)) out.u8(delta);
    else out.u16(delta & 0xffff);
  }
  endPacket(out, start);
}

/** Whether `ticks` can follow on `before` in one feedback packet. */
export function fitsTwccDelta(before: number, ticks: number): boolean {
  return Math.abs(ticks - before) < 0x8000;
}

/** Runs cost nothing for what was lost, and what a run says was received must have its delta in the packet. */
function readChunks(
  reader: ByteReader,
  base: number,
  count: number,
  received: number[],
  symbols: number[],
): Malformed | undefined {
  const limit = Math.max(reader.remaining, MAX_UNTIMED);
  const add = (index: number, symbol: number): void => {
    if (symbol === Status.lost) return;
    received.push((base + index) & 0xffff);
    symbols.push(symbol);
  };
  for (let index = 0; index < count; ) {
    const chunk = reader.u16();
    if (reader.failed) return TRUNCATED;
    if ((chunk & VECTOR_CHUNK) === 0) {
      const symbol = chunk >> 13;
      const length = Math.min(chunk & 0x1fff, count - index);
      if (symbol === RESERVED) return RESERVED_SYMBOL;
      if (length === 0 || (symbol !== Status.lost && received.length + length > limit)) return TRUNCATED;
      if (symbol !== Status.lost) for (let i = 0; i < length; i++) add(index + i, symbol);
      index += length;
    } else if ((chunk & TWO_BIT_SYMBOLS) === 0) {
      for (let i = 0; i < ONE_BIT_STATUSES && index < count; i++, index++) add(index, (chunk >> (13 - i)) & 1);
    } else {
      for (let i = 0; i < TWO_BIT_STATUSES && index < count; i++, index++) {
        const symbol = (chunk >> (12 - 2 * i)) & 3;
        if (symbol === RESERVED) return RESERVED_SYMBOL;
        add(index, symbol);
      }
    }
  }
  return undefined;
}

/** Version 02 may leave the times out: then nothing follows the chunks but padding to a whole word. */
function readDeltas(reader: ByteReader, symbols: readonly number[]): number[] {
  const ticks: number[] = [];
  const needed = symbols.reduce((sum, symbol) => sum + (symbol === Status.smallDelta ? 1 : 2), 0);
  if (needed > reader.remaining && reader.remaining < 4) return ticks;
  let at = 0;
  for (let i = 0; i < symbols.length && !reader.failed; i++) {
    at += symbols[i] === Status.smallDelta ? reader.u8() : (reader.u16() << 16) >> 16;
    ticks.push(at);
  }
  return ticks;
}

const isSmall = (delta: number): boolean => delta >= 0 && delta <= 0xff;

/** The symbol of each number of the packet; undefined if its arrays cannot be said so. */
function symbolsOf(packet: TwccPacket): Uint8Array | undefined {
  const symbols = new Uint8Array(packet.packetStatusCount);
  let before = 0;
  let least = 0;
  for (let i = 0; i < packet.receivedSequences.length; i++) {
    const index = (packet.receivedSequences[i]! - packet.baseSequence) & 0xffff;
    const ticks = packet.arrivalTicks[i];
    if (index < least || index >= symbols.length || ticks === undefined || !fitsTwccDelta(before, ticks)) return undefined;
    symbols[index] = isSmall(ticks - before) ? Status.smallDelta : Status.largeDelta;
    before = ticks;
    least = index + 1;
  }
  return symbols;
}

/** Writes the chunk that says the most of what begins at `at`, and returns how many statuses it says. */
function writeChunk(symbols: Uint8Array, at: number, out: ByteWriter): number {
  const left = symbols.length - at;
  const symbol = symbols[at]!;
  let run = 1;
  while (run < left && run < MAX_RUN && symbols[at + run] === symbol) run += 1;
  let withoutLarge = 0;
  while (withoutLarge < Math.min(left, ONE_BIT_STATUSES) && symbols[at + withoutLarge] !== Status.largeDelta) withoutLarge += 1;
  const isOneBitPossible = withoutLarge === Math.min(left, ONE_BIT_STATUSES);
  if (run >= ONE_BIT_STATUSES || run === left || (run > TWO_BIT_STATUSES && !isOneBitPossible)) {
    out.u16((symbol << 13) | run);
    return run;
  }
  const bits = isOneBitPossible ? 1 : 2;
  const statuses = Math.min(left, isOneBitPossible ? ONE_BIT_STATUSES : TWO_BIT_STATUSES);
  let chunk = VECTOR_CHUNK | (isOneBitPossible ? 0 : TWO_BIT_SYMBOLS);
  for (let i = 0; i < statuses; i++) chunk |= symbols[at + i]! << (14 - bits * (i + 1));
  out.u16(chunk);
  return statuses;
}
