/** The loudness of a stream of sound, as its packets tell it (RFC 6464; webrtc-stats, `totalAudioEnergy`). */
export class SoundMeter {
  /** Of the last packet, from 0 to 1; undefined where none told. */
  level: number | undefined;
  totalEnergy = 0;
  /** In seconds of sound. */
  totalDuration = 0;
  private lastTimestamp: number | undefined;

  /** A packet of sound came or went: `timestamp` in units of `clockRate`, `decibels` below full scale. */
  packet(timestamp: number, clockRate: number, decibels: number | undefined): void {
    const units = this.lastTimestamp === undefined ? 0 : (timestamp - this.lastTimestamp) | 0;
    if (this.lastTimestamp !== undefined && units <= 0) return;
    this.lastTimestamp = timestamp;
    this.level = decibels === undefined ? this.level : levelOf(decibels);
    const seconds = units / clockRate;
    this.totalDuration += seconds;
    this.totalEnergy += (this.level ?? 0) ** 2 * seconds;
  }
}

/** From dB below full scale to a number from 0 to 1 (RFC 6464 §3; W3C webrtc, `audioLevel`). */
export function levelOf(decibels: number): number {
  return decibels >= 127 ? 0 : 10 ** (-decibels / 20);
}
