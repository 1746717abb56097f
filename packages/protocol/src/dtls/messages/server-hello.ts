import { ByteReader } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { type Extensions, encodeExtensions, readExtensions } from '../extension.js';
import { concat, u16s, vector8 } from '../vector.js';
import { RANDOM_BYTES } from './client-hello.js';

const MALFORMED = Malformed.of('dtls/server-hello/malformed');

/** What a server chose (RFC 5246 §7.4.1.3). */
export interface ServerHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
  readonly extensions: Extensions;
}

export function decodeServerHello(body: Uint8Array): Decoded<ServerHello> {
  const reader = new ByteReader(body);
  const version = reader.u16();
  const random = reader.view(RANDOM_BYTES);
  const sessionId = reader.view(reader.u8());
  const cipherSuite = reader.u16();
  const compressionMethod = reader.u8();
  const extensions = readExtensions(reader);
  if (!extensions || sessionId.length > 32) return MALFORMED;
  return { version, random, sessionId, cipherSuite, compressionMethod, extensions };
}

export function encodeServerHello(hello: ServerHello): Uint8Array {
  return concat(
    u16s(hello.version),
    hello.random,
    vector8(hello.sessionId),
    u16s(hello.cipherSuite),
    Uint8Array.of(hello.compressionMethod),
    encodeExtensions(hello.extensions),
  );
}
