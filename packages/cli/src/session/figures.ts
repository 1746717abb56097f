import type { ConnectionStats, Direction, TrackStats } from '@maru/client';

/** What one stream does now, in one direction. */
export interface StreamFigures {
  readonly kind: 'audio' | 'video';
  readonly codec: string;
  readonly kbps: number;
  readonly fps: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Of what was sent in the last seconds, the part that never came. */
  readonly lossPercent: number;
  readonly rttMs: number | undefined;
  readonly frames: number;
}

/** The figures of one way, in one direction. */
export function streamFigures(stats: ConnectionStats | undefined, direction: Direction): StreamFigures[] {
  if (!stats) return [];
  return stats.tracks.filter((track) => track.direction === direction).map((track) => figuresOf(track, stats.rttMs));
}

function figuresOf(track: TrackStats, rttMs: number | undefined): StreamFigures {
  const { kind, codec = '', bitrateBps, framesPerSecond, width, height, lossFraction = 0, frames = 0 } = track;
  return {
    kind,
    codec,
    kbps: Math.round(bitrateBps / 1_000),
    fps: framesPerSecond,
    width,
    height,
    lossPercent: Math.round(lossFraction * 1_000) / 10,
    rttMs: rttMs === undefined ? undefined : Math.round(rttMs),
    frames,
  };
}

/** One stream in a few words. */
export function figuresLine({ kind, codec, kbps, fps, width, height, lossPercent, rttMs }: StreamFigures): string {
  const size = width && height ? ` ${width}×${height}` : '';
  const rate = kind === 'video' && fps !== undefined ? ` ${Math.round(fps)} fps` : '';
  const rtt = rttMs === undefined ? '' : ` rtt ${rttMs} ms`;
  return `${codec}${size}${rate} ${kbps} kbit/s loss ${lossPercent} %${rtt}`;
}
