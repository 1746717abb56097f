import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../bytes/index.js';
import { Malformed } from '../../core/index.js';
import {
  type DependencyDescriptor,
  DependencyDescriptorReader,
  type DependencyStructure,
  decodeVideoLayersAllocation,
  encodeDependencyDescriptor,
  encodeVideoLayersAllocation,
  HEADER_EXTENSIONS,
  type HeaderExtensionName,
  headerExtensionOf,
  readAbsCaptureTime,
  readAbsSendTimeMs,
  readAudioLevel,
  readContentType,
  readEndOfFrame,
  readFeedbackRequest,
  readFrameNumber,
  readMaxPlayoutDelayMs,
  readMinPlayoutDelayMs,
  readStartOfFrame,
  readTransmissionOffset,
  readTransportSequence,
  readVideoOrientation,
  readVideoTiming,
  readVoiceActivity,
  readWantsTimestamps,
  TokenReader,
  type VideoOrientation,
  writeAbsCaptureTime,
  writeAbsSendTime,
  writeAudioLevel,
  writeContentType,
  writeFeedbackRequest,
  writePlayoutDelay,
  writeToken,
  writeTransmissionOffset,
  writeTransportSequence,
  writeVideoOrientation,
  writeVideoTiming,
} from '../index.js';

const bytes = new Uint8Array(64);
const AT = 5;
const wrote = (length: number) => Buffer.from(bytes.subarray(AT, AT + length)).toString('hex');

test('every extension is known by its URI, and nothing else is', () => {
  for (const [name, uri] of Object.entries(HEADER_EXTENSIONS)) expect(headerExtensionOf(uri)).toBe(name as HeaderExtensionName);
  expect(headerExtensionOf('urn:example')).toBeUndefined();
});

describe('a value', () => {
  test('of mid or rid is one string, however often it is read, and no string if it is none', () => {
    const reader = new TokenReader();
    writeToken(bytes, AT, 'video-1');
    expect(reader.read(bytes, AT, 7)).toBe('video-1');
    expect(reader.read(bytes, AT, 7)).toBe('video-1');
    expect(reader.read(bytes, AT, 0)).toBeUndefined();
    expect(reader.read(Uint8Array.of(0x20), 0, 1)).toBeUndefined();
    expect(reader.read(new Uint8Array(33).fill(0x61), 0, 33)).toBeUndefined();
    for (let i = 0; i < 1_000; i++) {
      writeToken(bytes, AT, `x${i}`);
      expect(reader.read(bytes, AT, `x${i}`.length)).toBe(`x${i}`);
    }
  });

  test('of the audio level holds level and voice (RFC 6464)', () => {
    writeAudioLevel(bytes, AT, 42, true);
    expect([wrote(1), readAudioLevel(bytes, AT), readVoiceActivity(bytes, AT)]).toEqual(['aa', 42, true]);
    writeAudioLevel(bytes, AT, 300, false);
    expect([readAudioLevel(bytes, AT), readVoiceActivity(bytes, AT)]).toEqual([127, false]);
  });

  test('of abs-send-time is exact to 4 us and wraps after 64 s', () => {
    writeAbsSendTime(bytes, AT, 1_000);
    expect(wrote(3)).toBe('040000');
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (ms) => {
        writeAbsSendTime(bytes, AT, ms);
        const difference = Math.abs(readAbsSendTimeMs(bytes, AT) - (ms % 64_000));
        expect(Math.min(difference, 64_000 - difference)).toBeLessThan(0.004);
      }),
    );
  });

  test('of toffset is signed (RFC 5450)', () => {
    for (const units of [0, 1, -1, 0x7f_ffff, -0x80_0000]) {
      writeTransmissionOffset(bytes, AT, units);
      expect(readTransmissionOffset(bytes, AT)).toBe(units);
    }
  });

  test('of transport-wide-cc, with a request in version 02', () => {
    writeTransportSequence(bytes, AT, 0xabcd);
    writeFeedbackRequest(bytes, AT, 300, true);
    expect(wrote(4)).toBe('abcd812c');
    expect(readTransportSequence(bytes, AT)).toBe(0xabcd);
    expect([readFeedbackRequest(bytes, AT, 4), readWantsTimestamps(bytes, AT, 4)]).toEqual([300, true]);
    expect([readFeedbackRequest(bytes, AT, 2), readWantsTimestamps(bytes, AT, 2)]).toEqual([0, false]);
  });

  test('of video-orientation', () => {
    for (const rotationDegrees of [0, 90, 180, 270] as const) {
      const orientation: VideoOrientation = { rotationDegrees, isFlipped: rotationDegrees === 90, camera: 'back' };
      writeVideoOrientation(bytes, AT, orientation);
      expect(readVideoOrientation(bytes, AT)).toEqual(orientation);
    }
    expect(wrote(1)).toBe('0b');
  });

  test('of playout-delay, within bounds', () => {
    writePlayoutDelay(bytes, AT, 120, 1_000);
    expect(wrote(3)).toBe('00c064');
    expect([readMinPlayoutDelayMs(bytes, AT), readMaxPlayoutDelayMs(bytes, AT)]).toEqual([120, 1_000]);
    writePlayoutDelay(bytes, AT, -5, 1e9);
    expect([readMinPlayoutDelayMs(bytes, AT), readMaxPlayoutDelayMs(bytes, AT)]).toEqual([0, 40_950]);
  });

  test('of abs-capture-time, with an offset that may be negative', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 4e12, noNaN: true }),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        (captureNtpMs, offset) => {
          writeAbsCaptureTime(bytes, AT, { captureNtpMs, captureClockOffsetMs: offset });
          const read = readAbsCaptureTime(bytes, AT, 16)!;
          expect(Math.abs(read.captureNtpMs - captureNtpMs)).toBeLessThan(0.001);
          expect(Math.abs(read.captureClockOffsetMs! - offset)).toBeLessThan(0.001);
          expect(readAbsCaptureTime(bytes, AT, 8)!.captureClockOffsetMs).toBeUndefined();
        },
      ),
    );
    expect(readAbsCaptureTime(bytes, AT, 9)).toBeUndefined();
  });

  test('of content-type and video-timing', () => {
    writeContentType(bytes, AT, 'screenshare');
    expect(readContentType(bytes, AT)).toBe('screenshare');
    const timing = {
      flags: 1,
      encodeStartMs: 2,
      encodeFinishMs: 300,
      packetizationFinishMs: 4,
      pacerExitMs: 5,
      networkMs: 6,
      network2Ms: 7,
    };
    writeVideoTiming(bytes, AT, timing);
    expect(readVideoTiming(bytes, AT, 13)).toEqual(timing);
    expect(readVideoTiming(bytes, AT + 1, 12)).toEqual({ ...timing, flags: 0 });
    expect(readVideoTiming(bytes, AT, 3)).toBeUndefined();
  });
});

describe('video layers allocation', () => {
  const layer = (streamIndex: number, spatialId: number, targetBitratesKbps: number[], size = 0) => ({
    streamIndex,
    spatialId,
    targetBitratesKbps,
    resolution: size ? { width: size, height: size / 2, maxFramerate: 30 } : undefined,
  });

  test.each([
    ['nothing is sent', { streamIndex: 0, streamCount: 1, layers: [] }, '00'],
    ['one layer', { streamIndex: 0, streamCount: 1, layers: [layer(0, 0, [300])] }, '0100ac02'],
    [
      'simulcast of three with two temporal layers',
      {
        streamIndex: 1,
        streamCount: 3,
        layers: [layer(0, 0, [50, 100], 320), layer(1, 0, [150, 300], 640), layer(2, 0, [400, 900], 1_280)],
      },
      '6154' + '3264' + '9601ac02' + '90038407' + '013f009f1e' + '027f013f1e' + '04ff027f1e',
    ],
    [
      'streams with different layers',
      { streamIndex: 0, streamCount: 2, layers: [layer(0, 0, [10]), layer(0, 1, [20]), layer(1, 0, [30])] },
      '1031000a141e',
    ],
  ])('of %s', (_, allocation, hex) => {
    const writer = new ByteWriter(new Uint8Array(255));
    encodeVideoLayersAllocation(allocation, writer);
    expect(Buffer.from(writer.written).toString('hex')).toBe(hex);
    expect(decodeVideoLayersAllocation(writer.written)).toEqual(allocation);
  });

  test('S-55: whatever the bytes, it is bounded and does not throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 255 }), (value) => {
        const decoded = decodeVideoLayersAllocation(value);
        if (!(decoded instanceof Malformed)) expect(decoded.layers.length).toBeLessThanOrEqual(16);
      }),
      { numRuns: 1_000 },
    );
    expect(decodeVideoLayersAllocation(Uint8Array.from([0x01, 0x00, ...Array<number>(8).fill(0xff)]))).toBeInstanceOf(Malformed);
    expect(decodeVideoLayersAllocation(Uint8Array.of(0xc1, 0, 1))).toEqual(
      Malformed.of('rtp/video-layers-allocation/stream-out-of-range'),
    );
  });
});

/** L1T3 as browsers send it: three targets, one chain. */
const L1T3: DependencyStructure = {
  templateIdOffset: 61,
  decodeTargetCount: 3,
  chainCount: 1,
  protectedBy: [0, 0, 0],
  resolutions: [{ width: 1_280, height: 720 }],
  templates: [
    { spatialId: 0, temporalId: 0, decodeTargets: ['switch', 'switch', 'switch'], frameDiffs: [], chainDiffs: [0] },
    { spatialId: 0, temporalId: 0, decodeTargets: ['switch', 'switch', 'switch'], frameDiffs: [4], chainDiffs: [4] },
    { spatialId: 0, temporalId: 1, decodeTargets: ['not-present', 'discardable', 'switch'], frameDiffs: [2], chainDiffs: [2] },
    {
      spatialId: 0,
      temporalId: 2,
      decodeTargets: ['not-present', 'not-present', 'discardable'],
      frameDiffs: [1],
      chainDiffs: [1],
    },
  ],
};

function frame(structure: DependencyStructure, template: number, more: Partial<DependencyDescriptor> = {}): DependencyDescriptor {
  return {
    isFirstPacketOfFrame: true,
    isLastPacketOfFrame: false,
    frameNumber: 1_234,
    ...structure.templates[template]!,
    activeDecodeTargets: undefined,
    attachedStructure: undefined,
    ...more,
  };
}

describe('the dependency descriptor', () => {
  const value = new Uint8Array(255);
  const encode = (descriptor: DependencyDescriptor, structure = L1T3) => {
    const length = encodeDependencyDescriptor(descriptor, structure, value);
    return value.slice(0, length);
  };
  const decode = (reader: DependencyDescriptorReader, bytes: Uint8Array) => reader.decode(bytes, 0, bytes.length);

  test('of a keyframe brings the structure on which later ones lean', () => {
    const reader = new DependencyDescriptorReader();
    const keyframe = frame(L1T3, 0, { attachedStructure: L1T3, activeDecodeTargets: 0b111 });
    expect(decode(reader, encode(frame(L1T3, 1)))).toEqual(Malformed.of('rtp/dependency-descriptor/no-structure-yet'));
    expect(decode(reader, encode(keyframe))).toEqual(keyframe);
    expect(encode(frame(L1T3, 2)).length).toBe(3);
    for (let template = 0; template < 4; template++)
      expect(decode(reader, encode(frame(L1T3, template)))).toEqual(frame(L1T3, template));
    expect(reader.structure).toEqual(L1T3);
    expect([readStartOfFrame(value, 0), readEndOfFrame(value, 0), readFrameNumber(value, 0)]).toEqual([true, false, 1_234]);
  });

  test('says what differs from the template, and which targets are active', () => {
    const reader = new DependencyDescriptorReader();
    decode(reader, encode(frame(L1T3, 0, { attachedStructure: L1T3 })));
    const own = frame(L1T3, 3, {
      decodeTargets: ['not-present', 'discardable', 'required'],
      frameDiffs: [1, 17, 300, 4_096],
      chainDiffs: [200],
      activeDecodeTargets: 0b011,
    });
    expect(decode(reader, encode(own))).toEqual(own);
  });

  test('survives the way there and back, whatever its structure', () => {
    const layers = fc.array(fc.constantFrom('same', 'temporal', 'spatial'), { maxLength: 20 });
    fc.assert(
      fc.property(
        layers,
        fc.integer({ min: 1, max: 32 }),
        fc.nat(63),
        fc.nat(4),
        fc.nat(),
        (moves, targets, offset, chains, pick) => {
          const structure = structureOf(moves, targets, offset, Math.min(chains, targets));
          const reader = new DependencyDescriptorReader();
          const template = pick % structure.templates.length;
          const descriptor = frame(structure, template, { attachedStructure: structure, activeDecodeTargets: 2 ** targets - 1 });
          const length = encodeDependencyDescriptor(descriptor, structure, value);
          if (length > 0) expect(reader.decode(value, 0, length)).toEqual(descriptor);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('S-55: bombs of templates, layers and targets are refused, and the structure in force stays', () => {
    const reader = new DependencyDescriptorReader();
    decode(reader, encode(frame(L1T3, 0, { attachedStructure: L1T3 })));
    const bomb = Uint8Array.from([0xc0, 0, 0, 0x80, 0x1f, ...Array<number>(250).fill(0x00)]); // the same layer without end
    expect(reader.decode(bomb, 0, bomb.length)).toEqual(Malformed.of('rtp/dependency-descriptor/structure-out-of-bounds'));
    const tall = Uint8Array.from([0xc0, 0, 0, 0x80, 0x1f, ...Array<number>(250).fill(0xaa)]); // a spatial layer more each time
    expect(reader.decode(tall, 0, tall.length)).toBeInstanceOf(Malformed);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 255 }), (bytes) => {
        bytes[3]! |= 0x80;
        decode(new DependencyDescriptorReader(), bytes);
      }),
      { numRuns: 2_000 },
    );
    expect(reader.structure).toEqual(L1T3);
    expect(reader.decode(Uint8Array.of(0x80, 0), 0, 2)).toEqual(Malformed.of('rtp/dependency-descriptor/truncated'));
    expect(reader.decode(Uint8Array.of(0x80 | 30, 0, 1), 0, 3)).toEqual(
      Malformed.of('rtp/dependency-descriptor/unknown-template'),
    );
  });

  test('that no template fits, or no value holds, is not written', () => {
    expect(encodeDependencyDescriptor(frame(L1T3, 0, { spatialId: 3 }), L1T3, value)).toBe(0);
    expect(encodeDependencyDescriptor(frame(L1T3, 0), L1T3, new Uint8Array(2))).toBe(0);
  });
});

/** A structure whose templates walk through layers as `moves` say, as far as there are layers. */
function structureOf(
  moves: readonly string[],
  decodeTargetCount: number,
  templateIdOffset: number,
  chainCount: number,
): DependencyStructure {
  let [spatialId, temporalId] = [0, 0];
  const template = (i: number) => ({
    spatialId,
    temporalId,
    decodeTargets: Array.from(
      { length: decodeTargetCount },
      (_, t) => (['not-present', 'discardable', 'switch', 'required'] as const)[(i + t) % 4]!,
    ),
    frameDiffs: Array.from({ length: i % 3 }, (_, d) => ((i + d) % 16) + 1),
    chainDiffs: Array.from({ length: chainCount }, (_, c) => (i * 3 + c) % 16),
  });
  const templates = [template(0)];
  for (const move of moves) {
    if (move === 'temporal' && temporalId < 7) temporalId += 1;
    if (move === 'spatial' && spatialId < 3) [spatialId, temporalId] = [spatialId + 1, 0];
    templates.push(template(templates.length));
  }
  const protectedBy = chainCount > 0 ? Array.from({ length: decodeTargetCount }, (_, t) => t % chainCount) : [];
  return { templateIdOffset, decodeTargetCount, chainCount, protectedBy, templates, resolutions: [] };
}
