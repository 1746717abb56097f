import type { Instant } from '@maru/protocol/core';
import type { PublishedTrack } from './published-track.js';
import type { SourceStream } from './source-stream.js';

/** Layers of a track that a subscriber may get, and what they take. */
export interface Rung {
  readonly encoding: number;
  readonly spatialId: number;
  readonly temporalId: number;
  readonly bitsPerSecond: number;
}

/** Until it is known which there are. */
const ALL_TEMPORAL = 3;
/** What an encoding is taken to need before it has been measured. */
const GUESSED_BPS = [150_000, 500_000, 1_500_000];
/** A tile is served by a picture that has so much of its width. */
const ENOUGH = 0.8;

/**
 * What can be had of a track now, from the least to the most. An encoding that rests for a moment, while a larger one comes, is still
 * there: whoever gets the small one would have to be given the large one in its place, for which their path may have no room. Cameras get more resolution as soon as the frame rate is whole; screens
 * get all of their resolution first, since text that is read matters more than motion.
 */
export function ladderOf(track: PublishedTrack, now: Instant): Rung[] {
  const rungs: Rung[] = [];
  const isFlowing = (source: SourceStream | undefined): boolean => source?.rates.isFlowing(now) === true;
  const highest = track.sources.map(isFlowing).lastIndexOf(true);
  const flowing = track.sources.filter(
    (source, i) => isFlowing(source) || (i < highest && source?.rates.isResting(now) === true),
  );
  for (const source of flowing) {
    if (!source) continue;
    if (!source.rates.isMeasured) {
      rungs.push(rung(source, 0, ALL_TEMPORAL));
      continue;
    }
    const { highestSpatial, highestTemporal } = source.rates;
    if (track.content === 'screen') {
      for (let spatial = 0; spatial <= highestSpatial; spatial++) rungs.push(rung(source, spatial, 0));
      const isTop = source === flowing[flowing.length - 1];
      for (let temporal = 1; isTop && temporal <= highestTemporal; temporal++) rungs.push(rung(source, highestSpatial, temporal));
      continue;
    }
    for (let spatial = 0; spatial <= highestSpatial; spatial++) {
      // Half the frame rate is worth having where there is nothing less, and not in place of a whole picture of fewer points.
      const least = spatial === 0 && source.index === 0 ? 0 : Math.max(0, highestTemporal - 1);
      for (let temporal = least; temporal <= highestTemporal; temporal++) rungs.push(rung(source, spatial, temporal));
    }
  }
  return rungs.filter((one, i) => i === 0 || one.bitsPerSecond > 0);
}

/** The highest encoding that a tile of this size can use; with SVC, the highest spatial layer of it. */
export function usableLayer(track: PublishedTrack, width: number, height: number): { encoding: number; spatialId: number } {
  const top = track.description.encodings.length - 1;
  if (top > 0) {
    for (let encoding = 0; encoding < top; encoding++) {
      if (isEnough(widthOf(track, encoding), heightOf(track, encoding), width, height)) return { encoding, spatialId: 0 };
    }
    return { encoding: top, spatialId: Number.POSITIVE_INFINITY };
  }
  const source = track.sources[0];
  const highest = source?.rates.highestSpatial ?? 0;
  for (let spatialId = 0; source && spatialId < highest; spatialId++) {
    const shift = highest - spatialId;
    if (isEnough(source.width >> shift, source.height >> shift, width, height)) return { encoding: 0, spatialId };
  }
  return { encoding: 0, spatialId: Number.POSITIVE_INFINITY };
}

function rung(source: SourceStream, spatialId: number, temporalId: number): Rung {
  const measured = source.rates.upTo(spatialId, temporalId);
  const bitsPerSecond = measured > 0 ? measured : (GUESSED_BPS[source.index] ?? GUESSED_BPS[0]!);
  return { encoding: source.index, spatialId, temporalId, bitsPerSecond };
}

/** A tile of unknown size takes all that there is; a picture of unknown size is not known to be enough. */
function isEnough(pictureWidth: number, pictureHeight: number, width: number, height: number): boolean {
  if (pictureWidth === 0 || (width === 0 && height === 0)) return false;
  const isWideEnough = pictureWidth >= width * ENOUGH;
  const isHighEnough = pictureHeight >= height * ENOUGH;
  // A picture of another shape than its tile fills one side alone, or is cut.
  return width === 0 ? isHighEnough : height === 0 ? isWideEnough : isWideEnough || isHighEnough;
}

/** Where an encoding has not said its size, half of the next one's is a fair guess. */
function widthOf(track: PublishedTrack, encoding: number): number {
  return sizeOf(track, encoding, (source) => source.width);
}

function heightOf(track: PublishedTrack, encoding: number): number {
  return sizeOf(track, encoding, (source) => source.height);
}

function sizeOf(track: PublishedTrack, encoding: number, of: (source: SourceStream) => number): number {
  for (let known = encoding; known < track.sources.length; known++) {
    const source = track.sources[known];
    if (source && of(source) > 0) return of(source) >> (known - encoding);
  }
  return 0;
}
