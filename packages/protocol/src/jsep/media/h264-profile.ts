/** The profiles of H.264 that have a name in RFC 6184 Table 5. */
export type H264Profile =
  | 'constrained-baseline'
  | 'baseline'
  | 'main'
  | 'extended'
  | 'constrained-high'
  | 'high'
  | 'high-10'
  | 'high-422'
  | 'high-444'
  | 'unknown';

/** `profile_idc`, then the constraint bits (`x` is either) that make the profile (RFC 6184 §8.1, Table 5). */
const PATTERNS: readonly (readonly [idc: number, bits: string, profile: H264Profile])[] = [
  [0x42, 'x1xx0000', 'constrained-baseline'],
  [0x4d, '1xxx0000', 'constrained-baseline'],
  [0x58, '11xx0000', 'constrained-baseline'],
  [0x42, 'x0xx0000', 'baseline'],
  [0x58, '10xx0000', 'baseline'],
  [0x4d, '0x0x0000', 'main'],
  [0x58, '00xx0000', 'extended'],
  [0x64, '00001100', 'constrained-high'],
  [0x64, '00000000', 'high'],
  [0x6e, '00000000', 'high-10'],
  [0x7a, '00000000', 'high-422'],
  [0xf4, '00000000', 'high-444'],
];

/** Without the parameter: Baseline at level 1 (RFC 6184 §8.1). */
const DEFAULT_PROFILE_LEVEL_ID = '42000a';
/** `level_idc` that `constraint_set3` turns into level 1b. */
const LEVEL_1_1 = 11;
const CONSTRAINT_SET_3 = 0x10;

/** The profile of a `profile-level-id`: which bit streams, whatever their size. */
export function h264ProfileOf(profileLevelId: string = DEFAULT_PROFILE_LEVEL_ID): H264Profile {
  if (!/^[0-9a-f]{6}$/i.test(profileLevelId)) return 'unknown';
  const idc = Number.parseInt(profileLevelId.slice(0, 2), 16);
  const bits = Number.parseInt(profileLevelId.slice(2, 4), 16).toString(2).padStart(8, '0');
  const found = PATTERNS.find(([of, pattern]) => of === idc && [...pattern].every((bit, i) => bit === 'x' || bit === bits[i]));
  return found?.[2] ?? 'unknown';
}

/**
 * The `profile-level-id` of an answer (RFC 6184 §8.2.2): ours where both sides allow each to choose its level, else the
 * lower level of both.
 */
export function answeredH264Level(ours: string, offered: string, isAsymmetric: boolean): string {
  if (isAsymmetric || !/^[0-9a-f]{6}$/i.test(offered)) return ours;
  return levelRank(offered) < levelRank(ours) ? offered : ours;
}

/** Ten times the level, level 1b between 1 and 1.1. */
function levelRank(profileLevelId: string): number {
  const level = Number.parseInt(profileLevelId.slice(4, 6), 16);
  const isConstrained = (Number.parseInt(profileLevelId.slice(2, 4), 16) & CONSTRAINT_SET_3) !== 0;
  return level === LEVEL_1_1 && isConstrained ? LEVEL_1_1 - 0.5 : level;
}
