export { CaptureTimes, CaptureTimeTeller } from './capture-times.js';
export type { ExtensionForm } from './extension-form.js';
export { copyExtensions, type ExtensionIdMap, newExtensionIdMap, remapExtensions } from './extension-map.js';
export {
  ABS_CAPTURE_TIME_BYTES,
  ABS_CAPTURE_TIME_WITH_OFFSET_BYTES,
  type AbsCaptureTime,
  readAbsCaptureTime,
  writeAbsCaptureTime,
} from './extensions/abs-capture-time.js';
export { ABS_SEND_TIME_BYTES, readAbsSendTimeMs, writeAbsSendTime } from './extensions/abs-send-time.js';
export {
  AUDIO_LEVEL_BYTES,
  readAudioLevel,
  readVoiceActivity,
  SILENCE_LEVEL,
  writeAudioLevel,
} from './extensions/audio-level.js';
export { CONTENT_TYPE_BYTES, readContentType, type VideoContentType, writeContentType } from './extensions/content-type.js';
export {
  type DependencyDescriptor,
  DependencyDescriptorReader,
  encodeDependencyDescriptor,
  hasDependencyStructure,
  MANDATORY_DESCRIPTOR_BYTES,
  readEndOfFrame,
  readFrameNumber,
  readStartOfFrame,
} from './extensions/dependency-descriptor.js';
export type {
  DecodeTargetIndication,
  DependencyStructure,
  FrameDependencyTemplate,
} from './extensions/dependency-structure.js';
export { DecodeTargets, FrameDependencies } from './extensions/frame-dependencies.js';
export {
  MAX_PLAYOUT_DELAY_MS,
  PLAYOUT_DELAY_BYTES,
  readMaxPlayoutDelayMs,
  readMinPlayoutDelayMs,
  writePlayoutDelay,
} from './extensions/playout-delay.js';
export {
  ENCRYPTED_EXTENSION_PREFIX,
  HEADER_EXTENSIONS,
  type HeaderExtensionName,
  headerExtensionOf,
} from './extensions/registry.js';
export { MAX_TEMPORAL_STRUCTURE, temporalIndications, temporalStructure } from './extensions/temporal-structure.js';
export { MAX_TOKEN_BYTES, TokenReader, writeToken } from './extensions/token.js';
export {
  readTransmissionOffset,
  TRANSMISSION_OFFSET_BYTES,
  writeTransmissionOffset,
} from './extensions/transmission-offset.js';
export {
  readFeedbackRequest,
  readTransportSequence,
  readWantsTimestamps,
  TRANSPORT_SEQUENCE_BYTES,
  TRANSPORT_SEQUENCE_WITH_REQUEST_BYTES,
  writeFeedbackRequest,
  writeTransportSequence,
} from './extensions/transport-sequence.js';
export {
  decodeVideoLayersAllocation,
  encodeVideoLayersAllocation,
  type VideoLayer,
  type VideoLayersAllocation,
} from './extensions/video-layers-allocation.js';
export {
  readVideoOrientation,
  VIDEO_ORIENTATION_BYTES,
  type VideoOrientation,
  writeVideoOrientation,
} from './extensions/video-orientation.js';
export { readVideoTiming, VIDEO_TIMING_BYTES, type VideoTiming, writeVideoTiming } from './extensions/video-timing.js';
export {
  RTP_HEADER_BYTES,
  readMarker,
  readPayloadType,
  readRtpTimestamp,
  readSequenceNumber,
  readSsrc,
  writeMarker,
  writePayloadType,
  writeRtpTimestamp,
  writeSequenceNumber,
  writeSsrc,
} from './header.js';
export { RtpPacketView } from './packet-view.js';
export { RtpPacketWriter } from './packet-writer.js';
export { RTX_HEADER_BYTES, unwrapRtx, wrapRtx } from './rtx.js';
export { SequenceUnroller, TimestampUnroller } from './unroll.js';
