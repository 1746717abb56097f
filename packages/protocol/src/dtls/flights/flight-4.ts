import type { KeyAgreement } from '../../core/index.js';
import type { HandshakeHost, HandshakeLog } from '../handshake.js';
import { HandshakeType } from '../handshake-message.js';
import { encodeCertificateChain } from '../messages/certificate.js';
import { encodeCertificateRequest } from '../messages/certificate-request.js';
import { encodeServerHello } from '../messages/server-hello.js';
import { encodeEcdhParameters, encodeServerKeyExchange } from '../messages/server-key-exchange.js';
import { codeOfGroup } from '../named-group.js';
import type { ServerChoice } from '../negotiation.js';
import { SIGNATURE_SCHEMES } from '../signature-scheme.js';
import { concat } from '../vector.js';
import { DTLS_1_2 } from '../version.js';
import { type Flight, messageItem } from './flight.js';

const NOTHING = new Uint8Array(0);

/**
 * The server's flight: ServerHello, Certificate, ServerKeyExchange, CertificateRequest if the client must show itself,
 * ServerHelloDone. Answered by flight 5. An empty session id: sessions are not resumed.
 */
export function flight4(
  host: HandshakeHost,
  log: HandshakeLog,
  choice: ServerChoice,
  keyAgreement: KeyAgreement,
  randoms: { readonly client: Uint8Array; readonly server: Uint8Array },
): Flight {
  const { certificate, requiresClientCertificate } = host.config;
  const hello = encodeServerHello({
    version: DTLS_1_2,
    random: randoms.server,
    sessionId: NOTHING,
    cipherSuite: choice.suite.code,
    compressionMethod: 0,
    extensions: choice.extensions,
  });
  const parameters = encodeEcdhParameters(codeOfGroup(choice.group), keyAgreement.publicKey);
  const signature = certificate.key.sign(choice.scheme, concat(randoms.client, randoms.server, parameters));
  const messages = [
    log.write(HandshakeType.serverHello, hello),
    log.write(HandshakeType.certificate, encodeCertificateChain(certificate.chain)),
    log.write(HandshakeType.serverKeyExchange, encodeServerKeyExchange(parameters, choice.scheme, signature)),
  ];
  if (requiresClientCertificate) {
    messages.push(log.write(HandshakeType.certificateRequest, encodeCertificateRequest(SIGNATURE_SCHEMES)));
  }
  messages.push(log.write(HandshakeType.serverHelloDone, NOTHING));
  return { name: 'flight-4', items: messages.map(messageItem), repeats: 'until-answered' };
}
