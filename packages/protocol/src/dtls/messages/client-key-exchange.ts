import { ByteReader } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { vector8 } from '../vector.js';

const MALFORMED = Malformed.of('dtls/client-key-exchange/malformed');

/** A client's ephemeral public key (RFC 8422 §5.7). */
export function decodeClientKeyExchange(body: Uint8Array): Decoded<Uint8Array> {
  const reader = new ByteReader(body);
  const publicKey = reader.view(reader.u8());
  return reader.failed || reader.remaining > 0 ? MALFORMED : publicKey;
}

export function encodeClientKeyExchange(publicKey: Uint8Array): Uint8Array {
  return vector8(publicKey);
}
