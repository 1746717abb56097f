const UNITS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number])[] = [
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** How long ago something was, as people say it: "yesterday", "3 hours ago". Both instants in milliseconds since 1970. */
export function relativeTime(at: number, now: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const elapsed = Math.max(0, now - at);
  const [unit, ms] = UNITS.find(([, length]) => elapsed >= length) ?? ['minute', 60_000];
  return format.format(-Math.floor(elapsed / ms), unit);
}
