import type { PayloadCodec } from '@maru/protocol/jsep';
import type { RtpPacketView } from '@maru/protocol/rtp';
import { expect, test } from 'vitest';
import { EncodedSource } from './encoded-source.js';
import { SessionBench } from './testing/session-bench.js';

const OPUS: PayloadCodec = { name: 'opus', clockRate: 48_000, channels: 2, parameters: '', feedback: [], payloadType: 111 };
const EVENT: PayloadCodec = { name: 'telephone-event', clockRate: 48_000, parameters: '', feedback: [], payloadType: 110 };

function calling() {
  const bench = new SessionBench();
  const source = new EncodedSource({ kind: 'audio', codec: 'opus' });
  const entry = bench.add({ mid: '0', kind: 'audio', codecs: [OPUS, EVENT], track: source.track });
  let saidMs = 0;
  /** Speaks for so long, in frames of 20 ms. */
  const speak = (durationMs: number): void => {
    for (const end = saidMs + durationMs; saidMs < end; saidMs += 20) {
      source.write({ data: Uint8Array.of(0x78, 1), timestampMs: saidMs, isKeyFrame: true });
      bench.pass(20);
    }
  };
  return { bench, entry, speak };
}

const bytesOf = (packet: RtpPacketView): number[] => [...packet.payload()];
const durationOf = (packet: RtpPacketView): number => (packet.payload()[2]! << 8) | packet.payload()[3]!;
const isEnd = (packet: RtpPacketView): boolean => (packet.payload()[1]! & 0x80) !== 0;

test('a key is sent in place of sound: growing, under one timestamp, its end three times (RFC 4733 §2.5.1)', () => {
  const { bench, entry, speak } = calling();
  speak(100);
  bench.session.playTone(entry, '5', 100);
  speak(300);
  const packets = bench.takeSent();
  const tone = packets.filter(({ payloadType }) => payloadType === 110);
  expect(tone.map(({ marker }) => marker)).toEqual([true, false, false, false, false, false, false]);
  expect(tone.map(durationOf)).toEqual([960, 1_920, 2_880, 3_840, 4_800, 4_800, 4_800]);
  expect(tone.map(isEnd)).toEqual([false, false, false, false, true, true, true]);
  expect(new Set(tone.map(({ rtpTimestamp }) => rtpTimestamp)).size).toBe(1);
  expect(tone.every((packet) => bytesOf(packet)[0] === 5)).toBe(true);
  expect(new Set(packets.map(({ ssrc }) => ssrc)).size).toBe(1);
  const numbers = packets.map(({ sequenceNumber }) => sequenceNumber);
  expect(numbers.map((number) => number - numbers[0]!)).toEqual(numbers.map((_, index) => index));
  const during = packets.slice(packets.indexOf(tone[0]!), packets.indexOf(tone.at(-1)!));
  expect(during.every(({ payloadType }) => payloadType === 110)).toBe(true);
  expect(packets.at(-1)!.payloadType).toBe(111);
});

test('keys in a row keep the repeats of their ends', () => {
  const { bench, entry } = calling();
  bench.session.playTone(entry, '1', 40);
  bench.pass(70);
  bench.session.playTone(entry, '2', 40);
  bench.pass(200);
  const packets = bench.takeSent();
  expect(packets.filter(isEnd).map((packet) => packet.payload()[0])).toEqual([1, 1, 1, 2, 2, 2]);
});

test('a key that the other side presses is told of once, whatever is lost or repeated', () => {
  const [{ bench, entry, speak }, other] = [calling(), calling()];
  speak(40);
  bench.session.playTone(entry, '#', 100);
  bench.pass(300);
  for (const [index, packet] of bench.takeSent().entries()) {
    if (index === 3) continue;
    const { payloadType, sequenceNumber, rtpTimestamp, ssrc, marker } = packet;
    other.bench.receive({ payloadType, sequenceNumber, rtpTimestamp, ssrc, marker, payload: packet.payload() });
  }
  expect(other.bench.tones).toEqual(['tone-began 11 960', 'tone-ended 11 4800']);
  expect(other.bench.received).toHaveLength(2);
});
