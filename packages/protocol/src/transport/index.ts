export type { MediaLayer, MediaOutputs } from './media-layer.js';
export { type PacketKind, packetKind } from './packet-kind.js';
export {
  type ChannelLayer,
  type DtlsAgreement,
  PeerTransport,
  type PeerTransportOptions,
  type TransportOutputs,
} from './peer-transport.js';
