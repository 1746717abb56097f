import type { MediaEngine, PictureFormat, RawInput, RawReading, SoundFormat } from '../engine/media-engine.js';
import { PictureSource } from '../sources/picture-source.js';
import { SoundSource } from '../sources/sound-source.js';

/** A device that gives nothing by then is not going to. */
const FIRST_MS = 10_000;

/** Opens a camera or a screen; resolves with its first picture. Rejects with a NotAllowedError or a NotReadableError. */
export function openPictures(engine: MediaEngine, input: RawInput, format: PictureFormat, label: string): Promise<PictureSource> {
  return opened((began, ended) => {
    const source: PictureSource = new PictureSource({ engine, label, ...format, onFree: () => reading.close() });
    const reading: RawReading = engine.readPictures(
      input,
      format,
      (picture) => {
        began(source);
        source.write({ ...picture, timestampMs: performance.now() });
      },
      (error) => {
        ended(error);
        source.end();
      },
    );
    return () => reading.close();
  });
}

/** Opens a microphone; resolves with its first sound. */
export function openSound(engine: MediaEngine, input: RawInput, format: SoundFormat, label: string): Promise<SoundSource> {
  return opened((began, ended) => {
    const source: SoundSource = new SoundSource({ engine, label, ...format, onFree: () => reading.close() });
    const startMs = performance.now();
    const reading: RawReading = engine.readSound(
      input,
      format,
      (sound) => {
        began(source);
        source.write({ ...sound, timestampMs: startMs + sound.timestampMs });
      },
      (error) => {
        ended(error);
        source.end();
      },
    );
    return () => reading.close();
  });
}

function opened<Source>(
  open: (began: (source: Source) => void, ended: (error: Error | undefined) => void) => () => void,
): Promise<Source> {
  return new Promise((resolve, reject) => {
    const close = open(
      (source) => {
        clearTimeout(timer);
        resolve(source);
      },
      (error) => {
        clearTimeout(timer);
        reject(deviceError(error?.message ?? 'it ended at once'));
      },
    );
    const timer = setTimeout(() => {
      close();
      reject(deviceError(`nothing came within ${FIRST_MS / 1_000} s`));
    }, FIRST_MS);
  });
}

/** mediacapture-streams, getUserMedia: what the operating system forbids, and what it cannot do. */
function deviceError(why: string): DOMException {
  const isForbidden = /permission denied|not permitted|authorization required/i.test(why);
  return new DOMException(`The device cannot be opened: ${why}`, isForbidden ? 'NotAllowedError' : 'NotReadableError');
}
