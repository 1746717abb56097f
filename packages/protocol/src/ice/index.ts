export { type AddressBlock, parseAddressBlock, refuseAddresses, SPECIAL_BLOCKS } from './address-filter.js';
export { IceAgent } from './agent.js';
export type {
  CandidateExtension,
  CandidateProtocol,
  CandidateType,
  IceCandidate,
  LocalCandidate,
  RelayProtocol,
  RemoteCandidate,
  TcpType,
} from './candidate.js';
export { formatCandidate, parseCandidate } from './candidate-text.js';
export { areValidCredentials, generateCredentials, type IceCredentials } from './credentials.js';
export type {
  CandidateError,
  IceEvent,
  IceNotice,
  IceOutputs,
  IceRequest,
  IceTransmitter,
  RequestId,
  SelectedPair,
} from './events.js';
export {
  type AddressRewrite,
  DEFAULT_LIMITS,
  DEFAULT_TIMING,
  type IceLimits,
  type IceOptions,
  type IceServer,
  type IceTiming,
} from './options.js';
export { candidatePriority, type PriorityInputs } from './priority.js';
export type { RelayClient, RelayEvent, RelayedData, RelayFactory, RelayOutputs, RelayPeer, RelayRequest } from './relay.js';
export { type IceServerUrl, parseIceServerUrl } from './server-url.js';
export type { IceGatheringState, IceRole, IceTransportState } from './state.js';
export type { CandidatePairState, CandidatePairStats, IceStats } from './stats.js';
export { StunDemultiplexer, ufragOfCheck } from './stun-demultiplexer.js';
export { FRAME_HEADER_BYTES, framedPacketSize, framePacket, MAX_FRAME_BYTES } from './tcp-framing.js';
