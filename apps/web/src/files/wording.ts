import type { Transfer, TransferState } from '@maru/client/files';
import type { FilesTexts } from './texts.js';

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size as file managers write it: decimal units, three figures at most. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${value.toFixed(digits)} ${bytes === 1 ? 'byte' : UNITS[unit]}`;
}

/** Time left, no more exact than it can be known. */
export function formatTimeLeft(seconds: number, words: FilesTexts): string {
  if (seconds < 60) return words.secondsLeft(Math.max(1, Math.ceil(seconds)));
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? words.minutesLeft(minutes) : words.hoursLeft(Math.floor(minutes / 60), minutes % 60);
}

/** How much has really got there: what the receiver says when we send, what we have written when we receive. */
export function arrivedBytes(transfer: Pick<Transfer, 'direction' | 'bytesDone' | 'bytesDoneRemote'>): number {
  return transfer.direction === 'sending' ? transfer.bytesDoneRemote : transfer.bytesDone;
}

/** How much is on its way or there: what the sender has handed to its network. Never less than what has arrived. */
export function sentBytes(transfer: Pick<Transfer, 'direction' | 'bytesDone' | 'bytesDoneRemote'>): number {
  return Math.max(transfer.bytesDone, transfer.bytesDoneRemote);
}

/** A part of the whole in percent, 0 to 100; an empty file is whole at once. */
export function percentOf(bytes: number, sizeBytes: number): number {
  return sizeBytes === 0 ? 100 : Math.min(100, Math.max(0, (bytes / sizeBytes) * 100));
}

const ENDED = new Set<TransferState['name']>(['done', 'declined', 'cancelled', 'failed']);

export function isEnded(state: TransferState): boolean {
  return ENDED.has(state.name);
}

/** One line about how a transfer stands. `name` is the other person's. */
export function describeState(transfer: Transfer, name: string, words: FilesTexts): string {
  const { state } = transfer;
  switch (state.name) {
    case 'offered':
      return transfer.direction === 'sending' ? words.waitsForThem(name) : words.waitsForUs;
    case 'active':
      return describeProgress(transfer, words);
    case 'paused':
      return state.by === 'us' ? words.pausedByUs : state.by === 'them' ? words.pausedByThem(name) : words.pausedByBoth;
    case 'waiting':
      return words.waiting;
    case 'verifying':
      return words.verifying;
    case 'done':
      return words.verified;
    case 'declined':
      return state.by === 'us' ? words.declinedByUs : words.declinedByThem(name);
    case 'cancelled':
      return state.by === 'us' ? words.cancelledByUs : words.cancelledByThem(name);
    case 'failed':
      return `${words.failed}. ${failureText(state.error.code, words)}`;
  }
}

function describeProgress(transfer: Transfer, words: FilesTexts): string {
  const parts = [words.ofSize(formatBytes(arrivedBytes(transfer)), formatBytes(transfer.sizeBytes))];
  if (transfer.bytesPerSecond > 0) parts.push(words.perSecond(formatBytes(transfer.bytesPerSecond)));
  if (transfer.secondsLeft !== undefined) parts.push(formatTimeLeft(transfer.secondsLeft, words));
  return parts.join(' · ');
}

function failureText(code: string, { failures }: FilesTexts): string {
  switch (code) {
    case 'files/not-found':
    case 'files/source-changed':
    case 'files/sink-failed':
    case 'files/too-large':
      return failures[code];
    default:
      return failures.other;
  }
}

/** What wants a decision comes first, then what is under way, then what is over; the newest first within each. */
export function sortForReading(transfers: readonly Transfer[]): readonly Transfer[] {
  const rank = ({ state, direction }: Transfer) =>
    isEnded(state) ? 2 : state.name === 'offered' && direction === 'receiving' ? 0 : 1;
  return transfers
    .map((transfer, age) => ({ transfer, age }))
    .sort((a, b) => rank(a.transfer) - rank(b.transfer) || b.age - a.age)
    .map(({ transfer }) => transfer);
}
