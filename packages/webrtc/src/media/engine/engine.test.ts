import { afterEach, describe, expect, test } from 'vitest';
import type { RTCRtpReceiver, RTCStats, RTCTrackEvent } from '../../index.js';
import { nextEvent, World } from '../../testing/world.js';
import { receiveEncoded } from '../remote-source.js';
import type { ReceivedMedia } from './encoded-media.js';
import { EncodedSource } from './encoded-source.js';

const FRAME_MS = 1_000 / 30;

let world: World;
afterEach(() => world?.close());

/** A VP8 frame that says its number behind the header that depacketizers look at (RFC 6386 §9.1). */
function vp8(number: number, isKeyFrame: boolean, bytes = 3_000): Uint8Array {
  const frame = new Uint8Array(bytes);
  frame[0] = isKeyFrame ? 0x10 : 0x11;
  if (isKeyFrame) frame.set([0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01], 3);
  new DataView(frame.buffer).setUint32(12, number);
  return frame;
}

const numberOf = ({ data }: ReceivedMedia): number => new DataView(data.buffer, data.byteOffset).getUint32(12);

/** A camera of numbered frames, which gives a key frame when it is asked for one. */
class Camera {
  readonly source: EncodedSource;
  keyFrameRequests = 0;
  sent = 0;
  rotationDegrees: 0 | 90 | 180 | 270 = 0;
  private isKeyFrameWanted = true;

  constructor(private readonly on: World) {
    this.source = new EncodedSource({
      kind: 'video',
      codec: 'VP8',
      onKeyFrameRequest: () => {
        this.keyFrameRequests += 1;
        this.isKeyFrameWanted = true;
      },
    });
  }

  /** Films for `frames` frames, and waits for what is on the way. */
  async film(frames: number, bytes?: number): Promise<void> {
    for (let i = 0; i < frames; i++) {
      const isKeyFrame = this.isKeyFrameWanted;
      this.isKeyFrameWanted = false;
      const { rotationDegrees } = this;
      this.source.write({
        data: vp8(this.sent, isKeyFrame, bytes),
        timestampMs: this.sent * FRAME_MS,
        isKeyFrame,
        rotationDegrees,
      });
      this.sent += 1;
      await this.on.pass(FRAME_MS);
    }
    await this.on.pass(1_000);
  }
}

/** One side films, the other watches: connected. */
async function filming(link: ConstructorParameters<typeof World>[0] = {}) {
  world = new World(link);
  const camera = new Camera(world);
  world.trickle();
  const sender = world.a.addTrack(camera.source.track);
  const seen: ReceivedMedia[] = [];
  const hasTrack = nextEvent(world.b, 'track') as Promise<RTCTrackEvent>;
  await world.until(world.negotiate());
  const { receiver } = await world.until(hasTrack);
  receiveEncoded(receiver.track, (media) => seen.push(media));
  await world.until(connected());
  return { camera, sender, receiver, seen };
}

async function connected(): Promise<void> {
  while (world.b.connectionState !== 'connected' || world.a.connectionState !== 'connected') {
    await Promise.race([nextEvent(world.a, 'connectionstatechange'), nextEvent(world.b, 'connectionstatechange')]);
  }
}

const statsOf = async (
  of: { getStats(): Promise<Iterable<[string, RTCStats]>> },
  type: string,
): Promise<Record<string, unknown>> => {
  const report = await world.until(of.getStats());
  return [...report].map(([, one]) => one).find((one) => one.type === type) as unknown as Record<string, unknown>;
};

describe('encoded video', () => {
  test('comes out as it went in, in order, and says so in the statistics of both sides', async () => {
    const { camera, sender, receiver, seen } = await filming();
    await camera.film(60);
    expect(seen.map(numberOf)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(seen[0]).toMatchObject({ isKeyFrame: true, width: 640, height: 480 });
    expect(seen[0]!.data).toEqual(vp8(0, true));
    const steps = seen.slice(1).map(({ rtpTimestamp }, i) => (rtpTimestamp - seen[i]!.rtpTimestamp) >>> 0);
    expect(steps.every((step) => Math.abs(step - 3_000) <= 1)).toBe(true);
    expect(await statsOf(sender, 'outbound-rtp')).toMatchObject({
      kind: 'video',
      framesSent: 60,
      active: true,
    });
    expect(await statsOf(receiver, 'inbound-rtp')).toMatchObject({ framesReceived: 60, packetsLost: 0 });
    expect(await statsOf(sender, 'remote-inbound-rtp')).toMatchObject({ packetsLost: 0, fractionLost: 0 });
    expect((await statsOf(sender, 'remote-inbound-rtp'))['roundTripTime']).toBeCloseTo(0.02, 2);
    expect(await statsOf(receiver, 'codec')).toMatchObject({ mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000 });
  });

  test.each([
    [0.01, 3_000, 150],
    [0.05, 3_000, 150],
    [0.1, 3_000, 145],
    [0.3, 100, 90], // little, since congestion control takes such a loss for congestion; and three resends at most (S-52)
  ])('at a loss of %s, of 150 frames of %s bytes %s come: what is missing is sent again', async (loss, bytes, least) => {
    const linkLoss = 1 - Math.sqrt(1 - loss); // a packet passes two links
    const { camera, sender, seen } = await filming({ seed: 7, link: { delayMs: 10, loss: linkLoss } });
    await camera.film(150, bytes);
    const numbers = seen.map(numberOf);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.length).toBeGreaterThanOrEqual(least);
    const { retransmittedPacketsSent, packetsSent } = await statsOf(sender, 'outbound-rtp');
    expect(retransmittedPacketsSent).toBeGreaterThan(0);
    expect(retransmittedPacketsSent).toBeLessThan(0.8 * (packetsSent as number));
  });

  test.each([0, 0.1])('says how it stands, from the picture on that was filmed so, at a loss of %s', async (loss) => {
    const { camera, seen } = await filming({ seed: 11, link: { delayMs: 10, loss: 1 - Math.sqrt(1 - loss) } });
    for (const rotation of [0, 90, 270, 0, 180] as const) {
      camera.rotationDegrees = rotation;
      await camera.film(20);
    }
    expect(seen.length).toBeGreaterThanOrEqual(97);
    for (const media of seen)
      expect([numberOf(media), media.rotationDegrees ?? 0]).toEqual([
        numberOf(media),
        [0, 90, 270, 0, 180][Math.floor(numberOf(media) / 20)],
      ]);
  });

  test('is asked for a key frame by who came in the middle', async () => {
    const { camera } = await filming();
    await camera.film(10);
    const before = camera.keyFrameRequests;
    const other = world.newConnection(1, 50);
    const relay = world.newConnection(0, 51);
    world.trickle(relay, other);
    relay.addTrack(camera.source.track);
    const hasTrack = nextEvent(other, 'track') as Promise<RTCTrackEvent>;
    await world.until(world.negotiate(relay, other));
    const seen: ReceivedMedia[] = [];
    receiveEncoded((await world.until(hasTrack)).receiver.track, (media) => seen.push(media));
    await camera.film(60);
    expect(camera.keyFrameRequests).toBeGreaterThan(before);
    expect(seen[0]?.isKeyFrame).toBe(true);
    relay.close();
    other.close();
  });

  test('flows after the track was unmuted by its first packet, and is muted when the sender leaves', async () => {
    const { camera, receiver } = await filming();
    expect(receiver.track.muted).toBe(true);
    const unmuted = nextEvent(receiver.track, 'unmute');
    await camera.film(3);
    await world.until(unmuted);
    const muted = nextEvent(receiver.track, 'mute');
    world.a.close();
    await world.until(muted);
    expect(receiver.track.muted).toBe(true);
  });

  test('stays muted by packets that still come after an offer has taken the direction back', async () => {
    const { camera, receiver } = await filming();
    await camera.film(3);
    expect(receiver.track.muted).toBe(false);
    world.a.getTransceivers()[0]!.direction = 'inactive';
    await world.until(world.a.setLocalDescription());
    await world.until(world.b.setRemoteDescription(world.a.localDescription!));
    expect(receiver.track.muted).toBe(true);
    await camera.film(3);
    expect(receiver.track.muted).toBe(true);
  });

  test('stops with replaceTrack(null), and goes on under the same SSRC with another track', async () => {
    const { camera, sender, seen } = await filming();
    await camera.film(5);
    await world.until(sender.replaceTrack(null));
    await camera.film(5);
    expect(seen).toHaveLength(5);
    const second = new Camera(world);
    await world.until(sender.replaceTrack(second.source.track));
    await second.film(5);
    expect(seen).toHaveLength(10);
    expect(new Set(seen.map(({ ssrc }) => ssrc)).size).toBe(1);
    expect(camera.source.sinkCount).toBe(0);
  });

  test('an inactive encoding sends nothing', async () => {
    const { camera, sender, seen } = await filming();
    const parameters = sender.getParameters();
    parameters.encodings[0]!.active = false;
    await world.until(sender.setParameters(parameters));
    await camera.film(5);
    expect(seen).toEqual([]);
  });
});

test('goes on after hold in the sequence that it had, so that no packet is taken for a replay', async () => {
  const { camera, sender, receiver, seen } = await filming();
  const [transceiver] = world.a.getTransceivers();
  const { ssrc } = (await statsOf(sender, 'outbound-rtp')) as { ssrc: number };
  for (let round = 1; round <= 3; round++) {
    await camera.film(5);
    transceiver!.direction = 'inactive';
    await world.until(world.negotiate());
    await camera.film(5);
    transceiver!.direction = 'sendrecv';
    await world.until(world.negotiate());
    await camera.film(5);
    expect(seen).toHaveLength(10 * round);
  }
  expect(new Set(seen.map((media) => media.ssrc))).toEqual(new Set([ssrc]));
  expect(receiver.track.muted).toBe(false);
});

test('the sources of the last ten seconds are told, and forgotten then', async () => {
  const { camera, receiver } = await filming();
  const sources = (of: RTCRtpReceiver) => of.getSynchronizationSources();
  expect(sources(receiver)).toEqual([]);
  await camera.film(3);
  expect(sources(receiver)).toHaveLength(1);
  expect(sources(receiver)[0]!.rtpTimestamp).toBeGreaterThanOrEqual(0);
  await world.pass(11_000);
  expect(sources(receiver)).toEqual([]);
});

test('S-46, S-49: packets that belong to nobody change nothing', async () => {
  const { camera, seen } = await filming();
  await camera.film(5);
  await world.pass(60_000);
  await camera.film(5);
  expect(seen).toHaveLength(10);
});

describe('H.265 that is encoded already', () => {
  const unit = (hex: string): number[] => [...Buffer.from(hex, 'hex')];
  /** Parameter sets as x265 has them, of 640 by 360 (ITU-T H.265 §7.3.2). */
  const VPS = unit('40010c01ffff01600000030090000003000003003fba0240');
  const SPS = unit('42010101600000030090000003000003003fa005020171f2e5ba4a4c2f016808000003000800000300f040');
  const PPS = unit('4401c073c189');
  const annexB = (...units: readonly (readonly number[])[]): Uint8Array =>
    Uint8Array.from(units.flatMap((bytes) => [0, 0, 0, 1, ...bytes]));
  const slice = (type: number, number: number): number[] => [type << 1, 1, 0xaf, number, ...new Array<number>(3_000).fill(0x5a)];
  const picture = (number: number): Uint8Array =>
    number === 0 ? annexB(VPS, SPS, PPS, slice(19, number)) : annexB(slice(1, number));

  test('is negotiated, and comes out as it went in', async () => {
    world = new World();
    const source = new EncodedSource({ kind: 'video', codec: 'H265' });
    world.trickle();
    world.a.addTrack(source.track);
    const seen: ReceivedMedia[] = [];
    const hasTrack = nextEvent(world.b, 'track') as Promise<RTCTrackEvent>;
    await world.until(world.negotiate());
    const { receiver } = await world.until(hasTrack);
    receiveEncoded(receiver.track, (media) => seen.push(media));
    await world.until(connected());
    for (let number = 0; number < 30; number++) {
      source.write({ data: picture(number), timestampMs: number * FRAME_MS, isKeyFrame: number === 0 });
      await world.pass(FRAME_MS);
    }
    await world.pass(500);
    expect(seen.map(({ data }) => data)).toEqual(Array.from({ length: 30 }, (_, number) => picture(number)));
    expect(seen.map(({ isKeyFrame }) => isKeyFrame)).toEqual([true, ...new Array<boolean>(29).fill(false)]);
    expect(seen[0]).toMatchObject({ width: 640, height: 360 });
    expect(seen[0]!.codec).toMatchObject({ name: 'H265', parameters: 'level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST' });
    expect(await statsOf(receiver, 'codec')).toMatchObject({ mimeType: 'video/H265' });
  });
});
