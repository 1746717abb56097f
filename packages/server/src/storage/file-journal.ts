import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import type { Journal } from './journal.js';
import { decodeLines, encodeLine } from './journal-line.js';
import { makePrivateFolder } from './private-file.js';

/** A new segment is begun when the present one has grown to this, and to twice the image that it began with. */
const SEGMENT_BYTES = 8 * 1024 * 1024;
/** How much of the image is written between two turns of the event loop. */
const IMAGE_SLICE_BYTES = 256 * 1024;

/** How long after a failure of the disk it is tried again. */
const RETRY_MS = 1_000;

/** The disk does not take what should be kept. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

const NAME = /^journal-(\d{8})\.log$/;

/** What makes the present state out of nothing, as records, one step (say, a session) at a time. */
export type ImageSource = () => Iterable<readonly string[]>;

/**
 * A journal in files: `journal-00000001.log` and so on, one line a batch, only ever appended to. When a segment has grown,
 * the next one begins: an image of the present state is written into it piece by piece while the server goes on, and when
 * it is whole, older segments are deleted. Reading all segments in order always makes the state.
 */
export class FileJournal implements Journal {
  private descriptor: number;
  private segmentBytes: number;
  private imageBytes = 0;
  private image: Iterator<readonly string[]> | undefined;
  private syncing: Promise<void> | undefined;
  private syncAgain: Promise<void> | undefined;
  private closed = false;
  private failedAtMs: number | undefined;
  imageSource: ImageSource | undefined;
  /** Hears when the disk takes nothing more; calls go on, but nothing new survives a restart until it does again. */
  onFailure: (error: unknown) => void = () => {};

  private constructor(
    private readonly folder: string,
    private segment: number,
    sound: number,
    private readonly segmentLimitBytes: number,
  ) {
    this.descriptor = openSync(this.path(segment), 'a', 0o600);
    ftruncateSync(this.descriptor, sound); // what was cut off while being written never happened
    this.segmentBytes = sound;
  }

  /** Opens the journal of `folder` and gives `restore` every record that it holds, in order. */
  static open(folder: string, restore: (record: unknown) => void, segmentLimitBytes: number = SEGMENT_BYTES): FileJournal {
    makePrivateFolder(folder);
    const segments = segmentsIn(folder);
    let sound = 0;
    for (const [index, segment] of segments.entries()) {
      const path = join(folder, nameOf(segment));
      const { batches, soundBytes, isDamaged } = decodeLines(readFileSync(path));
      const isLast = index === segments.length - 1;
      if (isDamaged) {
        throw new ConfigError(
          `The file ${path} is damaged at byte ${soundBytes}. Restore it from a backup, or move the folder ${folder} away to begin without sessions.`,
        );
      }
      for (const batch of batches) for (const record of batch) restore(record);
      if (isLast) sound = soundBytes;
    }
    return new FileJournal(folder, segments.at(-1) ?? 1, sound, segmentLimitBytes);
  }

  /** Bytes of the present segment. */
  get bytes(): number {
    return this.segmentBytes;
  }

  append(records: readonly string[]): void {
    if (records.length === 0) return;
    if (this.failedAtMs !== undefined) return this.heal();
    try {
      this.write(records);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (!this.image && this.segmentBytes > Math.max(this.segmentLimitBytes, 2 * this.imageBytes)) this.beginSegment();
  }

  durable(): Promise<void> {
    if (this.closed) return Promise.resolve();
    if (this.failedAtMs !== undefined) return Promise.reject(new JournalError('The disk takes nothing more.'));
    // a sync that runs already may have begun before the last write: wait for the next one, which all who wait share
    if (this.syncing) return (this.syncAgain ??= this.syncing.then(() => this.sync()));
    return this.sync();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.syncAgain;
    await this.syncing;
    fsyncSync(this.descriptor);
    closeSync(this.descriptor);
  }

  private sync(): Promise<void> {
    this.syncAgain = undefined;
    this.syncing = new Promise<void>((resolve, reject) => {
      fdatasync(this.descriptor, (error) => (error ? reject(error) : resolve()));
    }).finally(() => {
      this.syncing = undefined;
    });
    return this.syncing;
  }

  private write(records: readonly string[]): number {
    const line = encodeLine(records);
    for (let written = 0; written < line.length; ) written += writeSync(this.descriptor, line, written);
    this.segmentBytes += line.length;
    return line.length;
  }

  /** The last line may be half there: it goes, and what follows is lost until a new image stands. */
  private fail(error: unknown): void {
    this.failedAtMs = performance.now();
    this.image = undefined;
    ftruncateSync(this.descriptor, this.segmentBytes);
    this.onFailure(error);
  }

  /** Tries the disk again: an image of the present makes up for all that was not kept. */
  private heal(): void {
    if (performance.now() - this.failedAtMs! < RETRY_MS) return;
    this.failedAtMs = undefined;
    try {
      this.beginSegment();
    } catch (error) {
      this.failedAtMs = performance.now();
      this.onFailure(error);
    }
  }

  private beginSegment(): void {
    if (!this.imageSource) return;
    const previous = this.descriptor;
    this.segment += 1;
    this.descriptor = openSync(this.path(this.segment), 'ax', 0o600);
    fdatasync(previous, () => closeSync(previous));
    this.segmentBytes = 0;
    this.imageBytes = 0;
    this.image = this.imageSource()[Symbol.iterator]();
    setImmediate(this.continueImage);
  }

  private readonly continueImage = (): void => {
    if (this.closed || !this.image) return;
    try {
      for (let written = 0; written < IMAGE_SLICE_BYTES; ) {
        const step = this.image.next();
        if (step.done) return this.endImage();
        const bytes = this.write(step.value);
        this.imageBytes += bytes;
        written += bytes;
      }
      setImmediate(this.continueImage);
    } catch (error) {
      this.fail(error);
    }
  };

  private endImage(): void {
    this.image = undefined;
    fsyncSync(this.descriptor); // the older segments go only when the new one is safe
    for (const segment of segmentsIn(this.folder)) if (segment < this.segment) unlinkSync(this.path(segment));
  }

  private path(segment: number): string {
    return join(this.folder, nameOf(segment));
  }
}

const nameOf = (segment: number): string => `journal-${String(segment).padStart(8, '0')}.log`;

function segmentsIn(folder: string): number[] {
  const numbers = readdirSync(folder).flatMap((name) => NAME.exec(name)?.[1] ?? []);
  return numbers.map(Number).sort((a, b) => a - b);
}
