import type { SctpConfig } from './config.js';
import { CubicController } from './congestion/cubic.js';

/** A {@link SctpConfig} with nothing left open. */
export type ResolvedSctpConfig = Required<Omit<SctpConfig, 'initialTsn'>> & Pick<SctpConfig, 'initialTsn'>;

const MIB = 1024 * 1024;

const DEFAULTS: ResolvedSctpConfig = {
  localPort: 5000, // RFC 8841 §5.2
  remotePort: 5000,
  maxMessageBytes: 256 * 1024,
  maxStreams: 1_024,
  receiveWindowBytes: MIB,
  maxReceiveWindowBytes: 16 * MIB,
  sendBufferBytes: 16 * MIB,
  initialPacketBytes: 1_188,
  maxPacketBytes: 1_432,
  maxTsnsAhead: 40_000,
  interleaving: true,
  zeroChecksum: true,
  scheduler: 'weighted',
  congestionController: (packetBytes) => new CubicController(packetBytes),
  heartbeatIntervalMs: 30_000,
  handshakeTimeoutMs: 500,
  minRtoMs: 200,
  maxRtoMs: 10_000,
  maxRetransmits: 10,
  maxInitRetransmits: 8,
};

/** Fills in what `config` leaves open; a packet that is no multiple of four bytes would only waste its end. */
export function resolveConfig(config: SctpConfig): ResolvedSctpConfig {
  const resolved = { ...DEFAULTS, ...config };
  const initialPacketBytes = resolved.initialPacketBytes & ~3;
  return { ...resolved, initialPacketBytes, maxPacketBytes: Math.max(resolved.maxPacketBytes & ~3, initialPacketBytes) };
}
