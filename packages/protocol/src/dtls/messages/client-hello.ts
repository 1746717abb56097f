import { ByteReader } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { type Extensions, encodeExtensions, readExtensions } from '../extension.js';
import { concat, readU16s, u16s, vector8, vector16 } from '../vector.js';

export const RANDOM_BYTES = 32;
const MAX_SESSION_ID_BYTES = 32;
const MALFORMED = Malformed.of('dtls/client-hello/malformed');

/** Signals what an empty renegotiation_info would (RFC 5746 §3.3). */
export const EMPTY_RENEGOTIATION_SCSV = 0x00ff;

/**
 * What a client can do (RFC 6347 §4.2.1).
 *
 *     ProtocolVersion client_version;      opaque random[32];
 *     opaque session_id<0..32>;            opaque cookie<0..2^8-1>;
 *     CipherSuite cipher_suites<2..2^16-1>;
 *     CompressionMethod compression_methods<1..2^8-1>;
 *     Extension extensions<0..2^16-1>;
 */
export interface ClientHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cookie: Uint8Array;
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: Uint8Array;
  readonly extensions: Extensions;
}

export function decodeClientHello(body: Uint8Array): Decoded<ClientHello> {
  const reader = new ByteReader(body);
  const version = reader.u16();
  const random = reader.view(RANDOM_BYTES);
  const sessionId = reader.view(reader.u8());
  const cookie = reader.view(reader.u8());
  const cipherSuites = readU16s(reader.view(reader.u16()));
  const compressionMethods = reader.view(reader.u8());
  const extensions = readExtensions(reader);
  if (!extensions || sessionId.length > MAX_SESSION_ID_BYTES || cipherSuites.length === 0) return MALFORMED;
  return { version, random, sessionId, cookie, cipherSuites, compressionMethods, extensions };
}

export function encodeClientHello(hello: ClientHello): Uint8Array {
  return concat(
    u16s(hello.version),
    hello.random,
    vector8(hello.sessionId),
    vector8(hello.cookie),
    vector16(u16s(...hello.cipherSuites)),
    vector8(hello.compressionMethods),
    encodeExtensions(hello.extensions),
  );
}
