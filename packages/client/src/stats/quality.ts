import type { Direction, Quality, QualityReason, Side } from './call-stats.js';
import type { PairFigures } from './connection-stats.js';

type Level = 'good' | 'weak' | 'bad';

/** Where weak and bad begin. What people notice, after ITU-T G.114 (delay) and our own ears and eyes for the rest. */
const LIMITS = {
  loss: { weak: 0.03, bad: 0.1 },
  rttMs: { weak: 350, bad: 800 },
  jitterMs: { weak: 50, bad: 120 },
  frozen: { weak: 0.25, bad: 0.7 },
} as const;

/** Video below this, although the line limits it, is a blur. */
const BLUR_BPS = 120_000;
/** Too few packets to tell loss by: a muted microphone, a still screen. */
const FEWEST_PACKETS_PER_SECOND = 5;

/** What must be known beside the figures. */
export interface PairSituation {
  /** `coming`: it has never stood yet, which says nothing about its quality. */
  readonly path: 'coming' | 'connected' | 'broken';
  /** Streams whose picture should be moving now: subscribed, published with video, not muted. */
  readonly movingStreams: ReadonlySet<string>;
}

/** Rates a pair by its figures; the figures of the other pairs tell whose line it is. Pure. */
export function rateQuality(pair: PairFigures, others: readonly PairFigures[], situation: PairSituation): Quality {
  if (situation.path === 'coming') return { level: 'unknown', reasons: [] };
  if (situation.path === 'broken') return { level: 'bad', reasons: [{ type: 'disconnected' }] };
  const found: { level: Level; reason: QualityReason }[] = [];
  const note = (level: Level, reason: QualityReason): void => void (level !== 'good' && found.push({ level, reason }));

  for (const direction of ['receiving', 'sending'] as const) {
    noteLoss(pair, others, direction, note);
    noteBitrate(pair, others, direction, situation, note);
  }
  if (pair.rttMs !== undefined) note(grade(pair.rttMs, LIMITS.rttMs), { type: 'delay', rttMs: pair.rttMs });
  noteJitter(pair, others, note);
  noteFrozen(pair, situation, note);
  if (pair.tracks.some((track) => track.limitedBy === 'cpu')) note('weak', { type: 'cpu', direction: 'sending' });

  found.sort((a, b) => Number(b.level === 'bad') - Number(a.level === 'bad'));
  return { level: found[0]?.level ?? 'good', reasons: found.map(({ reason }) => reason) };
}

type Note = (level: Level, reason: QualityReason) => void;

function noteLoss(pair: PairFigures, others: readonly PairFigures[], direction: Direction, note: Note): void {
  const lossFraction = lossOf(pair, direction);
  if (lossFraction === undefined) return;
  const side = sideOf(others.map((other) => (lossOf(other, direction) ?? 0) >= LIMITS.loss.weak));
  note(grade(lossFraction, LIMITS.loss), { type: 'loss', direction, side, lossFraction, bitrateBps: mediaBps(pair, direction) });
}

/** Loss of the tracks with enough packets to tell. */
function lossOf(pair: PairFigures, direction: Direction): number | undefined {
  const tracks = pair.tracks.filter(
    (track) => track.direction === direction && track.packetsPerSecond >= FEWEST_PACKETS_PER_SECOND,
  );
  const values = tracks.flatMap((track) => track.lossFraction ?? []);
  return values.length === 0 ? undefined : Math.max(...values);
}

function noteBitrate(
  pair: PairFigures,
  others: readonly PairFigures[],
  direction: Direction,
  situation: PairSituation,
  note: Note,
): void {
  const isBlurred = (figures: PairFigures): boolean =>
    figures.tracks.some(
      (track) =>
        track.kind === 'video' &&
        track.streamKind === 'camera' &&
        track.direction === direction &&
        track.bitrateBps > 0 &&
        track.bitrateBps < BLUR_BPS &&
        (direction === 'sending'
          ? track.limitedBy === 'bandwidth'
          : situation.movingStreams.has(track.streamId ?? '') && (track.framesPerSecond ?? 30) < 10),
    );
  if (!isBlurred(pair)) return;
  note('weak', { type: 'low-bitrate', direction, side: sideOf(others.map(isBlurred)), bitrateBps: mediaBps(pair, direction) });
}

function noteJitter(pair: PairFigures, others: readonly PairFigures[], note: Note): void {
  const { jitterMs } = pair;
  if (jitterMs === undefined) return;
  const side = sideOf(others.map((other) => (other.jitterMs ?? 0) >= LIMITS.jitterMs.weak));
  note(grade(jitterMs, LIMITS.jitterMs), { type: 'jitter', direction: 'receiving', side, jitterMs });
}

function noteFrozen(pair: PairFigures, situation: PairSituation, note: Note): void {
  for (const { streamId, frozenFraction, streamKind } of pair.tracks) {
    if (
      streamId === undefined ||
      frozenFraction === undefined ||
      streamKind === 'screen' ||
      !situation.movingStreams.has(streamId)
    )
      continue;
    note(grade(frozenFraction, LIMITS.frozen), { type: 'frozen', streamId, frozenFraction });
  }
}

function grade(value: number, limits: { readonly weak: number; readonly bad: number }): Level {
  return value >= limits.bad ? 'bad' : value >= limits.weak ? 'weak' : 'good';
}

/** When most other pairs have the same trouble it is our line; when none has, theirs. */
function sideOf(othersToo: readonly boolean[]): Side {
  if (othersToo.length === 0) return 'either';
  const troubled = othersToo.filter(Boolean).length;
  if (troubled === 0) return 'them';
  return troubled * 2 >= othersToo.length ? 'us' : 'either';
}

function mediaBps(pair: PairFigures, direction: Direction): number {
  return pair.tracks.filter((track) => track.direction === direction).reduce((sum, track) => sum + track.bitrateBps, 0);
}

/** Samples that must agree before a rating changes: worse soon, better only when it lasts. */
const WORSE_AFTER = 2;
const BETTER_AFTER = 4;
const RANK = { unknown: 0, good: 1, weak: 2, bad: 3 } as const;

/** Keeps a rating from flickering. */
export class CalmQuality {
  private shown: Quality = { level: 'unknown', reasons: [] };
  private agreeing = 0;
  private last: Quality['level'] = 'unknown';

  /** Takes the rating of now and gives the one to show. Reasons are always of now while the level is. */
  update(quality: Quality): Quality {
    this.agreeing = quality.level === this.last ? this.agreeing + 1 : 1;
    this.last = quality.level;
    const { level } = this.shown;
    const needed = level === 'unknown' ? 1 : RANK[quality.level] > RANK[level] ? WORSE_AFTER : BETTER_AFTER;
    if (quality.level === level || this.agreeing >= needed || quality.reasons[0]?.type === 'disconnected') this.shown = quality;
    return this.shown;
  }
}
