/** Names that people give to encodings, from the lowest to the highest. */
const FAMILIES: readonly (readonly string[])[] = [
  ['q', 'h', 'f'],
  ['l', 'm', 'h'],
  ['low', 'mid', 'high'],
  ['low', 'medium', 'high'],
  ['lo', 'mi', 'hi'],
  ['r0', 'r1', 'r2'],
  ['0', '1', '2'],
  ['s', 'm', 'l'],
  ['quarter', 'half', 'full'],
];

/**
 * The rids of a simulcast from the lowest encoding to the highest. SDP lists them in no order of quality (RFC 8853 §5.2 speaks of
 * preference), so usual names are known by their family; others are taken to be in the order that they are listed in.
 */
export function orderedRids(rids: readonly string[]): string[] {
  const family = FAMILIES.find((names) => rids.every((rid) => names.includes(rid)));
  return family ? [...rids].sort((a, b) => family.indexOf(a) - family.indexOf(b)) : [...rids];
}
