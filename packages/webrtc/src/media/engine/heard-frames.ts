/** More than redundancy repeats: two frames, and some reordering. */
const REMEMBERED = 32;

/** Which frames of sound were heard of late, by their RTP timestamps: each is to be given once, though redundancy brings it again. */
export class HeardFrames {
  private readonly timestamps = new Float64Array(REMEMBERED).fill(-1);
  private next = 0;

  /** Remembers a frame; false if it was heard already. */
  add(rtpTimestamp: number): boolean {
    if (this.timestamps.includes(rtpTimestamp)) return false;
    this.timestamps[this.next] = rtpTimestamp;
    this.next = (this.next + 1) % REMEMBERED;
    return true;
  }
}
