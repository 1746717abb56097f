/** What a description may need at most; more is refused before it costs anything (S-72). Characters, since SDP here is nearly all ASCII. */
export const SDP_LIMITS = {
  characters: 256 * 1024,
  lines: 5_000,
  lineCharacters: 2 * 1024,
  mediaSections: 64,
  attributesPerLevel: 256,
} as const;
