import type { EncodingDemand } from '@maru/webrtc';
import type { PictureFormat } from '../engine/media-engine.js';

/** What is asked of an encoder for the bits that there are. */
export interface PicturePlan {
  /** How many times smaller than what comes, in either direction. */
  readonly scaleDownBy: number;
  readonly frameRate: number;
}

/**
 * Fewer bits for each pixel than this, and encoders take more than they were given, or give nothing to recognise: 640 by 360, thirty
 * times a second, from 62 kbit/s on, and 1280 by 720 from 250 on, with which calls begin.
 */
const LEAST_BITS_A_PIXEL = 0.009;
/** Nothing smaller is worth looking at. */
const LEAST_HEIGHT = 90;
const LEAST_FRAME_RATE = 2;
const SCALES = [1, 1.5, 2, 3, 4, 6, 8] as const;
/** Of the frame rate. Below 10 pictures a second, smaller ones are the lesser evil as long as both may go. */
const RATE_SHARES = [1, 2 / 3, 1 / 2, 1 / 3, 1 / 4, 1 / 6, 1 / 10, 1 / 15] as const;

/** How `format`, in which pictures come, is encoded with `bitrateBps`, and what goes first by `preference`. */
export function planPictures(
  format: PictureFormat,
  bitrateBps: number,
  preference: EncodingDemand['degradationPreference'],
): PicturePlan {
  const steps = stepsOf(format, preference);
  const fits = ({ scaleDownBy, frameRate }: PicturePlan): boolean =>
    ((format.width * format.height) / scaleDownBy ** 2) * frameRate * LEAST_BITS_A_PIXEL <= bitrateBps;
  return steps.find(fits) ?? steps.at(-1)!;
}

/** From everything to the least, in the order in which things go. */
function stepsOf(format: PictureFormat, preference: EncodingDemand['degradationPreference']): readonly PicturePlan[] {
  const scales = SCALES.filter((scale) => scale === 1 || format.height / scale >= LEAST_HEIGHT);
  const rates = RATE_SHARES.map((share) => Math.round(format.frameRate * share)).filter(
    (rate, index) => index === 0 || rate >= LEAST_FRAME_RATE,
  );
  const plan = (scale: number, rate: number): PicturePlan => ({
    scaleDownBy: scales[Math.min(scale, scales.length - 1)]!,
    frameRate: rate === 0 ? format.frameRate : rates[Math.min(rate, rates.length - 1)]!,
  });
  switch (preference) {
    case 'maintain-framerate-and-resolution':
      return [plan(0, 0)];
    case 'maintain-framerate':
      return [...scales.map((_, scale) => plan(scale, 0)), ...rates.map((_, rate) => plan(scales.length, rate))];
    case 'maintain-resolution':
      return [...rates.map((_, rate) => plan(0, rate)), ...scales.map((_, scale) => plan(scale, rates.length))];
    default: // both in turn: fewer, smaller, smaller; fewer, smaller, smaller; …
      return Array.from({ length: scales.length + rates.length }, (_, step) =>
        plan(step - Math.ceil(step / 3), Math.ceil(step / 3)),
      );
  }
}
