import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  annexBToLengthPrefixed,
  createDepacketizer,
  createPacketizer,
  decodeAvcConfiguration,
  encodeAvcConfiguration,
  FrameAssembler,
  type H264Packetizer,
  nalUnitsOf,
  PayloadInspector,
  payloadLimits,
  readFrameHeader,
  type VideoCodec,
} from './index.js';
import { hex } from './testing/frames.js';
import { payloadsOf } from './testing/stream.js';

interface Meaning {
  readonly codec: VideoCodec;
  readonly width: number;
  readonly height: number;
  readonly isKeyFrame: readonly boolean[];
}

const FOLDER = join(import.meta.dirname, '../../vectors/payload');
const names = readdirSync(FOLDER).flatMap((file) => (file.endsWith('.hex') ? [file.slice(0, -4)] : []));

function vector(name: string): { meaning: Meaning; frames: Uint8Array[] } {
  const text = readFileSync(join(FOLDER, `${name}.hex`), 'utf8').replace(/^#.*\n/gm, '');
  const meaning: Meaning = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'));
  return { meaning, frames: text.split('\n\n').map((part) => hex(part.replace(/\s/g, ''))) };
}

/** Start codes have three bytes or four: what matters is the units. */
const comparable = (codec: VideoCodec, frame: Uint8Array) =>
  codec === 'h264' || codec === 'h265' ? annexBToLengthPrefixed(frame) : frame;

describe.each(names)('%s, from a real encoder', (name) => {
  const { meaning, frames } = vector(name);
  const { codec, width, height } = meaning;

  test('says whether it is a key frame, and how large', () => {
    expect(frames.map((frame) => readFrameHeader(codec, frame))).toEqual(
      meaning.isKeyFrame.map((isKeyFrame) => ({ isKeyFrame, size: isKeyFrame ? { width, height } : undefined })),
    );
  });

  test('comes through RTP as it went in', () => {
    const packetizer = createPacketizer(codec);
    const assembler = new FrameAssembler(createDepacketizer(codec));
    const inspector = new PayloadInspector(codec);
    const got: object[] = [];
    let sequence = 0;
    frames.forEach((frame, index) => {
      const payloads = payloadsOf(packetizer.packetize(frame, payloadLimits(60)));
      expect(inspector.isKeyFrameStart(payloads[0]!, 0, payloads[0]!.length)).toBe(meaning.isKeyFrame[index]);
      payloads.forEach((payload, i) => {
        assembler.receivePayload(0, sequence++, index, i === payloads.length - 1, payload, 0, payload.length);
        assembler.drain(({ bytes, isKeyFrame, width: frameWidth, height: frameHeight }) => {
          got.push({ bytes: comparable(codec, new Uint8Array(bytes)), isKeyFrame, size: [frameWidth, frameHeight] });
        });
      });
    });
    expect(got).toEqual(
      frames.map((frame, index) => {
        const isKeyFrame = meaning.isKeyFrame[index]!;
        return { bytes: comparable(codec, frame), isKeyFrame, size: isKeyFrame ? [width, height] : [0, 0] };
      }),
    );
  });
});

describe('H.264 whose parameter sets come once', () => {
  const { frames } = vector('h264-two-frames');
  const [keyFrame] = frames;
  const units = nalUnitsOf(keyFrame!);
  const typeOf = (unit: Uint8Array) => unit[0]! & 0x1f;
  const sequenceSets = units.filter((unit) => typeOf(unit) === 7);
  const pictureSets = units.filter((unit) => typeOf(unit) === 8);
  const slices = units.filter((unit) => typeOf(unit) === 5);
  const bare = new Uint8Array(slices.flatMap((slice) => [0, 0, 0, 1, ...slice]));

  test('as avcC survives', () => {
    const record = encodeAvcConfiguration({ sequenceSets, pictureSets });
    expect(record && decodeAvcConfiguration(record)).toEqual({ sequenceSets, pictureSets });
  });

  test('has them before each key frame that is sent', () => {
    const packetizer = createPacketizer('h264', { nalFormat: 'length-prefixed' }) as H264Packetizer;
    packetizer.setParameterSets([...sequenceSets, ...pictureSets]);
    const payloads = payloadsOf(packetizer.packetize(annexBToLengthPrefixed(bare)!, payloadLimits(1_200)));
    expect(payloads.slice(0, 2)).toEqual([sequenceSets[0], pictureSets[0]]);
  });

  test('has them before each key frame that is received, once they are known', () => {
    const assembler = new FrameAssembler(createDepacketizer('h264'));
    const got: Uint8Array[] = [];
    let sequence = 0;
    for (const frame of [bare, keyFrame!, bare]) {
      const payloads = payloadsOf(createPacketizer('h264').packetize(frame, payloadLimits(50)));
      payloads.forEach((payload, i) => {
        assembler.receivePayload(0, sequence, sequence - i, i === payloads.length - 1, payload, 0, payload.length);
        sequence += 1;
        assembler.drain(({ bytes }) => got.push(new Uint8Array(bytes)));
      });
    }
    const wanted = [...sequenceSets, ...pictureSets, ...slices];
    expect(got.map((frame) => nalUnitsOf(frame).filter((unit) => [5, 7, 8].includes(typeOf(unit))))).toEqual([wanted, wanted]);
  });
});
