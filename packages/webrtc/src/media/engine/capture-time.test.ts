import type { PayloadCodec } from '@maru/protocol/jsep';
import { NTP_UNIX_OFFSET_MS, ntpFractionOf, ntpSecondsOf } from '@maru/protocol/rtcp';
import { HEADER_EXTENSIONS, writeAbsCaptureTime } from '@maru/protocol/rtp';
import { afterEach, describe, expect, test } from 'vitest';
import { EncodedSource, type ReceivedMedia, type RTCRtpTransceiver, type RTCTrackEvent, receiveEncoded } from '../../index.js';
import { nextEvent, World } from '../../testing/world.js';
import { SessionBench } from './testing/session-bench.js';

const URI = HEADER_EXTENSIONS['abs-capture-time'];
const OPUS: PayloadCodec = { name: 'opus', clockRate: 48_000, channels: 2, parameters: '', feedback: [], payloadType: 111 };
const PACKET_MS = 20;
/** When the first packet was captured. */
const START_MS = 1_750_000_000_000;

let world: World;
afterEach(() => world?.close());

const directionOf = (transceiver: RTCRtpTransceiver): string | undefined =>
  transceiver.getNegotiatedHeaderExtensions().find(({ uri }) => uri === URI)?.direction;

function setDirection(transceiver: RTCRtpTransceiver, direction: 'sendrecv' | 'stopped'): void {
  const extensions = transceiver.getHeaderExtensionsToNegotiate();
  transceiver.setHeaderExtensionsToNegotiate(extensions.map((one) => (one.uri === URI ? { ...one, direction } : one)));
}

/** One side speaks 3 s of packets that say when they were captured, the other listens. */
async function speaking({ isAskedFor }: { readonly isAskedFor: boolean }) {
  world = new World();
  const source = new EncodedSource({ kind: 'audio', codec: 'opus' });
  world.trickle();
  world.a.addTrack(source.track);
  const [caller] = world.a.getTransceivers();
  if (isAskedFor) setDirection(caller!, 'sendrecv');
  const hasTrack = nextEvent(world.b, 'track') as Promise<RTCTrackEvent>;
  await world.until(world.negotiate());
  const { receiver, transceiver } = await world.until(hasTrack);
  const heard: ReceivedMedia[] = [];
  receiveEncoded(receiver.track, (media) => heard.push(media));
  await world.pass(2_000);
  for (let count = 0; count < 150; count++) {
    const timestampMs = PACKET_MS * count;
    source.write({
      data: Uint8Array.of(0x78, count, 1, 2),
      timestampMs,
      isKeyFrame: true,
      captureTimeMs: START_MS + timestampMs,
      captureClockOffsetMs: 0,
    });
    await world.pass(PACKET_MS);
  }
  return { heard, receiver, caller: caller!, callee: transceiver };
}

describe('the time of capture', () => {
  test('is told where a script asks for it, and known of every packet though one in fifty says so', async () => {
    const { heard, receiver, caller, callee } = await speaking({ isAskedFor: true });
    expect([directionOf(caller), directionOf(callee)]).toEqual(['sendrecv', 'sendrecv']);
    expect(heard.length).toBe(150);
    for (const [count, { captureTimeMs, senderCaptureOffsetMs }] of heard.entries()) {
      expect(captureTimeMs).toBeCloseTo(START_MS + PACKET_MS * count, 1);
      expect(senderCaptureOffsetMs).toBe(0);
    }
    const [source] = receiver.getSynchronizationSources();
    expect(source?.captureTimestamp).toBeCloseTo(NTP_UNIX_OFFSET_MS + START_MS + 149 * PACKET_MS, 1);
    expect(source?.senderCaptureTimeOffset).toBe(0);
  });

  test('is nobody’s business otherwise, as in browsers', async () => {
    const { heard, receiver, caller } = await speaking({ isAskedFor: false });
    expect(world.a.localDescription?.sdp).not.toContain('abs-capture-time');
    expect(directionOf(caller)).toBe('stopped');
    expect(heard.every(({ captureTimeMs }) => captureTimeMs === undefined)).toBe(true);
    expect(receiver.getSynchronizationSources()[0]).not.toHaveProperty('captureTimestamp');
  });

  test('is not answered by who has stopped it', async () => {
    world = new World();
    setDirection(world.a.addTransceiver('video'), 'sendrecv');
    await world.until(world.a.setLocalDescription());
    await world.until(world.b.setRemoteDescription(world.a.localDescription!));
    setDirection(world.b.getTransceivers()[0]!, 'stopped');
    await world.until(world.b.setLocalDescription());
    expect(world.a.localDescription?.sdp).toContain('abs-capture-time');
    expect(world.b.localDescription?.sdp).not.toContain('abs-capture-time');
  });
});

describe('what a mixer sends on', () => {
  const SSRC = 7;
  const CSRC = 0xcafe;
  const ID = 5;
  const EXTENSION = { 'abs-capture-time': ID } as const;

  /** The first of `csrcs` has captured it, by a clock `offsetMs` ahead of the mixer's. */
  const packet = (sequenceNumber: number, csrcs: readonly number[], offsetMs?: number) => {
    const value = new Uint8Array(offsetMs === undefined ? 8 : 16);
    writeAbsCaptureTime(value, 0, { captureNtpMs: START_MS + NTP_UNIX_OFFSET_MS, captureClockOffsetMs: offsetMs });
    return {
      payloadType: 111,
      ssrc: SSRC,
      sequenceNumber,
      rtpTimestamp: 960 * sequenceNumber,
      csrcs,
      extensions: [{ id: ID, value: [...value] }],
      payload: Uint8Array.of(0x78, 1),
    };
  };

  const listening = (): SessionBench => {
    const bench = new SessionBench();
    bench.add({ mid: '0', kind: 'audio', codecs: [OPUS], extensions: EXTENSION });
    return bench;
  };

  test('names the clock of who captured it, against ours: by what the mixer says and by its reports', () => {
    const bench = listening();
    bench.receive(packet(1, [], 1_000));
    expect(bench.received[0]).toMatchObject({ senderCaptureOffsetMs: 1_000 });
    expect(bench.received[0]).not.toHaveProperty('captureClockOffsetMs'); // before its first report
    const mixersNtpMs = NTP_UNIX_OFFSET_MS + 1_700_000_000_000 + bench.now + 5_000;
    bench.receiveRtcp({
      type: 'sender-report',
      senderSsrc: SSRC,
      ntpSeconds: ntpSecondsOf(mixersNtpMs),
      ntpFraction: ntpFractionOf(mixersNtpMs),
      rtpTimestamp: 960,
      packetCount: 1,
      octetCount: 2,
      reports: [],
    });
    bench.receive(packet(2, [], 1_000));
    // Half of the round trip of 20 ms, which the report was on its way.
    expect(bench.received[1]?.captureClockOffsetMs).toBeCloseTo(1_000 + 5_000 + 10, 1);
  });

  test('counts for the first that it was mixed of, and no longer when another comes to the front', () => {
    const bench = listening();
    bench.receive(packet(1, [CSRC, 9], -3));
    const { contributing, synchronization } = bench.session.recentSources('0');
    expect(contributing.map(({ source, captureTimestamp }) => [source, captureTimestamp !== undefined])).toEqual([
      [9, false],
      [CSRC, true],
    ]);
    expect(contributing[1]?.senderCaptureTimeOffset).toBeCloseTo(-3, 3);
    expect(synchronization[0]?.captureTimestamp).toBeCloseTo(START_MS + NTP_UNIX_OFFSET_MS, 1);
    bench.receive({ ...packet(2, [9]), extensions: [] });
    expect(bench.received[1]).not.toHaveProperty('captureTimeMs');
  });

  test('has no offset where the mixer knows none', () => {
    const bench = listening();
    bench.receive(packet(1, []));
    expect(bench.received[0]).toMatchObject({ captureTimeMs: expect.closeTo(START_MS, 1) });
    expect(bench.received[0]).not.toHaveProperty('senderCaptureOffsetMs');
  });

  test('of a length that the extension has not is no time', () => {
    const bench = listening();
    bench.receive({ ...packet(1, []), extensions: [{ id: ID, value: [1, 2, 3] }] });
    expect(bench.received[0]).not.toHaveProperty('captureTimeMs');
  });
});
