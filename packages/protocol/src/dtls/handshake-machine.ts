import { type Decoded, Malformed } from '../core/index.js';
import { Alert } from './alert.js';
import { type Handshake, type HandshakeHost, HandshakeLog, type HandshakeResult } from './handshake.js';
import type { HandshakeMessage } from './handshake-message.js';
import { decodeCertificateChain } from './messages/certificate.js';
import { Refusal } from './refusal.js';
import type { X509Certificate } from './x509/certificate.js';

/** A handshake that has succeeded or was refused: what comes after is ignored. */
export interface Over {
  readonly name: 'over';
}

export const OVER: Over = { name: 'over' };

/** What either side of a handshake of DTLS 1.2 does: one message, one step, until it is over or refused. */
export abstract class HandshakeMachine<State extends { readonly name: string }> implements Handshake {
  protected readonly log = new HandshakeLog();

  constructor(
    protected readonly host: HandshakeHost,
    protected state: State | Over,
  ) {}

  receive(message: HandshakeMessage): void {
    const next = this.follow(message);
    if (!(next instanceof Refusal)) {
      this.state = next;
      return;
    }
    this.state = OVER;
    this.host.refuse(next);
  }

  abstract approve(): void;

  /** The state after `message`, or why there is none. */
  protected abstract follow(message: HandshakeMessage): State | Over | Refusal;

  /** A message that the present state does not expect (RFC 5246 §7.4). */
  protected unexpected(message: HandshakeMessage): Refusal {
    return new Refusal(Alert.unexpectedMessage, `handshake message ${message.type} while ${this.state.name}`);
  }

  /** The peer's Certificate, entered into the transcript. One that is empty gets `alertIfEmpty`. */
  protected takeChain(message: HandshakeMessage, alertIfEmpty: number): readonly X509Certificate[] | Refusal {
    const chain = decodeCertificateChain(message.body);
    if (chain instanceof Malformed) return new Refusal(Alert.badCertificate, chain.reason);
    if (chain.length === 0) return new Refusal(alertIfEmpty, 'the peer shows no certificate');
    this.log.transcript.add(message);
    return chain;
  }

  /** Whether a Finished by `sender` is what the transcript before it demands (RFC 5246 §7.4.9). */
  protected checkFinished(
    message: HandshakeMessage,
    sender: 'client' | 'server',
    { secrets }: HandshakeResult,
  ): Refusal | undefined {
    const expected = secrets.verifyData(sender, this.log.transcript.bytes);
    const isRight = this.host.context.crypto.equal(message.body, expected);
    return isRight ? undefined : new Refusal(Alert.decryptError, 'Finished is wrong');
  }
}

/** What was decoded; a refusal instead of what is malformed. */
export function orRefusal<T>(decoded: Decoded<T>): T | Refusal {
  return decoded instanceof Malformed ? new Refusal(Alert.decodeError, decoded.reason) : decoded;
}
