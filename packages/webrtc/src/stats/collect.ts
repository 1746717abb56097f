import { type DtlsStats, fingerprintOf } from '@maru/protocol/dtls';
import type { CandidatePairStats, IceCandidate, LocalCandidate, RemoteCandidate } from '@maru/protocol/ice';
import type { ChannelSet } from '../channel-set.js';
import { slotsOf } from '../data-channel.js';
import type { Environment } from '../environment.js';
import type { TransportStack } from '../transport-stack.js';
import { entry, transportId } from './entry.js';
import type { RTCStats } from './report.js';

/** Everything that a session can tell about itself, but for its media (W3C webrtc-stats). */
export function collectStats(environment: Environment, channels: ChannelSet, stacks: readonly TransportStack[]): RTCStats[] {
  const timestamp = environment.wallNow();
  const stats: RTCStats[] = [peerConnectionStats(timestamp, channels), ...dataChannelStats(timestamp, channels)];
  for (const stack of stacks) stats.push(...transportStats(timestamp, environment, stack));
  return stats;
}

function peerConnectionStats(timestamp: number, channels: ChannelSet): RTCStats {
  return entry({
    id: 'P',
    timestamp,
    type: 'peer-connection',
    dataChannelsOpened: channels.opened,
    dataChannelsClosed: channels.closed,
  });
}

function dataChannelStats(timestamp: number, channels: ChannelSet): RTCStats[] {
  return [...channels.statistics()].map(({ name, channel, counters }) => {
    const { label, protocol, id, readyState } = slotsOf(channel);
    return entry({
      id: `D${name}`,
      timestamp,
      type: 'data-channel',
      label,
      protocol,
      dataChannelIdentifier: id ?? undefined,
      state: readyState,
      ...counters,
    });
  });
}

function* transportStats(timestamp: number, environment: Environment, stack: TransportStack): Generator<RTCStats> {
  const remoteUfrag = stack.outcome?.remoteIce.ufrag;
  const transport = transportId(stack.number);
  const named = namesOf(stack);
  const ice = stack.transport.ice.stats();
  const dtls = stack.transport.dtls.stats();
  const [local] = stack.localChain;
  const remote = stack.dtlsSlots.remoteCertificates;
  if (local) yield certificateStats(timestamp, environment, local, undefined);
  for (const [i, der] of remote.entries()) yield certificateStats(timestamp, environment, der, remote[i + 1]);
  const certificateId = (der: Uint8Array | undefined): string | undefined =>
    der && `C${fingerprintOf(environment.context.crypto, der).value}`;
  yield entry({
    id: transport,
    timestamp,
    type: 'transport',
    packetsSent: ice.packetsSent,
    packetsReceived: ice.packetsReceived,
    bytesSent: ice.bytesSent,
    bytesReceived: ice.bytesReceived,
    iceRole: stack.iceSlots.role,
    iceLocalUsernameFragment: ice.localUfrag,
    iceState: stack.iceSlots.state,
    dtlsState: stack.dtlsSlots.state,
    selectedCandidatePairId: ice.selectedPairId && named(ice.selectedPairId),
    ccfbMessagesSent: stack.media?.feedbackByStream.sent,
    ccfbMessagesReceived: stack.media?.feedbackByStream.received,
    selectedCandidatePairChanges: ice.selectedPairChanges,
    localCertificateId: certificateId(local),
    remoteCertificateId: certificateId(remote[0]),
    ...dtlsMembers(dtls, stack.dtlsRole),
  });
  const wallOffset = timestamp - stack.driver.now();
  const availableBps = stack.media?.congestion?.availableBps;
  const of = { timestamp, transport, named };
  for (const pair of ice.pairs) yield pairStats(of, pair, wallOffset, pair.isSelected ? availableBps : undefined);
  for (const candidate of ice.localCandidates) yield localCandidateStats(of, candidate);
  for (const candidate of ice.remoteCandidates) yield remoteCandidateStats(of, candidate, remoteUfrag);
}

/** Whose statistics, of when. */
interface Of {
  readonly timestamp: number;
  readonly transport: string;
  /** The name of a pair or a candidate in the whole connection: agents give theirs alike. */
  readonly named: (id: string) => string;
}

function namesOf({ number }: TransportStack): (id: string) => string {
  return (id) => (number === 1 ? id : `${id}-${number}`);
}

function dtlsMembers(dtls: DtlsStats, agreedRole: 'client' | 'server' | undefined): Record<string, unknown> {
  return {
    dtlsRole: dtls.role ?? agreedRole ?? 'unknown',
    tlsVersion: dtls.tlsVersion,
    dtlsCipher: dtls.cipherSuite,
    tlsGroup: dtls.group,
    srtpCipher: dtls.srtpProfile?.replace(/^SRTP_/, ''),
  };
}

function certificateStats(
  timestamp: number,
  environment: Environment,
  der: Uint8Array,
  issuer: Uint8Array | undefined,
): RTCStats {
  const { crypto } = environment.context;
  const { algorithm, value } = fingerprintOf(crypto, der);
  return entry({
    id: `C${value}`,
    timestamp,
    type: 'certificate',
    fingerprint: value,
    fingerprintAlgorithm: algorithm,
    base64Certificate: Buffer.from(der).toString('base64'),
    issuerCertificateId: issuer && `C${fingerprintOf(crypto, issuer).value}`,
  });
}

function pairStats(
  { timestamp, transport, named }: Of,
  pair: CandidatePairStats,
  wallOffset: number,
  availableOutgoingBitrate: number | undefined,
): RTCStats {
  const wall = (instant: number | undefined): number | undefined => (instant === undefined ? undefined : instant + wallOffset);
  return entry({
    id: named(pair.id),
    timestamp,
    type: 'candidate-pair',
    transportId: transport,
    localCandidateId: named(pair.localCandidateId),
    remoteCandidateId: named(pair.remoteCandidateId),
    state: pair.state,
    nominated: pair.nominated,
    packetsSent: pair.packetsSent,
    packetsReceived: pair.packetsReceived,
    bytesSent: pair.bytesSent,
    bytesReceived: pair.bytesReceived,
    lastPacketSentTimestamp: wall(pair.lastPacketSentAt),
    lastPacketReceivedTimestamp: wall(pair.lastPacketReceivedAt),
    totalRoundTripTime: pair.totalRoundTripMs / 1_000,
    currentRoundTripTime: pair.currentRoundTripMs === undefined ? undefined : pair.currentRoundTripMs / 1_000,
    availableOutgoingBitrate,
    requestsReceived: pair.requestsReceived,
    requestsSent: pair.requestsSent,
    responsesReceived: pair.responsesReceived,
    responsesSent: pair.responsesSent,
    consentRequestsSent: pair.consentRequestsSent,
    packetsDiscardedOnSend: pair.packetsDiscardedOnSend,
    bytesDiscardedOnSend: pair.bytesDiscardedOnSend,
  });
}

function localCandidateStats({ timestamp, transport, named }: Of, candidate: LocalCandidate): RTCStats {
  return entry({
    id: named(candidate.id),
    transportId: transport,
    timestamp,
    type: 'local-candidate',
    ...candidateMembers(candidate),
    usernameFragment: candidate.usernameFragment,
    url: candidate.type === 'host' ? undefined : candidate.url,
    relayProtocol: candidate.relayProtocol,
    networkType: candidate.networkType,
  });
}

/** A peer reflexive address was learnt from the network, not told by the peer: it stays hidden (W3C webrtc-stats, RTCIceCandidateStats.address). */
function remoteCandidateStats(
  { timestamp, transport, named }: Of,
  candidate: RemoteCandidate,
  remoteUfrag: string | undefined,
): RTCStats {
  return entry({
    id: named(candidate.id),
    transportId: transport,
    timestamp,
    type: 'remote-candidate',
    ...candidateMembers(candidate),
    address: candidate.type === 'prflx' ? null : candidate.address,
    usernameFragment: candidate.usernameFragment ?? remoteUfrag,
  });
}

function candidateMembers(candidate: IceCandidate): Record<string, unknown> {
  return {
    address: candidate.address,
    port: candidate.port,
    protocol: candidate.protocol,
    candidateType: candidate.type,
    priority: candidate.priority,
    foundation: candidate.foundation,
    relatedAddress: candidate.relatedAddress,
    relatedPort: candidate.relatedPort,
    tcpType: candidate.tcpType,
  };
}
