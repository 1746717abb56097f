import type { MediaWay } from '@maru/signaling';
import type { IncomingTrack } from '../mesh/peer.js';
import type { Flow } from './flow-watch.js';

/** A track as it comes over one of the two ways. */
export interface Offered {
  readonly track: IncomingTrack;
  /** Whether its section showed somebody else before: what it shows first may still be of them. */
  readonly isReused: boolean;
  /** Whether anything has come; undefined while nobody had to know. */
  flow: Flow | undefined;
}

/** One half of a stream, as it may come from its publisher and from the server at the same time. */
export type HalfStream = { readonly [Way in MediaWay]: Offered | undefined };

/**
 * Which of the two to show: the one over the way that media takes now, as soon as something has come over it; until then what was there
 * before. Without a choice there is no reason to wait, but for pictures that may be of somebody else.
 */
export function chooseTrack(half: HalfStream, way: MediaWay): IncomingTrack | undefined {
  const wanted = half[way];
  const other = half[way === 'sfu' ? 'p2p' : 'sfu'];
  if (!wanted) return other?.track;
  if (!other) return wanted.isReused && wanted.flow?.state === 'waiting' ? undefined : wanted.track;
  return wanted.flow?.state === 'flowing' ? wanted.track : other.track;
}

/** Whether `half` still holds a move to `way` up: something comes the old way, and nothing over the new one yet. */
export function holdsUp(half: HalfStream, way: MediaWay): boolean {
  const wanted = half[way];
  const other = half[way === 'sfu' ? 'p2p' : 'sfu'];
  if (!other || other.flow?.state === 'idle') return false;
  return wanted?.flow?.state !== 'flowing';
}
