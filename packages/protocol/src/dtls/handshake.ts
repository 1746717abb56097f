import type { CoreContext, KeyAgreementGroup, SignatureScheme } from '../core/index.js';
import { Alert } from './alert.js';
import { authenticationOf } from './cipher-suite.js';
import type { DtlsConfig } from './config.js';
import type { Flight } from './flights/flight.js';
import type { HandshakeMessage } from './handshake-message.js';
import type { SessionSecrets } from './key-schedule.js';
import type { Agreement } from './negotiation.js';
import { Refusal } from './refusal.js';
import { schemeOfCode } from './signature-scheme.js';
import { Transcript } from './transcript.js';
import type { X509Certificate } from './x509/certificate.js';

/** What a handshake leaves behind: enough for records, exporters and statistics. */
export interface HandshakeResult extends Agreement {
  readonly group: KeyAgreementGroup;
  readonly secrets: SessionSecrets;
}

/** What a handshake asks of the connection that it belongs to. */
export interface HandshakeHost {
  readonly config: DtlsConfig;
  readonly context: CoreContext;
  /** Sends `flight` and keeps it for as long as it may have to be repeated. */
  send(flight: Flight): void;
  /** The peer has answered the flight that was sent last, wholly: it need not be repeated. */
  flightAnswered(): void;
  /** From now on epoch 1 can be read and written. */
  useKeys(secrets: SessionSecrets): void;
  /** The peer owns the key of `chain[0]`; the handshake waits for {@link Handshake.approve}. */
  provePeer(chain: readonly X509Certificate[]): void;
  /** Ends in failure, telling the peer why. */
  refuse(refusal: Refusal): void;
  complete(result: HandshakeResult): void;
}

/** One side of one version's handshake: messages in, in order; flights and verdicts out through its host. */
export interface Handshake {
  receive(message: HandshakeMessage): void;
  /** The owner trusts the certificate that was proved. */
  approve(): void;
}

/** The messages that a side has sent and seen: numbers the former, remembers both. */
export class HandshakeLog {
  readonly transcript = new Transcript();
  private nextSequence = 0;

  /** The next message of ours, as part of the transcript. */
  write(type: number, body: Uint8Array): HandshakeMessage {
    const message = this.number(type, body);
    this.transcript.add(message);
    return message;
  }

  /** The next message of ours, outside the transcript (HelloVerifyRequest). */
  number(type: number, body: Uint8Array): HandshakeMessage {
    return { type, messageSequence: this.nextSequence++, body };
  }

  /** Starts numbering elsewhere than at 0: an earlier exchange of cookies was somebody else's. */
  skipTo(messageSequence: number): void {
    this.nextSequence = messageSequence;
  }
}

/** Checks that `signature` over `data` is by the key of `certificate`, with a scheme of ours that fits that key. */
export function checkSignature(
  context: CoreContext,
  certificate: X509Certificate,
  schemeCode: number,
  data: Uint8Array,
  signature: Uint8Array,
): Refusal | undefined {
  const scheme: SignatureScheme | undefined = schemeOfCode(schemeCode);
  const needed = certificate.publicKey.type === 'ec' ? 'ecdsa' : 'rsa';
  if (!scheme || authenticationOf(scheme) !== needed) {
    return new Refusal(Alert.illegalParameter, 'the signature scheme was not offered or does not fit the key');
  }
  return context.crypto.verify(scheme, certificate.publicKeyDer, data, signature)
    ? undefined
    : new Refusal(Alert.decryptError, 'the signature is wrong');
}

/** Draws the random of a hello. */
export function drawRandom(context: CoreContext): Uint8Array {
  const random = new Uint8Array(32);
  context.random.fill(random);
  return random;
}
