import type { Cipher } from 'node:crypto';
import { AES_BLOCK_BYTES } from '@maru/protocol/core';
import { MAX_RUN, type PacketEngine, RUN_BYTES } from './packet-engine.js';

const SEQUENCES = 2 ** 16;

/** How many packets of one sender came in a row, the last times. No key is in it. */
export interface Habit {
  run: number;
}

/** A key, and the counters of its packets. */
export interface CounterSource {
  /** AES in ECB mode. */
  readonly blocks: Cipher;
  readonly habit: Habit;
  /** Writes the first counter block of the packet `sequence`; the SSRC is that of the header in `packet`. */
  writeCounter(to: Uint8Array, at: number, packet: Uint8Array, packetAt: number, rollover: number, sequence: number): void;
}

const wipe = Uint8Array.prototype.fill;

/**
 * Key streams of packets that follow each other, made by one call of node:crypto, which costs more than AES does. For a batch it is known
 * which packets they are; otherwise the next ones are guessed: as many as came in a row before.
 *
 * A stream is made of key, SSRC and index alone, so one that was guessed and one that was not are the same bytes. Whoever has used one wipes
 * it: what stays behind has hidden nothing, and never will unless its packet comes.
 */
export class KeyStreamRun {
  private readonly views = new Array<Uint8Array | undefined>(RUN_BYTES / AES_BLOCK_BYTES + 1).fill(undefined);
  private end: number;
  private habit: Habit | undefined;
  private made = 0;
  /** Of the next packet that there is a stream for. */
  private left = 0;
  private ssrc = 0;
  private rollover = 0;
  private sequence = 0;
  private stream: number;
  private streamBytes = 0;

  /** `start`: where in the memory of `engine` there is room for {@link RUN_BYTES}. */
  constructor(
    private readonly engine: PacketEngine,
    private readonly start: number,
  ) {
    this.end = this.stream = start;
  }

  /** Where the stream of the packet begins whose header is in `packet`; others may be made with it. */
  next(source: CounterSource, packet: Uint8Array, packetAt: number, rollover: number, streamBytes: number): number {
    const sequence = (packet[packetAt + 2]! << 8) | packet[packetAt + 3]!;
    const ssrc =
      (packet[packetAt + 8]! << 24) | (packet[packetAt + 9]! << 16) | (packet[packetAt + 10]! << 8) | packet[packetAt + 11]!;
    const goesOn =
      source.habit === this.habit && sequence === this.sequence && ssrc === this.ssrc && (rollover | 0) === this.rollover;
    if (!goesOn || this.left === 0 || streamBytes > this.streamBytes) {
      this.learn(goesOn);
      this.habit = source.habit;
      this.ssrc = ssrc;
      this.rollover = rollover | 0;
      this.sequence = sequence;
      this.streamBytes = streamBytes;
      this.guess(source, packet, packetAt, rollover);
    }
    const { stream } = this;
    this.stream += this.streamBytes;
    this.sequence += 1;
    this.left -= 1;
    return stream;
  }

  /** Nothing is left of what was there. */
  begin(): void {
    this.end = this.start;
    this.left = 0;
    this.habit = undefined;
  }

  /** Room for the stream of one more packet, with its counters; -1 where there is none. */
  add(
    source: CounterSource,
    packet: Uint8Array,
    packetAt: number,
    rollover: number,
    sequence: number,
    streamBytes: number,
  ): number {
    const at = this.end;
    if (at + streamBytes > this.start + RUN_BYTES) return -1;
    this.end += streamBytes;
    source.writeCounter(this.engine.bytes, at, packet, packetAt, rollover, sequence);
    this.engine.exports.countUp(at, this.end);
    return at;
  }

  /** Makes streams of all counters. */
  finish(blocks: Cipher): void {
    const { bytes } = this.engine;
    const count = (this.end - this.start) / AES_BLOCK_BYTES;
    const streams: Uint8Array = blocks.update((this.views[count] ??= bytes.subarray(this.start, this.end)));
    bytes.set(streams, this.start);
    wipe.call(streams, 0);
  }

  /** A stream has been used. */
  wipe(stream: number, streamBytes: number): void {
    this.engine.bytes.fill(0, stream, stream + streamBytes);
  }

  /** All of them have. */
  wipeAll(): void {
    this.engine.bytes.fill(0, this.start, this.end);
  }

  private guess(source: CounterSource, packet: Uint8Array, packetAt: number, rollover: number): void {
    const { streamBytes, sequence } = this;
    const wanted = Math.min(source.habit.run, SEQUENCES - sequence); // not beyond a rollover
    this.end = this.stream = this.start;
    this.made = 0;
    while (this.made < wanted && this.add(source, packet, packetAt, rollover, sequence + this.made, streamBytes) >= 0)
      this.made += 1;
    this.left = this.made;
    this.finish(source.blocks);
  }

  /** What was made and not asked for was too much; what was used up, and went on, too little. */
  private learn(goesOn: boolean): void {
    const { habit } = this;
    if (!habit) return;
    if (this.left > 0) habit.run = Math.max(1, this.made - this.left);
    else if (goesOn) habit.run = Math.min(MAX_RUN, 2 * this.made);
  }
}
