import { ByteReader } from '../../bytes/index.js';
import { type Decoded, Malformed, type SignatureScheme } from '../../core/index.js';
import { codeOfScheme } from '../signature-scheme.js';
import { concat, u16s, vector8, vector16 } from '../vector.js';

const MALFORMED = Malformed.of('dtls/server-key-exchange/malformed');
/** The only way to name a curve that RFC 8422 left. */
const NAMED_CURVE = 3;

/** A server's ephemeral key and the proof that it is the certificate's owner who sent it (RFC 8422 §5.4). */
export interface ServerKeyExchange {
  readonly group: number;
  readonly publicKey: Uint8Array;
  /** The ServerECDHParams as they were on the wire: part of what is signed. */
  readonly parameters: Uint8Array;
  readonly scheme: number;
  readonly signature: Uint8Array;
}

export function decodeServerKeyExchange(body: Uint8Array): Decoded<ServerKeyExchange> {
  const reader = new ByteReader(body);
  const curveType = reader.u8();
  const group = reader.u16();
  const publicKey = reader.view(reader.u8());
  const parameters = body.subarray(0, reader.position);
  const scheme = reader.u16();
  const signature = reader.view(reader.u16());
  if (reader.failed || reader.remaining > 0 || curveType !== NAMED_CURVE) return MALFORMED;
  return { group, publicKey, parameters, scheme, signature };
}

/** ServerECDHParams: what will be signed together with both randoms. */
export function encodeEcdhParameters(group: number, publicKey: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(NAMED_CURVE), u16s(group), vector8(publicKey));
}

export function encodeServerKeyExchange(parameters: Uint8Array, scheme: SignatureScheme, signature: Uint8Array): Uint8Array {
  return concat(parameters, u16s(codeOfScheme(scheme)), vector16(signature));
}
