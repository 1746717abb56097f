/** How loud samples are, in dB below full: 0 is as loud as can be, 127 silence (RFC 6464 §3). */
export function levelBelowFull(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  if (sum === 0) return 127;
  const decibels = 10 * Math.log10(sum / samples.length / 0x8000 ** 2);
  return Math.min(127, Math.max(0, Math.round(-decibels)));
}

/** More sounds than an encoder that starts up has waiting. */
const REMEMBERED = 128;

/** How loud the sounds of a source were, for the packets that an encoder makes of them later. */
export class SoundLevels {
  private readonly told: { readonly timestampMs: number; readonly level: number }[] = [];

  add(timestampMs: number, level: number): void {
    this.told.push({ timestampMs, level });
    if (this.told.length > REMEMBERED) this.told.shift();
  }

  /** Of what was given last up to `timestampMs`; silence before anything was. */
  at(timestampMs: number): number {
    for (let i = this.told.length - 1; i >= 0; i--) if (this.told[i]!.timestampMs <= timestampMs) return this.told[i]!.level;
    return this.told[0]?.level ?? 127;
  }
}
