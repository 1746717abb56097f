import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Lab } from './lab.js';

const PROGRAM = join(import.meta.dirname, '../spoofer.py');

export type Endpoint = readonly [address: string, port: number];

/** The server host of a lab, gone bad: it sends what it likes, from whose address it likes. */
export class Spoofer {
  private readonly child;
  private readonly answers;

  constructor(lab: Lab) {
    this.child = lab.spawn('server', 'python3', [PROGRAM]);
    this.answers = createInterface({ input: this.child.stdout! });
  }

  /** Sends `packets` in turn, `times` in all, as if from `source`. Resolves when the last has left. */
  async send(
    source: Endpoint,
    destination: Endpoint,
    packets: readonly Uint8Array[],
    { times = packets.length, perSecond = 1_000 }: { readonly times?: number; readonly perSecond?: number } = {},
  ): Promise<void> {
    const hex = packets.map((packet) => Buffer.from(packet).toString('hex'));
    this.child.stdin!.write(`${JSON.stringify({ source, destination, packets: hex, times, perSecond })}\n`);
    await once(this.answers, 'line');
  }
}
