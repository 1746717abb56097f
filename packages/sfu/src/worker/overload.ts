/** What a worker does about having too much to do: nothing, refuse joins, and then send less to everybody. */
export type OverloadLevel = 'none' | 'joins' | 'layers' | 'video';

/** Shares of one core at which a level begins. Joins are refused first, before those who are there suffer. */
const BEGINS: readonly (readonly [OverloadLevel, number])[] = [
  ['joins', 0.7],
  ['layers', 0.85],
  ['video', 0.95],
];

/** A level ends this much below where it began, so that it does not come and go. */
const HYSTERESIS = 0.1;

/** The level for this share of a core, coming from `before`. */
export function overloadLevel(share: number, before: OverloadLevel): OverloadLevel {
  const levels = BEGINS.map(([level]) => level);
  const place = before === 'none' ? -1 : levels.indexOf(before);
  let level: OverloadLevel = 'none';
  BEGINS.forEach(([name, begins], index) => {
    if (share >= (index <= place ? begins - HYSTERESIS : begins)) level = name;
  });
  return level;
}
