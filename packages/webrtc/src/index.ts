export { RTCCertificate, type RTCDtlsFingerprint } from './certificate.js';
export type {
  RTCBundlePolicy,
  RTCConfiguration,
  RTCIceServer,
  RTCIceTransportPolicy,
  RTCRtcpMuxPolicy,
} from './configuration.js';
export type { RTCPeerConnectionState } from './connection-states.js';
export {
  type BinaryType,
  RTCDataChannel,
  type RTCDataChannelInit,
  type RTCDataChannelState,
  type RTCPriorityType,
} from './data-channel.js';
export { RTCDtlsTransport, type RTCDtlsTransportState } from './dtls-transport.js';
export { type Environment, environmentOn, type HostIceOptions, nodeEnvironment } from './environment.js';
export {
  RTCDataChannelEvent,
  RTCErrorEvent,
  RTCPeerConnectionIceErrorEvent,
  RTCPeerConnectionIceEvent,
} from './events/events.js';
export { RTCIceCandidate, type RTCIceCandidateInit, type RTCLocalIceCandidateInit } from './ice-candidate.js';
export {
  RTCIceCandidatePair,
  type RTCIceGathererState,
  type RTCIceParameters,
  type RTCIceRole,
  RTCIceTransport,
  type RTCIceTransportState,
} from './ice-transport.js';
export {
  peerConnectionIn,
  type RTCAnswerOptions,
  type RTCOfferOptions,
  RTCPeerConnection,
  type RTCSignalingState,
} from './peer-connection.js';
export { RTCError, type RTCErrorDetailType, type RTCErrorInit } from './rtc-error.js';
export { RTCSctpTransport, type RTCSctpTransportState } from './sctp-transport.js';
export {
  type RTCLocalSessionDescriptionInit,
  type RTCSdpType,
  RTCSessionDescription,
  type RTCSessionDescriptionInit,
} from './session-description.js';
export { type RTCStats, RTCStatsReport } from './stats/report.js';
