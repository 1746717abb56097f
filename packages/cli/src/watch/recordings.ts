import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Recording, type RecordingFigures } from '@maru/media';
import type { Member } from '../session/hall-session.js';
import type { IncomingTrack } from '../session/pair.js';
import type { Teller } from '../session/session-command.js';
import type { Destination } from './options.js';

/** The files of everybody's streams. */
export class Recordings {
  private readonly running = new Map<string, { readonly member: string; readonly recording: Recording }>();
  private readonly closing: Promise<void>[] = [];

  constructor(
    private readonly destination: Destination,
    private readonly teller: Teller,
    private readonly onError: (error: Error) => void,
  ) {}

  /** Begins to write what has come whole, and ends what has gone. */
  follow(member: Member, tracks: readonly IncomingTrack[]): void {
    for (const [streamId, { member: of }] of this.running)
      if (of === member.id && !tracks.some((track) => track.streamId === streamId)) this.end(streamId);
    for (const { id, kind, hasAudio, hasVideo } of member.streams.values()) {
      const own = tracks.filter(({ streamId }) => streamId === id).map(({ track }) => track);
      const has = (wanted: string): boolean => own.some((track) => track.kind === wanted);
      if (own.length === 0 || (hasAudio && !has('audio')) || (hasVideo && !has('video')) || this.running.has(id)) continue;
      const path = pathFor(this.destination, `${member.name}-${kind}`);
      this.teller.tell(
        'stream',
        { member: member.id, name: member.name, stream: id, kind, path },
        `${member.name}: ${kind}${path ? ` → ${path}` : ''}`,
      );
      if (path === undefined) continue;
      const recording = new Recording({ tracks: own, path, onError: (error) => this.onError(describeDisk(error, path)) });
      this.running.set(id, { member: member.id, recording });
    }
  }

  /** What is being written of what `member` sends. */
  of(member: string): RecordingFigures[] {
    return [...this.running.values()].filter((one) => one.member === member).map(({ recording }) => recording.figures);
  }

  leave(member: string): void {
    for (const [streamId, { member: of }] of this.running) if (of === member) this.end(streamId);
  }

  async close(): Promise<void> {
    for (const streamId of this.running.keys()) this.end(streamId);
    await Promise.all(this.closing);
  }

  private end(streamId: string): void {
    const running = this.running.get(streamId);
    this.running.delete(streamId);
    if (running) this.closing.push(this.written(streamId, running.recording));
  }

  private async written(stream: string, recording: Recording): Promise<void> {
    const figures = await recording.close();
    const { files, durationMs, videoFrames, bytes } = figures;
    const seconds = (durationMs / 1_000).toFixed(1);
    const sentence = `Wrote ${files.join(', ') || 'nothing'}: ${seconds} s, ${videoFrames} pictures, ${(bytes / 1e6).toFixed(1)} MB.`;
    this.teller.tell('written', { stream, ...figures }, sentence);
  }
}

/** A file that is not there yet; names are whatever people call themselves. */
export function pathFor(destination: Destination, name: string): string | undefined {
  if (destination.type === 'none') return undefined;
  const safe = name.replaceAll(/[^\p{L}\p{N}_-]+/gu, '-').slice(0, 80) || 'stream';
  const path = destination.type === 'file' ? destination.path : join(destination.path, `${safe}${destination.ending}`);
  for (let count = 1; ; count++) {
    const numbered = count === 1 ? path : path.replace(/(\.\w+)$/, `-${count}$1`);
    if (!existsSync(numbered) && !reserved.has(numbered)) {
      reserved.add(numbered);
      return numbered;
    }
  }
}

/** Files that will be written; they are made with their first frame. */
const reserved = new Set<string>();

/** What people can do about it. */
function describeDisk(error: Error & { readonly code?: string }, path: string): Error {
  const why: Readonly<Record<string, string>> = {
    ENOSPC: 'the disk is full; --out names another',
    EACCES: 'this user may not write there; --out names another folder',
    EROFS: 'it cannot be written to; --out names another folder',
    ENOENT: 'its folder is not there',
  };
  return new Error(`${path} cannot be written: ${why[error.code ?? ''] ?? error.message}`, { cause: error });
}
