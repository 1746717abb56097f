import { Malformed } from '../../../core/index.js';
import { ChannelNumber, StunErrorCode } from '../../../stun/index.js';
import { FIRST_CHANNEL, LAST_CHANNEL_ONCE } from '../../channel-data.js';
import type { Allocation } from '../allocation.js';
import { type Answer, type AuthenticRequest, type RequestScope, refusal, success } from './answer.js';
import { isAnswer, peersOf } from './peers.js';

/** ChannelBind (RFC 8656 §12.2). */
export function onChannelBind({ now, message }: AuthenticRequest, scope: RequestScope, allocation: Allocation): Answer {
  const { table } = scope;
  const number = message.read(ChannelNumber);
  if (number === undefined || number instanceof Malformed || number < FIRST_CHANNEL || number > LAST_CHANNEL_ONCE)
    return bad('number');
  if (allocation.relayTransport === 'tcp') return bad('tcp-allocation'); // RFC 6062 §5: streams instead
  const peers = peersOf(message, allocation, scope, now, 1);
  if (isAnswer(peers)) return peers;
  const { relay, endpoint } = peers[0]!;
  if (endpoint.port === 0) return bad('port');
  const ofNumber = table.channelNumbered(now, allocation, number);
  if (ofNumber && !ofNumber.peer.endpoint.isSame(endpoint)) return bad('number-in-use');
  const ofPeer = table.channelOf(now, relay, endpoint);
  if (ofPeer && ofPeer.number !== number) return bad('peer-has-another');
  if (!table.bind(now, relay, number, endpoint)) return refusal(StunErrorCode.insufficientCapacity, 'turn/channel/too-many');
  return success();
}

function bad(what: string): Answer {
  return refusal(StunErrorCode.badRequest, `turn/channel/${what}`);
}
