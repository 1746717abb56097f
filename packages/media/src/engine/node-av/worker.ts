import type { Message } from './message.js';
import type { NodeAv } from './node-av-module.js';

/** Units of time in a second. */
export const MICROSECONDS = 1_000_000;

export type Give = (message: Message) => void;

/** What a process does with what it is given; what cannot be done throws, which ends the process. */
export interface Worker {
  take(message: Message): void;
  /** Nothing more comes: gives what it still has. */
  finish(): void;
}

export const microseconds = (timestampMs: number): bigint => BigInt(Math.round(timestampMs * 1_000));

/** The number that a call returned, where it is no error. */
export function checked(av: NodeAv, code: number): number {
  if (code < 0) throw new av.FFmpegError(code);
  return code;
}
