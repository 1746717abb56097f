/** So much of a source is waited for before it is heard: packets come unevenly. */
const AHEAD_PACKETS = 3;
/** More than that is behind, and left out. */
const MOST_PACKETS = 12;

/** Sums sounds of one format, a packet at a time. Each input has a queue of its own, and is silent while that is empty. */
export class SoundMixer {
  private readonly inputs = new Set<MixerInput>();

  constructor(private readonly samplesEach: number) {}

  add(): MixerInput {
    const input = new MixerInput(() => this.inputs.delete(input));
    this.inputs.add(input);
    return input;
  }

  /** The next packet of all inputs together. */
  next(): Int16Array {
    const sum = new Int32Array(this.samplesEach);
    for (const input of this.inputs) {
      const samples = input.take();
      if (samples) for (let index = 0; index < sum.length; index++) sum[index] = sum[index]! + (samples[index] ?? 0);
    }
    return Int16Array.from(sum, (sample) => Math.max(-0x8000, Math.min(0x7fff, sample)));
  }
}

export class MixerInput {
  private readonly waiting: Int16Array[] = [];
  private isHeard = false;

  constructor(readonly close: () => void) {}

  push(samples: Int16Array): void {
    this.waiting.push(samples);
    if (this.waiting.length > MOST_PACKETS) this.waiting.splice(0, this.waiting.length - AHEAD_PACKETS);
  }

  take(): Int16Array | undefined {
    this.isHeard = this.isHeard ? this.waiting.length > 0 : this.waiting.length >= AHEAD_PACKETS;
    return this.isHeard ? this.waiting.shift() : undefined;
  }
}
