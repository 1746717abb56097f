import { ByteReader, type ByteWriter } from '../../bytes/index.js';
import { ChunkType, ParameterType } from '../chunk-types.js';

/**
 * What we put into a HEARTBEAT to recognise its echo (RFC 9260 §3.3.5): a nonce that the peer cannot guess, so that an
 * echo proves that the packet arrived, and the size of the packet when it was a path MTU probe.
 */
export interface HeartbeatInfo {
  readonly nonce: number;
  readonly probeBytes: number;
}

/** Bytes of the HEARTBEAT chunks that we send. */
export const HEARTBEAT_BYTES = 16;

export function encodeHeartbeat(info: HeartbeatInfo, out: ByteWriter): void {
  out
    .u8(ChunkType.heartbeat)
    .u8(0)
    .u16(HEARTBEAT_BYTES)
    .u16(ParameterType.heartbeatInfo)
    .u16(HEARTBEAT_BYTES - 4)
    .u32(info.nonce)
    .u32(info.probeBytes);
}

/** What came back in a HEARTBEAT ACK's value, undefined if it is none of ours. */
export function decodeHeartbeatInfo(value: Uint8Array): HeartbeatInfo | undefined {
  const reader = new ByteReader(value);
  const type = reader.u16();
  const length = reader.u16();
  const nonce = reader.u32();
  const probeBytes = reader.u32();
  if (reader.failed || type !== ParameterType.heartbeatInfo || length !== HEARTBEAT_BYTES - 4) return undefined;
  return { nonce, probeBytes };
}

/** Appends a PAD chunk of `length` bytes in all, at least 4 (RFC 4820 §3). */
export function encodePad(length: number, out: ByteWriter): void {
  out
    .u8(ChunkType.pad)
    .u8(0)
    .u16(length)
    .zeros(length - 4);
}
