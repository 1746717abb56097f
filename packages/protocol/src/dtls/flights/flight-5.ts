import type { SignatureScheme } from '../../core/index.js';
import type { LocalCertificate } from '../config.js';
import type { HandshakeLog } from '../handshake.js';
import { HandshakeType } from '../handshake-message.js';
import type { SessionSecrets } from '../key-schedule.js';
import { encodeCertificateChain } from '../messages/certificate.js';
import { encodeCertificateVerify } from '../messages/certificate-verify.js';
import { encodeClientKeyExchange } from '../messages/client-key-exchange.js';
import { CHANGE_CIPHER_SPEC, type Flight, type FlightItem, messageItem } from './flight.js';

/** How a client shows itself, if it was asked to. */
export interface ClientProof {
  readonly certificate: LocalCertificate;
  readonly scheme: SignatureScheme;
}

/**
 * The client's second flight: Certificate, ClientKeyExchange, CertificateVerify (the first and last only if asked for),
 * ChangeCipherSpec, Finished. `derive` makes the secrets of the transcript up to ClientKeyExchange. Answered by flight 6.
 */
export function flight5(
  log: HandshakeLog,
  publicKey: Uint8Array,
  proof: ClientProof | undefined,
  derive: (transcript: Uint8Array) => SessionSecrets,
): { readonly flight: Flight; readonly secrets: SessionSecrets } {
  const items: FlightItem[] = [];
  const write = (type: number, body: Uint8Array): void => void items.push(messageItem(log.write(type, body)));
  if (proof) write(HandshakeType.certificate, encodeCertificateChain(proof.certificate.chain));
  write(HandshakeType.clientKeyExchange, encodeClientKeyExchange(publicKey));
  const secrets = derive(log.transcript.bytes);
  if (proof) {
    const signature = proof.certificate.key.sign(proof.scheme, log.transcript.bytes);
    write(HandshakeType.certificateVerify, encodeCertificateVerify(proof.scheme, signature));
  }
  items.push(CHANGE_CIPHER_SPEC);
  write(HandshakeType.finished, secrets.verifyData('client', log.transcript.bytes));
  return { flight: { name: 'flight-5', items, repeats: 'until-answered' }, secrets };
}
