import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../testing/engines.js';
import { makeFile, turnFile } from '../testing/files.js';
import { psnr } from '../testing/similarity.js';
import type { MediaEngine, Picture, RawReading, Sound } from './media-engine.js';
import { turnedPicture } from './turned-picture.js';

const folder = mkdtempSync(join(tmpdir(), 'maru-reading-'));
const files: Record<string, string> = {};
beforeAll(() => {
  for (const name of ['clip.mp4', 'clip.ts', 'clip.webm']) files[name] = makeFile(folder, name);
  for (const degrees of [90, 180, 270] as const) files[`by ${degrees}`] = turnFile(files['clip.mp4']!, degrees);
}, 120_000); // ffmpeg makes six files, and others may want the processor
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** All that a reading gives; taken in small sips, as sources do that play in real time. */
function all<Item>(
  begin: (give: (item: Item) => void, ended: (error: Error | undefined) => void) => RawReading,
): Promise<Item[]> {
  return new Promise((resolve, reject) => {
    const items: Item[] = [];
    const reading = begin(
      (item) => {
        items.push(item);
        if (items.length % 8 !== 0) return;
        reading.demand(false);
        setImmediate(() => reading.demand(true));
      },
      (error) => (error ? reject(error) : resolve(items)),
    );
  });
}

for (const { name, find, missing } of ENGINES.filter(({ name }) => name !== '@napi-rs/webcodecs'))
  describe.skipIf(missing)(`files that ${name} reads${missing ? ` (${missing})` : ''}`, () => {
    let engine: MediaEngine;
    beforeAll(async () => {
      engine = await find();
    });

    const pictures = (path: string, startMs: number, width: number, height: number): Promise<Picture[]> =>
      all((give, ended) => engine.readPictures({ type: 'file', path, startMs }, { width, height, frameRate: 25 }, give, ended));

    test.each(['clip.mp4', 'clip.ts', 'clip.webm'])(
      '%s: pictures have the rate and the size that are asked for',
      async (file) => {
        const seen = await pictures(files[file]!, 0, 320, 180);
        expect(Math.abs(seen.length - 50)).toBeLessThanOrEqual(1);
        expect(seen.map(({ timestampMs }) => timestampMs)).toEqual(seen.map((_, index) => index * 40));
        expect(new Set(seen.map(({ width, height, data }) => `${width}x${height} ${data.length}`))).toEqual(
          new Set(['320x180 86400']),
        );
      },
    );

    test.each(['clip.mp4', 'clip.ts', 'clip.webm'])('%s: may be read from its middle', async (file) => {
      const [whole, half] = [await pictures(files[file]!, 0, 320, 180), await pictures(files[file]!, 1_000, 320, 180)];
      expect(Math.abs(half.length - 25)).toBeLessThanOrEqual(2);
      const best = Math.max(...[24, 25, 26].map((at) => psnr(half[0]!.data, whole[at]!.data)));
      expect(best).toBeGreaterThan(30);
    });

    test('other proportions have black beside them', async () => {
      const [first] = await pictures(files['clip.mp4']!, 0, 320, 320);
      expect([...first!.data.subarray(0, 320)].every((luma) => luma <= 17)).toBe(true);
      expect([...first!.data.subarray(320 * 160, 320 * 161)].some((luma) => luma > 40)).toBe(true);
    });

    test.each([90, 180, 270] as const)('what a phone filmed on its side, by %s degrees, is upright', async (degrees) => {
      const [upright] = await pictures(files['clip.mp4']!, 0, 320, 180);
      const [width, height] = degrees === 180 ? [320, 180] : [180, 320];
      const [turned] = await pictures(files[`by ${degrees}`]!, 0, width, height);
      expect(psnr(turned!.data, turnedPicture(upright!, degrees).data)).toBeGreaterThan(30);
    });

    test.each(['clip.mp4', 'clip.ts', 'clip.webm'])('%s: sound comes 20 ms at a time', async (file) => {
      const format = { sampleRate: 48_000, channels: 2 };
      const heard = await all<Sound>((give, ended) =>
        engine.readSound({ type: 'file', path: files[file]!, startMs: 0 }, format, give, ended),
      );
      expect(Math.abs(heard.length - 100)).toBeLessThanOrEqual(3);
      expect(heard.map(({ timestampMs }) => timestampMs)).toEqual(heard.map((_, index) => index * 20));
      const { samples } = heard[50]!;
      let crossings = 0;
      for (let at = 2; at < samples.length; at += 2) if (samples[at - 2]! < 0 !== samples[at]! < 0) crossings += 1;
      expect(Math.abs(crossings - 2 * 440 * 0.02)).toBeLessThanOrEqual(1);
    });

    test('a file that is not there is an error', async () => {
      await expect(pictures(join(folder, 'nothing.mp4'), 0, 320, 180)).rejects.toThrow();
    });
  });
