import { formatCandidate, type IceCandidate, type LocalCandidate } from '@maru/protocol/ice';
import { RTCIceCandidate } from './ice-candidate.js';

/** Where a candidate belongs in the descriptions. */
export interface CandidatePlace {
  readonly mid: string;
  readonly index: number;
}

/** A candidate of ours as scripts get it. */
export function localToRtc(candidate: LocalCandidate, { mid, index }: CandidatePlace): RTCIceCandidate {
  return new RTCIceCandidate({
    candidate: formatCandidate(candidate),
    sdpMid: mid,
    sdpMLineIndex: index,
    usernameFragment: candidate.usernameFragment ?? null,
    relayProtocol: candidate.relayProtocol ?? null,
    url: candidate.type === 'host' ? null : (candidate.url ?? null),
  });
}

/** A candidate of the peer as scripts get it. */
export function remoteToRtc(candidate: IceCandidate, { mid, index }: CandidatePlace): RTCIceCandidate {
  return new RTCIceCandidate({ candidate: formatCandidate(candidate), sdpMid: mid, sdpMLineIndex: index });
}
