import { StunErrorCode } from '../../../stun/index.js';
import type { Allocation } from '../allocation.js';
import { type Answer, type AuthenticRequest, type RequestScope, refusal, success } from './answer.js';
import { isAnswer, peersOf } from './peers.js';

/** CreatePermission (RFC 8656 §10.2): all the peers that it names, or none of them. */
export function onCreatePermission({ now, message }: AuthenticRequest, scope: RequestScope, allocation: Allocation): Answer {
  const { table } = scope;
  const peers = peersOf(message, allocation, scope, now, Number.POSITIVE_INFINITY);
  if (isAnswer(peers)) return peers;
  if (!table.hasRoomForPermissions(now, allocation, table.countNew(peers)))
    return refusal(StunErrorCode.insufficientCapacity, 'turn/permission/too-many');
  for (const { relay, endpoint } of peers) table.permit(now, relay, endpoint);
  return success();
}
