import type { RecordingFigures } from '@maru/media';
import { figuresLine, type StreamFigures } from '../session/figures.js';

/** What is known of one who sends. */
export interface WatchedMember {
  readonly name: string;
  /** Of the connection to it. */
  readonly state: string;
  readonly streams: readonly StreamFigures[];
  readonly recordings: readonly RecordingFigures[];
}

/** What a person sees while it goes on, once a second. */
export function watchScreen(members: readonly WatchedMember[], elapsedMs: number): string[] {
  const kbps = members.flatMap(({ streams }) => streams).reduce((sum, stream) => sum + stream.kbps, 0);
  const who = members.length === 0 ? 'nobody else is here' : `${members.length} ${members.length === 1 ? 'sends' : 'send'}`;
  return [`● ${clock(elapsedMs)}  ${who}  ↓ ${kbps} kbit/s`, ...members.flatMap(memberLines)];
}

function memberLines({ name, state, streams, recordings }: WatchedMember): string[] {
  const flowing = streams.length > 0 ? streams.map((stream) => `    ${figuresLine(stream)}`) : [`    ${state}`];
  return [`  ${name}`, ...flowing, ...recordings.map(recordingLine)];
}

function recordingLine({ files, durationMs, bytes, videoFrames, dropped }: RecordingFigures): string {
  const file = files.at(-1);
  if (file === undefined) return '    → waits for the first key frame';
  const left = dropped > 0 ? `  ${dropped} left out` : '';
  return `    → ${file}  ${clock(durationMs)}  ${videoFrames} pictures  ${(bytes / 1e6).toFixed(1)} MB${left}`;
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const [hours, rest] = [Math.floor(seconds / 3_600), seconds % 3_600];
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${hours > 0 ? `${hours}:` : ''}${two(Math.floor(rest / 60))}:${two(rest % 60)}`;
}
