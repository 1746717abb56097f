import { assertNever, type Instant, NEVER } from '@maru/protocol/core';
import type { MediaState, Mode } from '@maru/signaling';

/** Two talk best from browser to browser; from the third on, everybody would upload once for each other. */
const MOST_DIRECT = 2;
/** How long a session stays with the server after it has become small again: people who come right back move nothing. */
const RETURN_AFTER_MS = 10_000;
/** A way back that could not be made is tried again ever more rarely. */
const LONGEST_RETURN_AFTER_MS = 600_000;
/** Two browsers that have found no way by then will find none. */
const RETURN_PATIENCE_MS = 15_000;

/** Which way the media of a session takes, and what is waited for. */
export type MediaProgress =
  | { readonly name: 'direct'; readonly epoch: number; readonly failures: number }
  /** The server forwards from now on; each of `waitingFor` still shows what comes the old way. */
  | { readonly name: 'to-server'; readonly epoch: number; readonly failures: number; readonly waitingFor: readonly string[] }
  | { readonly name: 'server'; readonly epoch: number; readonly failures: number; readonly returnAt: Instant | null }
  /** The last two look for a way to each other, while the server goes on forwarding. */
  | {
      readonly name: 'to-direct';
      readonly epoch: number;
      readonly failures: number;
      readonly waitingFor: readonly string[];
      readonly giveUpAt: Instant;
    };

export type MediaInput =
  /** Who has a seat now. */
  | { readonly type: 'people'; readonly people: readonly string[] }
  /** All that should come to `connection` over the new way of `epoch` does, or cannot. */
  | { readonly type: 'ready'; readonly connection: string; readonly epoch: number; readonly isReady: boolean }
  | { readonly type: 'time'; readonly people: readonly string[] };

/** Where a session of `mode` begins. */
export function beginningOf(mode: Mode): MediaProgress {
  return mode === 'sfu' ? { name: 'server', epoch: 0, failures: 0, returnAt: null } : { name: 'direct', epoch: 0, failures: 0 };
}

/** What clients are told of it. */
export function mediaStateOf({ name, epoch }: MediaProgress): MediaState {
  const isServer = name === 'server' || name === 'to-server';
  return { way: isServer ? 'sfu' : 'p2p', epoch, stage: name === 'server' || name === 'direct' ? 'settled' : 'moving' };
}

/** After a restart of the server: what was on the move begins again, and the time of waits is another clock's. */
export function afterRestart(now: Instant, progress: MediaProgress, people: readonly string[]): MediaProgress {
  const { name, epoch, failures } = progress;
  switch (name) {
    case 'direct':
      return progress;
    case 'to-server':
      return toServer(progress, people);
    case 'server':
      return progress.returnAt === null ? progress : { ...progress, returnAt: now + returnAfterMs(progress) };
    case 'to-direct':
      return { name: 'server', epoch: epoch + 1, failures, returnAt: now + returnAfterMs(progress) };
    default:
      return assertNever(name);
  }
}

/** When time next matters. */
export function mediaDeadline(progress: MediaProgress): Instant {
  if (progress.name === 'server') return progress.returnAt ?? NEVER;
  return progress.name === 'to-direct' ? progress.giveUpAt : NEVER;
}

/** Whether the media server forwards in it, or is about to, or still does. */
export function usesServer(progress: MediaProgress): boolean {
  return progress.name !== 'direct';
}

/**
 * What follows from `input` in a session of mode `auto`. The old way carries until all that moved say that the new one does: whoever
 * cannot come over keeps what they have. An input that changes nothing gives back the same value.
 */
export function nextProgress(now: Instant, progress: MediaProgress, input: MediaInput): MediaProgress {
  switch (progress.name) {
    case 'direct':
      return input.type === 'people' && input.people.length > MOST_DIRECT ? toServer(progress, input.people) : progress;
    case 'to-server':
      return whileGoingToServer(now, progress, input);
    case 'server':
      return whileWithServer(now, progress, input);
    case 'to-direct':
      return whileReturning(now, progress, input);
    default:
      return assertNever(progress);
  }
}

type Of<Name extends MediaProgress['name']> = Extract<MediaProgress, { name: Name }>;

function whileGoingToServer(now: Instant, progress: Of<'to-server'>, input: MediaInput): MediaProgress {
  const left = stillWaiting(progress, input);
  if (left === progress.waitingFor) return progress;
  return left.length > 0 ? { ...progress, waitingFor: left } : settledAtServer(now, progress, input);
}

function whileWithServer(now: Instant, progress: Of<'server'>, input: MediaInput): MediaProgress {
  if (input.type === 'ready') return progress;
  const { people } = input;
  if (people.length > MOST_DIRECT) return progress.returnAt === null ? progress : { ...progress, returnAt: null };
  if (progress.returnAt === null) return { ...progress, returnAt: now + returnAfterMs(progress) };
  if (input.type !== 'time' || now < progress.returnAt) return progress;
  const epoch = progress.epoch + 1;
  if (people.length < MOST_DIRECT) return { name: 'direct', epoch, failures: 0 };
  return { name: 'to-direct', epoch, failures: progress.failures, waitingFor: people, giveUpAt: now + RETURN_PATIENCE_MS };
}

function whileReturning(now: Instant, progress: Of<'to-direct'>, input: MediaInput): MediaProgress {
  const epoch = progress.epoch + 1;
  if (input.type === 'people' && input.people.length > MOST_DIRECT) return toServer(progress, input.people);
  if (input.type === 'people' && input.people.length < MOST_DIRECT) return { name: 'direct', epoch, failures: 0 };
  const cannot = input.type === 'ready' && !input.isReady && input.epoch === progress.epoch;
  if (cannot || (input.type === 'time' && now >= progress.giveUpAt)) {
    const failures = progress.failures + 1;
    return { name: 'server', epoch, failures, returnAt: now + returnAfterMs({ failures }) };
  }
  const left = stillWaiting(progress, input);
  if (left === progress.waitingFor) return progress;
  return left.length > 0 ? { ...progress, waitingFor: left } : { name: 'direct', epoch: progress.epoch, failures: 0 };
}

function toServer({ epoch, failures }: MediaProgress, people: readonly string[]): MediaProgress {
  return { name: 'to-server', epoch: epoch + 1, failures, waitingFor: people };
}

function settledAtServer(now: Instant, progress: Of<'to-server'>, input: MediaInput): MediaProgress {
  const { epoch, failures } = progress;
  const isSmall = input.type !== 'ready' && input.people.length <= MOST_DIRECT;
  return { name: 'server', epoch, failures, returnAt: isSmall ? now + returnAfterMs(progress) : null };
}

/** Those of `waitingFor` who have not said that they are ready, and have not left. The same array when that is no change. */
function stillWaiting(
  { waitingFor, epoch }: { readonly waitingFor: readonly string[]; readonly epoch: number },
  input: MediaInput,
): readonly string[] {
  const left = waitingFor.filter((id) => {
    if (input.type !== 'ready') return input.people.includes(id);
    return !(input.isReady && input.epoch === epoch && input.connection === id);
  });
  return left.length === waitingFor.length ? waitingFor : left;
}

function returnAfterMs({ failures }: { readonly failures: number }): number {
  return Math.min(RETURN_AFTER_MS * 6 ** failures, LONGEST_RETURN_AFTER_MS);
}
