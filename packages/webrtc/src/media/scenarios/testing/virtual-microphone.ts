import type { Clock } from '@maru/protocol/core';
import { EncodedSource, type ReceivedMedia } from '../../../index.js';

export const SOUND_MS = 20;
/** 48 kbit/s, of which a third is the frame before, coarser (Opus in-band FEC, RFC 6716 §2.1.7). */
const SOUND_BYTES = 120;

/** A microphone and an Opus encoder with in-band FEC: 50 numbered packets a second, each with the one before in it. */
export class VirtualMicrophone {
  readonly source = new EncodedSource({ kind: 'audio', codec: 'opus' });
  packetsSent = 0;
  private isOpen = false;
  private startedAt = 0;
  private ticks = 0;

  constructor(private readonly clock: Clock) {}

  speak(): void {
    this.isOpen = true;
    this.startedAt = this.clock.now();
    this.ticks = 0;
    this.packet();
  }

  rest(): void {
    this.isOpen = false;
  }

  private packet(): void {
    if (!this.isOpen) return;
    const data = new Uint8Array(SOUND_BYTES);
    const view = new DataView(data.buffer);
    view.setUint32(0, this.packetsSent);
    view.setFloat64(4, this.clock.now());
    this.packetsSent += 1;
    this.source.write({ data, timestampMs: this.clock.now(), isKeyFrame: true, audioLevel: 30 });
    this.ticks += 1;
    this.clock.schedule(this.startedAt + this.ticks * SOUND_MS, () => this.packet());
  }
}

/** What {@link VirtualMicrophone} has written into a packet. */
export function readSound({ data }: ReceivedMedia): { readonly number: number; readonly spokenAt: number } {
  const view = new DataView(data.buffer, data.byteOffset);
  return { number: view.getUint32(0), spokenAt: view.getFloat64(4) };
}
