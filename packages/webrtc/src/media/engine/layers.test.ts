import { Malformed } from '@maru/protocol/core';
import type { PayloadCodec } from '@maru/protocol/jsep';
import { PayloadInspector, type VideoCodec } from '@maru/protocol/payload';
import { type DependencyDescriptor, DependencyDescriptorReader, type RtpPacketView } from '@maru/protocol/rtp';
import { describe, expect, test } from 'vitest';
import { type MediaStreamTrack, type TrackSource, trackOf } from '../track.js';
import type { EncodedMedia, EncodingDemand, EncodingFeed, EncodingSource } from './encoded-media.js';
import { EncodedSource } from './encoded-source.js';
import { SessionBench } from './testing/session-bench.js';

const DESCRIPTOR_ID = 7;
const EXTENSIONS = { mid: 1, 'transport-cc': 2, 'dependency-descriptor': DESCRIPTOR_ID } as const;

const video = (name: string, payloadType: number): PayloadCodec => ({
  name,
  clockRate: 90_000,
  parameters: name === 'H264' ? 'packetization-mode=1' : '',
  feedback: [],
  payloadType,
});

/** L1T3, twice, of frames of 2,000 bytes. */
const PATTERN = [0, 2, 1, 2, 0, 2, 1, 2];

const FRAME: Readonly<Record<string, (isKeyFrame: boolean) => number[]>> = {
  VP8: (isKeyFrame) => (isKeyFrame ? [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0, 0x20, 0] : [0x11]),
  VP9: (isKeyFrame) => [isKeyFrame ? 0x82 : 0x86, 0x49, 0x83, 0x42, 0, 0, 0, 0, 0, 0],
  H264: (isKeyFrame) => [0, 0, 0, 1, isKeyFrame ? 0x65 : 0x41, 0xe0],
  AV1: () => [0x12, 0, 0x32, 0xd0, 0x0f],
};

function frame(codec: string, isKeyFrame: boolean): Uint8Array {
  const bytes = new Uint8Array(codec === 'AV1' ? 5 + 2_000 : 2_000).fill(0x55);
  bytes.set(FRAME[codec]!(isKeyFrame));
  return bytes;
}

/** What a sender of layers sends of {@link PATTERN}: frame by frame, packet by packet. */
function packetsOf(codec: string): RtpPacketView[][] {
  const bench = new SessionBench();
  const source = new EncodedSource({ kind: 'video', codec });
  const entry = bench.add({ mid: '0', kind: 'video', codecs: [video(codec, 96)], extensions: EXTENSIONS, track: source.track });
  entry.slots.sender.encodings = [{ active: true, scalabilityMode: 'L1T3' }];
  bench.configure();
  return PATTERN.map((temporalId, index) => {
    const isKeyFrame = index === 0;
    const description = { temporalId, isLayerSync: temporalId === 1 || index % 4 === 1, isDiscardable: temporalId === 2 };
    source.write({ data: frame(codec, isKeyFrame), timestampMs: 200 * index, isKeyFrame, description });
    bench.pass(200); // whatever the pacer thinks of it
    return bench.takeSent();
  });
}

describe.each(['VP8', 'VP9', 'H264', 'AV1'])('%s with three temporal layers', (codec) => {
  test('says so in the dependency descriptors of all packets', () => {
    const reader = new DependencyDescriptorReader();
    const descriptors = packetsOf(codec).map((packets) => {
      expect(packets).toHaveLength(2);
      return packets.map((packet): DependencyDescriptor => {
        expect(packet.findExtension(DESCRIPTOR_ID)).toBe(true);
        const descriptor = reader.decode(packet.bytes, packet.valueOffset, packet.valueBytes);
        if (descriptor instanceof Malformed) throw new Error(descriptor.reason);
        return descriptor;
      });
    });
    expect(descriptors.map(([first]) => first!.temporalId)).toEqual(PATTERN);
    expect(descriptors.map(([first]) => first!.frameDiffs[0])).toEqual([undefined, 1, 2, 1, 4, 1, 2, 1]);
    expect(descriptors.map(([first]) => first!.frameNumber)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const [first, last] of descriptors) {
      expect([first!.isFirstPacketOfFrame, first!.isLastPacketOfFrame]).toEqual([true, false]);
      expect([last!.isFirstPacketOfFrame, last!.isLastPacketOfFrame]).toEqual([false, true]);
      expect(last!.frameNumber).toBe(first!.frameNumber);
    }
    expect(descriptors.flat().filter(({ attachedStructure }) => attachedStructure)).toHaveLength(1);
  });

  test.runIf(/VP/.test(codec))('says so in its payloads', () => {
    const inspector = new PayloadInspector(codec.toLowerCase() as VideoCodec);
    const told = packetsOf(codec).map(([first]) => {
      inspector.inspect(first!.bytes, first!.payloadOffset, first!.payloadBytes);
      return [inspector.info.temporalId, inspector.info.isLayerSync];
    });
    expect(told).toEqual(PATTERN.map((temporalId, index) => [temporalId, temporalId === 1 || index % 4 === 1]));
  });
});

test('frames without a layer have no descriptor', () => {
  const bench = new SessionBench();
  const source = new EncodedSource({ kind: 'video', codec: 'VP8' });
  bench.add({ mid: '0', kind: 'video', codecs: [video('VP8', 96)], extensions: EXTENSIONS, track: source.track });
  source.write({ data: frame('VP8', true), timestampMs: 0, isKeyFrame: true });
  bench.pass(33);
  for (const packet of bench.takeSent()) expect(packet.findExtension(DESCRIPTOR_ID)).toBe(false);
});

/** An encoder that only remembers what was asked of it. */
class Encoder implements TrackSource, EncodingSource {
  readonly kind = 'video';
  readonly label = 'encoder';
  readonly isMuted = false;
  readonly settings = {};
  readonly demands: EncodingDemand[] = [];
  readonly targets: number[] = [];
  readonly track: MediaStreamTrack = trackOf(this);

  constructor(private readonly hasCodec = true) {}

  canScale(name: string, scalabilityMode: string): boolean {
    return name === 'VP8' && /^L1T[12]$/.test(scalabilityMode);
  }

  encode(demand: EncodingDemand, _sink: (media: EncodedMedia) => void): EncodingFeed | undefined {
    this.demands.push(demand);
    if (!this.hasCodec) return undefined;
    return {
      codec: demand.codecs[0]!,
      requestKeyFrame() {},
      setTargetBitrate: (bitsPerSecond) => this.targets.push(bitsPerSecond),
      close() {},
    };
  }

  attach(): void {}
  detach(): void {}
}

describe('an encoder', () => {
  const sending = (codec: string) => {
    const bench = new SessionBench();
    const encoder = new Encoder();
    const entry = bench.add({ mid: '0', kind: 'video', codecs: [video(codec, 96)], track: encoder.track });
    return { bench, encoder, entry, sender: entry.object.sender };
  };

  test('begins with what the network is thought to carry', () => {
    const { encoder } = sending('VP8');
    expect(encoder.demands).toHaveLength(1);
    expect(encoder.demands[0]!.targetBps).toBeGreaterThan(0);
    expect(encoder.demands[0]!.targetBps).toBeLessThan(2_500_000); // what a picture may have at most
    expect(encoder.targets[0]).toBe(encoder.demands[0]!.targetBps);
  });

  test('has the whole path where another has nothing to give in the codecs that were agreed on', () => {
    const alone = sending('VP8').encoder.targets.at(-1)!;
    const bench = new SessionBench();
    const [mute, encoder] = [new Encoder(false), new Encoder()];
    bench.add({ mid: '0', kind: 'video', codecs: [video('VP8', 96)], track: mute.track });
    bench.add({ mid: '1', kind: 'video', codecs: [video('VP8', 97)], track: encoder.track });
    expect(encoder.targets.at(-1)).toBe(alone);
  });

  test('begins anew for another shape of its pictures, and not for another bitrate', () => {
    const { bench, encoder, entry } = sending('VP8');
    const [encoding] = entry.slots.sender.encodings;
    for (const change of [
      { maxBitrate: 100_000 },
      { scaleResolutionDownBy: 2 },
      { maxFramerate: 10 },
      { scalabilityMode: 'L1T2' },
    ]) {
      entry.slots.sender.encodings = [{ ...encoding!, ...change }];
      bench.configure();
    }
    expect(
      encoder.demands.map(({ encoding: { scaleResolutionDownBy, maxFramerate, scalabilityMode } }) => ({
        scaleResolutionDownBy,
        maxFramerate,
        scalabilityMode,
      })),
    ).toEqual([
      { scaleResolutionDownBy: 1 },
      { scaleResolutionDownBy: 2 },
      { scaleResolutionDownBy: 1, maxFramerate: 10 },
      { scaleResolutionDownBy: 1, scalabilityMode: 'L1T2' },
    ]);
  });

  test.each([
    ['VP8', 'L1T2', undefined],
    ['VP8', 'L1T3', 'InvalidModificationError'],
    ['VP8', 'L3T3', 'InvalidModificationError'],
    ['VP9', 'L1T2', 'InvalidModificationError'],
  ])('is not asked for layers that it cannot make: %s in %s', async (codec, scalabilityMode, error) => {
    const { sender } = sending(codec);
    const parameters = sender.getParameters();
    parameters.encodings[0]!.scalabilityMode = scalabilityMode;
    const outcome = await sender.setParameters(parameters).catch((reason: Error) => reason.name);
    expect(outcome).toBe(error);
    expect(sender.getParameters().encodings[0]!.scalabilityMode).toBe(error ? undefined : scalabilityMode);
  });
});
