import { Malformed } from '../../core/index.js';

/**
 * A named telephone event (RFC 4733 §2.3).
 *
 *     |     event     |E|R| volume    |          duration             |
 */
export const TELEPHONE_EVENT_BYTES = 4;
const END = 0x80;
const VOLUME_MASK = 0x3f;
/** Duration has 16 bits; an event that lasts longer goes on in another segment (§2.5.1.3). */
const MAX_DURATION = 0xffff;
/** The last packet is sent so often in all (§2.5.1.4). */
const END_PACKETS = 3;
const DEFAULT_INTERVAL_MS = 20;
/** How loud browsers say that their tones are: -10 dBm0. */
const DEFAULT_VOLUME = 10;

const TRUNCATED = Malformed.of('payload/telephone-event/truncated');

/** In the order of their event codes (RFC 4733 §3.2). */
const DTMF_DIGITS = '0123456789*#ABCD';

/** The event code of a DTMF digit, or -1. */
export function telephoneEventOf(digit: string): number {
  return digit.length === 1 ? DTMF_DIGITS.indexOf(digit.toUpperCase()) : -1;
}

/** The DTMF digit of an event code; undefined for other events, such as a flash. */
export function digitOf(event: number): string | undefined {
  return DTMF_DIGITS[event];
}

export interface Tone {
  /** RFC 4733 §3.2: 0 to 15 are DTMF. */
  readonly event: number;
  readonly durationMs: number;
  /** Of the RTP stream: telephone events share the clock of the audio that they interrupt. */
  readonly clockRate: number;
  /** How far below 0 dBm0, in dB. */
  readonly volume?: number;
  readonly intervalMs?: number;
}

/** One packet of a tone. */
export interface TonePacket {
  /** When to send it, from the beginning of the tone on. */
  readonly atMs: number;
  /** To be added to the RTP timestamp at which the tone begins: other than 0 in later segments of a long tone. */
  readonly timestampOffset: number;
  /** The RTP marker: the tone begins. */
  readonly isMarked: boolean;
  readonly payload: Uint8Array;
}

/** All packets of a tone in the order of sending: one each interval with the duration so far, the last three times. */
export function tonePackets(tone: Tone): TonePacket[] {
  const { event, durationMs, clockRate, volume = DEFAULT_VOLUME, intervalMs = DEFAULT_INTERVAL_MS } = tone;
  const units = Math.round((durationMs * clockRate) / 1_000);
  const packets: TonePacket[] = [];
  const add = (atMs: number, from: number, to: number, isEnd: boolean) => {
    const payload = encodeEvent(event, isEnd, volume, to - from);
    packets.push({ atMs, timestampOffset: from, isMarked: packets.length === 0, payload });
  };
  let segment = 0;
  for (let atMs = intervalMs; atMs < durationMs; atMs += intervalMs) {
    const at = Math.round((atMs * clockRate) / 1_000);
    if (at - segment > MAX_DURATION) {
      add(atMs, segment, segment + MAX_DURATION, false);
      segment += MAX_DURATION;
    }
    add(atMs, segment, at, false);
  }
  if (units - segment > MAX_DURATION) {
    add(durationMs, segment, segment + MAX_DURATION, false);
    segment += MAX_DURATION;
  }
  for (let i = 0; i < END_PACKETS; i++) add(durationMs + i * intervalMs, segment, units, true);
  return packets;
}

function encodeEvent(event: number, isEnd: boolean, volume: number, duration: number): Uint8Array {
  return Uint8Array.of(event, (isEnd ? END : 0) | (volume & VOLUME_MASK), duration >> 8, duration & 0xff);
}

export interface ToneEvent {
  readonly type: 'tone-began' | 'tone-ended';
  readonly event: number;
  /** In RTP units: so far, or in all. */
  readonly duration: number;
}

/** Reads the tones of one stream: each begins once and ends once, whatever was repeated or lost. */
export class ToneReader {
  private current: { readonly event: number; readonly startedAt: number; end: number } | undefined;
  /** The RTP timestamp of the last segment that ended, so that it and what is older are nothing new. */
  private endedAt: number | undefined;

  /** Takes one packet. A tone whose end was lost ends when the next begins. */
  receive(rtpTimestamp: number, bytes: Uint8Array, offset: number, length: number): readonly ToneEvent[] | Malformed {
    if (length < TELEPHONE_EVENT_BYTES) return TRUNCATED;
    const event = bytes[offset]!;
    const isEnd = (bytes[offset + 1]! & END) !== 0;
    const duration = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
    if (this.endedAt !== undefined && ((rtpTimestamp - this.endedAt) | 0) <= 0) return NOTHING_NEW;
    const events: ToneEvent[] = [];
    let { current } = this;
    if (current && ((rtpTimestamp - current.startedAt) | 0) < 0) return NOTHING_NEW; // of an older tone, late
    if (current && !this.continues(event, rtpTimestamp)) {
      events.push(ended(current));
      current = undefined;
    }
    if (!current) {
      current = { event, startedAt: rtpTimestamp, end: rtpTimestamp };
      events.push({ type: 'tone-began', event, duration });
    }
    const end = (rtpTimestamp + duration) >>> 0;
    if (((end - current.end) | 0) > 0) current.end = end;
    this.current = current;
    if (!isEnd) return events;
    events.push(ended(current));
    this.endedAt = rtpTimestamp;
    this.current = undefined;
    return events;
  }

  /** The same tone: the same segment, or one that begins where the last ended (§2.5.1.3). */
  private continues(event: number, rtpTimestamp: number): boolean {
    const { current } = this;
    if (!current || current.event !== event) return false;
    return ((rtpTimestamp - current.end) | 0) <= 0;
  }
}

const NOTHING_NEW: readonly ToneEvent[] = [];

function ended({ event, startedAt, end }: { event: number; startedAt: number; end: number }): ToneEvent {
  return { type: 'tone-ended', event, duration: (end - startedAt) >>> 0 };
}
