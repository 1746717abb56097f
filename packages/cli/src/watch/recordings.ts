import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RemoteStream } from '@maru/client';
import { Recording, type RecordingFigures } from '@maru/media';
import type { Member } from '../session/hall-session.js';
import { nodeTrack } from '../session/node-environment.js';
import type { Teller } from '../session/session-command.js';
import type { Destination } from './options.js';

/** The files of everybody's streams. */
export class Recordings {
  private readonly running = new Map<string, Recording>();
  private readonly known = new Set<string>();
  private readonly closing: Promise<void>[] = [];

  constructor(
    private readonly destination: Destination,
    private readonly teller: Teller,
    private readonly onError: (error: Error) => void,
  ) {}

  /** Begins to write what has come whole; goes on in the same file when it comes another way. */
  follow({ id: member, name }: Member, stream: RemoteStream): void {
    const { id, kind, hasAudio, hasVideo, audioTrack, videoTrack } = stream;
    const tracks = [audioTrack, videoTrack].flatMap((track) => (track ? nodeTrack(track) : []));
    const running = this.running.get(id);
    if (running) return running.follow(tracks);
    if (this.known.has(id) || tracks.length === 0 || (hasAudio && !audioTrack) || (hasVideo && !videoTrack)) return;
    this.known.add(id);
    const path = pathFor(this.destination, `${name}-${kind}`);
    this.teller.tell('stream', { member, name, stream: id, kind, path }, `${name}: ${kind}${path ? ` → ${path}` : ''}`);
    if (path === undefined) return;
    this.running.set(id, new Recording({ tracks, path, onError: (error) => this.onError(describeDisk(error, path)) }));
  }

  /** What is being written of these streams. */
  of(streams: Iterable<string>): RecordingFigures[] {
    return [...streams].flatMap((id) => this.running.get(id)?.figures ?? []);
  }

  /** A stream is published no more. */
  end(streamId: string): void {
    const recording = this.running.get(streamId);
    this.running.delete(streamId);
    this.known.delete(streamId);
    if (recording) this.closing.push(this.written(streamId, recording));
  }

  async close(): Promise<void> {
    for (const streamId of this.running.keys()) this.end(streamId);
    await Promise.all(this.closing);
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
