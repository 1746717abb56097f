import { OpusPacketInfo, readFrameHeader, type VideoCodec } from '@maru/protocol/payload';
import { beforeAll, describe, expect, test } from 'vitest';
import { PatternPainter, readPatternTime } from '../sources/pattern-picture.js';
import { ENGINES, needs, OWN_WEBCODECS } from '../testing/engines.js';
import { psnr } from '../testing/similarity.js';
import { type EncodedChunk, i420Bytes, type MediaEngine, type Picture, type Sound } from './media-engine.js';

const PAYLOAD: Readonly<Record<string, VideoCodec>> = { VP8: 'vp8', VP9: 'vp9', H264: 'h264', AV1: 'av1' };
const VIDEO = Object.keys(PAYLOAD);
const SIZE = { width: 320, height: 180 };

/** Pictures of the test pattern whose burnt-in time is `index`, 40 ms apart. */
function pictures(count: number, size = SIZE, firstIndex = 0): Picture[] {
  const painter = new PatternPainter(size.width, size.height);
  return Array.from({ length: count }, (_, index) => ({
    ...size,
    data: painter.paint(index, 200 + index + firstIndex).slice(),
    timestampMs: 7_000.25 + 40 * (index + firstIndex),
  }));
}

/** Encodes `input`, and asks for key frames before those of `keys`. */
async function encode(
  engine: MediaEngine,
  codec: string,
  input: readonly Picture[],
  keys: readonly number[] = [],
  temporalLayers = 1,
) {
  const chunks: EncodedChunk[] = [];
  const parameters = codec === 'H264' ? 'packetization-mode=1;profile-level-id=42e01f' : '';
  const { width, height } = input[0]!;
  await new Promise<void>((resolve, reject) => {
    const settings = { codec, parameters, width, height, frameRate: 25, bitrateBps: 500_000, temporalLayers };
    const encoder = engine.encodeVideo(
      settings,
      (chunk) => chunks.push(chunk),
      (error) => (error ? reject(error) : resolve()),
    );
    void (async () => {
      for (const [index, picture] of input.entries()) {
        await encoder.ready();
        if (keys.includes(index)) encoder.requestKeyFrame();
        expect(encoder.write(picture)).toBe(true);
      }
      encoder.finish();
    })();
  });
  return chunks;
}

async function decode(
  engine: MediaEngine,
  codec: string,
  chunks: readonly EncodedChunk[],
  size?: typeof SIZE,
): Promise<Picture[]> {
  const decoded: Picture[] = [];
  await new Promise<void>((resolve, reject) => {
    const decoder = engine.decodeVideo(
      codec,
      size,
      (picture) => decoded.push(picture),
      (error) => (error ? reject(error) : resolve()),
    );
    void (async () => {
      for (const chunk of chunks) {
        await decoder.ready();
        decoder.write(chunk);
      }
      decoder.finish();
    })();
  });
  return decoded;
}

/** Of L1T2 and L1T3, where `keys` begin anew. */
function expectedLayers(count: number, keys: readonly number[], layers: number): number[] {
  const pattern = layers === 2 ? [0, 1] : [0, 2, 1, 2];
  return Array.from({ length: count }, (_, index) => {
    const key = Math.max(0, ...keys.filter((at) => at <= index));
    return pattern[(index - key) % pattern.length]!;
  });
}

for (const { name, find, missing } of [...ENGINES, OWN_WEBCODECS])
  describe.skipIf(missing)(`the ${name} engine${missing ? ` (${missing})` : ''}`, () => {
    let engine: MediaEngine;
    beforeAll(async () => {
      engine = await find();
    });

    test.for(VIDEO)(
      '%s: pictures that are encoded and decoded are the same to the eye, and have their times',
      async (codec, context) => {
        needs(engine, codec, context);
        const input = pictures(12);
        const chunks = await encode(engine, codec, input);
        expect(chunks.map(({ timestampMs }) => timestampMs)).toEqual(input.map(({ timestampMs }) => timestampMs));
        expect(chunks.map(({ isKeyFrame }) => isKeyFrame)).toEqual([true, ...Array(11).fill(false)]);
        const output = await decode(engine, codec, chunks);
        expect(output.map(({ timestampMs }) => timestampMs)).toEqual(input.map(({ timestampMs }) => timestampMs));
        expect(output.map(({ data, width, height }) => readPatternTime(data, width, height))).toEqual(
          input.map((_, index) => 200 + index),
        );
        for (const [index, { data }] of output.entries()) expect(psnr(data, input[index]!.data)).toBeGreaterThan(25);
      },
    );

    test.for(VIDEO)('%s: a key frame comes with the picture for which it was asked', async (codec, context) => {
      needs(engine, codec, context);
      const chunks = await encode(engine, codec, pictures(10), [0, 4, 5]);
      const keys = chunks.flatMap(({ isKeyFrame }, index) => (isKeyFrame ? [index] : []));
      expect(keys).toEqual([0, 4, 5]);
      for (const { data, isKeyFrame } of chunks) expect(readFrameHeader(PAYLOAD[codec]!, data).isKeyFrame).toBe(isKeyFrame);
      expect(await decode(engine, codec, chunks.slice(4))).toHaveLength(6); // whoever begins there sees all that follows
    });

    test.for(VIDEO)(
      '%s: pictures of lower temporal layers are the same whether the higher ones come or not',
      async (codec, context) => {
        needs(engine, codec, context);
        if ((engine.temporalLayers?.get(codec) ?? 1) < 2) context.skip(`this engine makes no temporal layers of ${codec}`);
        for (let layers = 2; layers <= (engine.temporalLayers?.get(codec) ?? 1); layers++) {
          const chunks = await encode(engine, codec, pictures(18), [7], layers);
          const layerOf = ({ layer }: EncodedChunk): number => layer?.temporalId ?? 0;
          expect(chunks.map(layerOf)).toEqual(expectedLayers(18, [7], layers));
          const whole = await decode(engine, codec, chunks);
          for (let highest = 0; highest < layers - 1; highest++) {
            const kept = chunks.flatMap((chunk, index) => (layerOf(chunk) <= highest ? [index] : []));
            const pictures = await decode(
              engine,
              codec,
              kept.map((index) => chunks[index]!),
            );
            expect(pictures).toHaveLength(kept.length);
            for (const [at, index] of kept.entries()) expect(psnr(pictures[at]!.data, whole[index]!.data)).toBe(Infinity);
          }
        }
      },
    );

    test.for(VIDEO)(
      '%s: a size that changes on the way changes in the pictures, which keep their order',
      async (codec, context) => {
        needs(engine, codec, context);
        const larger = { width: 640, height: 360 };
        const chunks = [...(await encode(engine, codec, pictures(4))), ...(await encode(engine, codec, pictures(4, larger, 4)))];
        const asTheyAre = await decode(engine, codec, chunks);
        expect(asTheyAre.map(({ width }) => width)).toEqual([320, 320, 320, 320, 640, 640, 640, 640]);
        for (const picture of asTheyAre) expect(picture.data).toHaveLength(i420Bytes(picture));
        expect(asTheyAre.map(({ data, width, height }) => readPatternTime(data, width, height))).toEqual(
          Array.from({ length: 8 }, (_, index) => 200 + index),
        );
        const scaled = await decode(engine, codec, chunks, { width: 160, height: 90 });
        expect(scaled.map(({ width, data }) => [width, data.length])).toEqual(Array(8).fill([160, 160 * 90 * 1.5]));
      },
    );

    test('an odd size is decoded as it is', async () => {
      const odd = { width: 321, height: 181 };
      const data = new Uint8Array(i420Bytes(odd)).fill(100);
      const chunks = await encode(engine, 'VP8', [{ ...odd, data, timestampMs: 0 }]);
      expect(await decode(engine, 'VP8', chunks)).toMatchObject([odd]);
    });

    test.for(VIDEO)('%s: what cannot be decoded is an error, not a wrong picture', async (codec, context) => {
      needs(engine, codec, context);
      const [key] = await encode(engine, codec, pictures(1));
      const broken = { ...key!, data: key!.data.map((byte, index) => (index < 12 ? byte : 255 - byte)) };
      const noise = {
        timestampMs: 0,
        isKeyFrame: true,
        data: Uint8Array.from({ length: 2_000 }, (_, index) => (index * 197) & 0xff),
      };
      await expect(decode(engine, codec, [noise, broken])).rejects.toThrow();
    });

    test('a tone comes out of Opus as high as it went in', async () => {
      const [sampleRate, channels] = [48_000, 2];
      const sounds = Array.from({ length: 25 }, (_, packet): Sound => {
        const samples = Int16Array.from({ length: 960 * channels }, (_, index) => {
          const at = packet * 960 + Math.floor(index / channels);
          return 10_000 * Math.sin((2 * Math.PI * 1_000 * at) / sampleRate);
        });
        return { sampleRate, channels, samples, timestampMs: 500 + 20 * packet };
      });
      const packets: EncodedChunk[] = [];
      await new Promise<void>((resolve, reject) => {
        const encoder = engine.encodeAudio(
          { codec: 'opus', sampleRate, channels, bitrateBps: 64_000 },
          (chunk) => packets.push(chunk),
          (error) => (error ? reject(error) : resolve()),
        );
        for (const sound of sounds) encoder.write(sound);
        encoder.finish();
      });
      expect(packets.length).toBeGreaterThanOrEqual(25);
      expect(packets.slice(0, 3).map(({ timestampMs }) => timestampMs)).toEqual([500, 520, 540]);
      const info = new OpusPacketInfo();
      for (const { data } of packets) expect([info.read(data, 0, data.length), info.samples]).toEqual([undefined, 960]);
      const heard: Sound[] = [];
      await new Promise<void>((resolve, reject) => {
        const decoder = engine.decodeAudio(
          'opus',
          { sampleRate, channels },
          (sound) => heard.push(sound),
          (error) => (error ? reject(error) : resolve()),
        );
        for (const packet of packets) decoder.write(packet);
        decoder.finish();
      });
      expect(heard.map(({ timestampMs }) => timestampMs)).toEqual(packets.map(({ timestampMs }) => timestampMs));
      const { samples } = heard[10]!;
      let crossings = 0;
      for (let at = channels; at < samples.length; at += channels)
        if (samples[at - channels]! < 0 !== samples[at]! < 0) crossings += 1;
      expect(crossings).toBeGreaterThanOrEqual(39);
      expect(crossings).toBeLessThanOrEqual(41);
    });

    test('nothing comes of a coder that was closed', async () => {
      let given = 0;
      const [picture] = pictures(1);
      const settings = { codec: 'VP8', parameters: '', ...SIZE, frameRate: 25, bitrateBps: 500_000 };
      const count = (): void => void (given += 1);
      const encoder = engine.encodeVideo(settings, count, count);
      encoder.write(picture!);
      encoder.close();
      expect(encoder.write(picture!)).toBe(false);
      await encode(engine, 'VP8', [picture!]); // as long as the other would have taken
      expect(given).toBe(0);
    });
  });
