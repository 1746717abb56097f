import type { PayloadCodec } from '@maru/protocol/jsep';
import { CcfbRecorder } from '@maru/protocol/rtcp';
import { expect, test } from 'vitest';
import { EncodedSource } from './encoded-source.js';
import { SessionBench } from './testing/session-bench.js';

const OPUS: PayloadCodec = { name: 'opus', clockRate: 48_000, channels: 2, parameters: '', feedback: [], payloadType: 111 };
const SSRC = 0x1234;

function hearing(): SessionBench {
  const bench = new SessionBench();
  bench.add({
    mid: '0',
    kind: 'audio',
    codecs: [OPUS],
    extensions: { mid: 1, 'transport-cc': 2, 'ssrc-audio-level': 3 },
  });
  return bench;
}

const packet = (sequenceNumber: number, extensions: readonly { readonly id: number; readonly value: readonly number[] }[]) => ({
  payloadType: 111,
  sequenceNumber,
  rtpTimestamp: 960 * sequenceNumber,
  ssrc: SSRC,
  extensions,
  payload: Uint8Array.of(0x78, 1, 2),
});

test('S-50: header extensions shorter than their meaning are as good as absent', () => {
  const bench = hearing();
  bench.receive(packet(1, [{ id: 2, value: [7] }])); // half of a transport-wide number
  bench.pass(200);
  expect(bench.reports.filter(({ type }) => type === 'twcc')).toEqual([]);
  bench.receive(packet(2, [{ id: 2, value: [0, 7] }]));
  bench.pass(200);
  expect(bench.reports.filter(({ type }) => type === 'twcc')).toMatchObject([{ baseSequence: 7, packetStatusCount: 1 }]);
  expect(bench.received.map(({ audioLevel }) => audioLevel)).toEqual([undefined, undefined]);
});

test('what rests keeps its numbers and not its packets, and goes with its transceiver', () => {
  const bench = new SessionBench();
  const source = new EncodedSource({ kind: 'audio', codec: 'opus' });
  const entry = bench.add({ mid: '0', kind: 'audio', codecs: [OPUS], track: source.track });
  const say = (timestampMs: number): void => {
    source.write({ data: Uint8Array.of(0x78, 1, 2), timestampMs, isKeyFrame: true });
    bench.pass(20);
  };
  const sending = (direction: 'sendrecv' | 'recvonly'): void => {
    entry.slots.currentDirection = direction;
    bench.configure();
  };
  for (let round = 0; round < 3; round++) {
    say(100 * round);
    say(100 * round + 20);
    sending('recvonly');
    say(100 * round + 40);
    sending('sendrecv');
  }
  const numbers = bench.takeSent().map(({ sequenceNumber }) => sequenceNumber);
  expect(numbers.map((number) => number - numbers[0]!)).toEqual([0, 1, 2, 3, 4, 5]);
  sending('recvonly');
  expect(bench.session.restingStreams).toBe(1);
  entry.slots.isStopping = true;
  bench.configure();
  expect(bench.session.restingStreams).toBe(0);
});

test('congestion control learns from feedback by stream, where packets have no transport-wide numbers (RFC 8888)', () => {
  const bench = new SessionBench();
  const source = new EncodedSource({ kind: 'audio', codec: 'opus' });
  const codec: PayloadCodec = { ...OPUS, feedback: [{ type: 'ack', parameter: 'ccfb' }] };
  bench.add({ mid: '0', kind: 'audio', codecs: [codec], track: source.track });
  const recorder = new CcfbRecorder();
  for (let frame = 0; frame < 100; frame++) {
    source.write({ data: new Uint8Array(200).fill(0x78), timestampMs: 20 * frame, isKeyFrame: true });
    bench.pass(20);
    for (const { ssrc, sequenceNumber } of bench.takeSent()) recorder.received(bench.now, ssrc, sequenceNumber);
    const report = frame % 5 === 4 ? recorder.build(bench.now, bench.now, 7) : undefined;
    if (report) bench.receiveRtcp(report);
  }
  expect(bench.session.congestion!.acknowledgedBps).toBeGreaterThan(60_000);
  expect(bench.session.congestion!.lossShare).toBe(0);
});
