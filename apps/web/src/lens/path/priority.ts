import type { InspectedTransport } from '@maru/client';
import type { Route } from './route.js';

/**
 * Compares two pairs by their priority (RFC 8445 §6.1.2.3): 2^32·MIN(G,D) + 2·MAX(G,D) + (G>D), with G of the controlling side.
 * Compared part by part, since the whole does not fit a number.
 * @returns above 0 when `a` has the higher priority, below 0 when `b` has; `undefined` when that cannot be known
 */
export function comparePriority(a: Route, b: Route, iceRole: InspectedTransport['iceRole'] | undefined): number | undefined {
  const [left, right] = [prioritiesOf(a, iceRole), prioritiesOf(b, iceRole)];
  if (!left || !right) return undefined;
  return left.lower - right.lower || left.higher - right.higher || left.tie - right.tie;
}

function prioritiesOf({ local, remote }: Route, iceRole: InspectedTransport['iceRole'] | undefined) {
  if (local.priority === undefined || remote.priority === undefined) return undefined;
  const controlling = iceRole === 'controlled' ? remote.priority : local.priority;
  const controlled = iceRole === 'controlled' ? local.priority : remote.priority;
  return {
    lower: Math.min(controlling, controlled),
    higher: Math.max(controlling, controlled),
    tie: controlling > controlled ? 1 : 0,
  };
}
