/** How loud samples are, in dB below full: 0 is as loud as can be, 127 silence (RFC 6464 §3). */
export function levelBelowFull(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  if (sum === 0) return 127;
  const decibels = 10 * Math.log10(sum / samples.length / 0x8000 ** 2);
  return Math.min(127, Math.max(0, Math.round(-decibels)));
}
