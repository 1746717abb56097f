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
export { RTCIdentityAssertion } from './identity/identity-assertion.js';
export {
  type RTCIdentityAssertionResult,
  type RTCIdentityProvider,
  type RTCIdentityProviderOptions,
  type RTCIdentityValidationResult,
  registerIdentityProvider,
} from './identity/identity-provider.js';
export { type LoadIdentityProviderOptions, loadIdentityProvider } from './identity/loaded-provider.js';
export type { RTCRtpCapabilities, RTCRtpHeaderExtensionCapability } from './media/capabilities-api.js';
export { RTCDTMFSender, RTCDTMFToneChangeEvent } from './media/dtmf-sender.js';
export type {
  EncodedMedia,
  EncodingDemand,
  EncodingFeed,
  EncodingSource,
  ReceivedMedia,
} from './media/engine/encoded-media.js';
export { EncodedSource, type EncodedSourceOptions } from './media/engine/encoded-source.js';
export type { RTCRtpTransceiverInit } from './media/media-set.js';
export {
  type ReceivedTone,
  type ReceiveEncodedOptions,
  receiveEncoded,
  receiveLayers,
  receiveTones,
  requestKeyFrame,
} from './media/remote-source.js';
export type {
  RTCDegradationPreference,
  RTCRtcpParameters,
  RTCRtpCodec,
  RTCRtpCodecParameters,
  RTCRtpEncodingParameters,
  RTCRtpHeaderExtensionParameters,
  RTCRtpParameters,
  RTCRtpReceiveParameters,
  RTCRtpSendParameters,
  RTCSetParameterOptions,
} from './media/rtp-parameters.js';
export { RTCRtpReceiver } from './media/rtp-receiver.js';
export { RTCRtpSender } from './media/rtp-sender.js';
export {
  type RTCRtpHeaderExtensionNegotiation,
  RTCRtpTransceiver,
  type RTCRtpTransceiverDirection,
} from './media/rtp-transceiver.js';
export { MediaStream, MediaStreamTrackEvent } from './media/stream.js';
export {
  endTrack,
  type MediaKind,
  MediaStreamTrack,
  type MediaStreamTrackState,
  type MediaTrackConstraints,
  type MediaTrackSettings,
  OverconstrainedError,
  setMuted,
  sourceOf,
  type TrackSource,
  trackOf,
} from './media/track.js';
export { RTCTrackEvent, type RTCTrackEventInit } from './media/track-event.js';
export {
  RTCEncodedAudioFrame,
  type RTCEncodedAudioFrameMetadata,
  RTCEncodedVideoFrame,
  type RTCEncodedVideoFrameMetadata,
  type RTCEncodedVideoFrameType,
} from './media/transform/encoded-frame.js';
export { RTCRtpScriptTransform } from './media/transform/script-transform.js';
export {
  SFrameTransform,
  SFrameTransformErrorEvent,
  type SFrameTransformErrorEventType,
  type SFrameTransformOptions,
} from './media/transform/sframe-transform.js';
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
