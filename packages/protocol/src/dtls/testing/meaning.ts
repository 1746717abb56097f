import { formatHex } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import type { Extensions } from '../extension.js';
import { HandshakeType } from '../handshake-message.js';
import { decodeCertificateChain, encodeCertificateChain } from '../messages/certificate.js';
import { decodeCertificateRequest } from '../messages/certificate-request.js';
import { decodeCertificateVerify, encodeCertificateVerify } from '../messages/certificate-verify.js';
import { decodeClientHello, encodeClientHello } from '../messages/client-hello.js';
import { decodeClientKeyExchange, encodeClientKeyExchange } from '../messages/client-key-exchange.js';
import { decodeHelloVerifyRequest } from '../messages/hello-verify-request.js';
import { decodeServerHello, encodeServerHello } from '../messages/server-hello.js';
import { decodeServerKeyExchange, encodeServerKeyExchange } from '../messages/server-key-exchange.js';
import { schemeOfCode } from '../signature-scheme.js';

/** What a message means, as JSON keeps it, and the bytes that our encoder makes of it if there is one. */
export interface Meaning {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly encoded?: Uint8Array;
}

/** Decodes the body of a handshake message of `type`. */
export function meaningOf(type: number, body: Uint8Array): Decoded<Meaning> {
  switch (type) {
    case HandshakeType.clientHello:
      return map(decodeClientHello(body), (hello) => ({ fields: helloFields(hello), encoded: encodeClientHello(hello) }));
    case HandshakeType.serverHello:
      return map(decodeServerHello(body), (hello) => ({ fields: helloFields(hello), encoded: encodeServerHello(hello) }));
    case HandshakeType.helloVerifyRequest:
      return map(decodeHelloVerifyRequest(body), ({ cookie }) => ({ fields: { cookie: formatHex(cookie) } }));
    case HandshakeType.certificate:
      return map(decodeCertificateChain(body), (chain) => ({
        fields: { certificates: chain.map(({ der, publicKey }) => ({ bytes: der.length, ...publicKey })) },
        encoded: encodeCertificateChain(chain.map(({ der }) => der)),
      }));
    case HandshakeType.serverKeyExchange:
      return map(decodeServerKeyExchange(body), ({ group, publicKey, scheme, signature, parameters }) => ({
        fields: { group, publicKey: formatHex(publicKey), scheme, signatureBytes: signature.length },
        encoded: encodeServerKeyExchange(parameters, schemeOfCode(scheme) ?? 'rsa-pkcs1-sha256', signature),
      }));
    case HandshakeType.certificateRequest:
      return map(decodeCertificateRequest(body), ({ schemes }) => ({ fields: { schemes } }));
    case HandshakeType.clientKeyExchange:
      return map(decodeClientKeyExchange(body), (publicKey) => ({
        fields: { publicKey: formatHex(publicKey) },
        encoded: encodeClientKeyExchange(publicKey),
      }));
    case HandshakeType.certificateVerify:
      return map(decodeCertificateVerify(body), ({ scheme, signature }) => ({
        fields: { scheme, signatureBytes: signature.length },
        encoded: encodeCertificateVerify(schemeOfCode(scheme) ?? 'rsa-pkcs1-sha256', signature),
      }));
    default:
      return Malformed.of('dtls/handshake/unknown-type');
  }
}

function map<T, U>(decoded: Decoded<T>, then: (value: T) => U): Decoded<U> {
  return decoded instanceof Malformed ? decoded : then(decoded);
}

function helloFields<Hello extends { readonly extensions: Extensions }>(hello: Hello): Record<string, unknown> {
  const plain = (value: unknown): unknown => (value instanceof Uint8Array ? formatHex(value) : value);
  const extensions = [...hello.extensions].map(([type, body]) => [type, formatHex(body)]);
  return { ...Object.fromEntries(Object.entries(hello).map(([name, value]) => [name, plain(value)])), extensions };
}
