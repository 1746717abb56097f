import { attributeValue, intersectDirections, reverseDirection, sends } from '../../sdp/index.js';
import { isRejected } from '../data-section.js';
import type { Negotiation } from '../negotiation.js';
import { readMedia } from './outcome.js';
import type { MediaWish } from './wish.js';

/** Whether what was agreed differs from `wish`, so that another exchange is needed (W3C webrtc, "check if negotiation is needed"). */
export function needsExchange(wish: MediaWish, { current }: Negotiation): boolean {
  const index = current?.local.tree.media.findIndex((section) => attributeValue(section, 'mid') === wish.mid) ?? -1;
  const hasSection = wish.mid !== undefined && index >= 0;
  if (!current || !hasSection) return !wish.isStopped;
  const [local, remote] = [current.local.tree.media[index]!, current.remote.tree.media[index]];
  if (wish.isStopped) return !isRejected(local) && !(remote && isRejected(remote));
  const [ours, theirs] = [readMedia(current.local.tree, index), readMedia(current.remote.tree, index)];
  if (!ours) return true;
  if (sends(wish.direction) && !hasSame(ours.hasMsid ? ours.streamIds : undefined, wish.streamIds)) return true;
  const offered = theirs ? reverseDirection(theirs.direction) : 'sendrecv';
  if (current.local.type === 'offer') return ours.direction !== wish.direction && offered !== wish.direction;
  return ours.direction !== intersectDirections(wish.direction, offered);
}

function hasSame(described: readonly string[] | undefined, wished: readonly string[]): boolean {
  if (!described) return false;
  return described.length === new Set(wished).size && wished.every((streamId) => described.includes(streamId));
}
