export { type CandidateAttribute, parseCandidateAttribute } from './attributes/candidate.js';
export {
  type Direction,
  directionFrom,
  directionOf,
  intersectDirections,
  receives,
  reverseDirection,
  sends,
} from './attributes/direction.js';
export { type ExtensionMap, formatExtensionMap, parseExtensionMap } from './attributes/extmap.js';
export { type Fingerprint, formatFingerprint, parseFingerprint } from './attributes/fingerprint.js';
export { type FormatParameters, formatFmtp, parseFmtp, parseParameters } from './attributes/fmtp.js';
export { formatGroup, type Group, groupsOf, parseGroup } from './attributes/group.js';
export { type IceParameters, iceOptionsOf, iceParametersOf } from './attributes/ice.js';
export { formatMsid, type MediaStreamId, parseMsid } from './attributes/msid.js';
export { formatRid, isRid, parseRid, type RidDescription } from './attributes/rid.js';
export { formatRtcpFeedback, parseRtcpFeedback, type RtcpFeedback } from './attributes/rtcp-fb.js';
export { formatRtpMap, parseRtpMap, type RtpMap } from './attributes/rtpmap.js';
export { DEFAULT_MAX_MESSAGE_SIZE, type SctpParameters, sctpParametersOf } from './attributes/sctp.js';
export { parseSetup, type Setup } from './attributes/setup.js';
export { formatSimulcast, parseSimulcast, type Simulcast, type SimulcastStream } from './attributes/simulcast.js';
export {
  formatSourceAttribute,
  formatSourceGroup,
  parseSourceAttribute,
  parseSourceGroup,
  type SourceAttribute,
  type SourceGroup,
} from './attributes/ssrc.js';
export { formatAttribute, formatMediaSection, formatSdp } from './format.js';
export { SDP_LIMITS } from './limits.js';
export { SdpMalformed } from './malformed.js';
export { parseSdp } from './parse.js';
export {
  type Attribute,
  attributeValue,
  attributeValues,
  type Bandwidth,
  type Connection,
  type DescriptionLevel,
  hasAttribute,
  type MediaSection,
  type Origin,
  replaceAttributes,
  type SessionTree,
  type Timing,
} from './tree.js';
