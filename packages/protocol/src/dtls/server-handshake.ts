import { assertNever, type KeyAgreement, type Path } from '../core/index.js';
import { Alert } from './alert.js';
import { flight2 } from './flights/flight-2.js';
import { flight4 } from './flights/flight-4.js';
import { flight6 } from './flights/flight-6.js';
import { checkSignature, drawRandom, type HandshakeHost, type HandshakeResult } from './handshake.js';
import { HandshakeMachine, OVER, type Over, orRefusal } from './handshake-machine.js';
import { type HandshakeMessage, HandshakeType } from './handshake-message.js';
import { SessionSecrets } from './key-schedule.js';
import { decodeCertificateVerify } from './messages/certificate-verify.js';
import { type ClientHello, decodeClientHello } from './messages/client-hello.js';
import { decodeClientKeyExchange } from './messages/client-key-exchange.js';
import { type Agreement, chooseForClient } from './negotiation.js';
import { Refusal } from './refusal.js';
import type { X509Certificate } from './x509/certificate.js';

interface Greeted extends Agreement {
  readonly keyAgreement: KeyAgreement;
  readonly randoms: { readonly client: Uint8Array; readonly server: Uint8Array };
}

interface Identified extends Greeted {
  /** Empty where no certificate is asked for. */
  readonly chain: readonly X509Certificate[];
}

/** What a server waits for, and what it knows then. */
type ServerState =
  | { readonly name: 'awaiting-client-hello'; readonly hasSentCookie: boolean }
  | { readonly name: 'awaiting-certificate'; readonly known: Greeted }
  | { readonly name: 'awaiting-client-key-exchange'; readonly known: Identified }
  | { readonly name: 'awaiting-certificate-verify'; readonly chain: readonly X509Certificate[]; readonly result: HandshakeResult }
  | { readonly name: 'awaiting-finished'; readonly chain: readonly X509Certificate[]; readonly result: HandshakeResult }
  | { readonly name: 'awaiting-verdict'; readonly result: HandshakeResult };

/**
 * The server's side of a DTLS 1.2 handshake (RFC 6347 §4.2, RFC 5246 §7.3).
 *
 *     ClientHello               →
 *                               ←  (HelloVerifyRequest, where cookies are asked for; then ClientHello again)
 *                               ←  ServerHello Certificate ServerKeyExchange [CertificateRequest] ServerHelloDone
 *     [Certificate] ClientKeyExchange [CertificateVerify] Finished  →
 *                               ←  Finished                                after the owner's verdict
 */
export class ServerHandshake extends HandshakeMachine<ServerState> {
  constructor(
    host: HandshakeHost,
    private readonly pathOfClient: () => Path,
  ) {
    super(host, { name: 'awaiting-client-hello', hasSentCookie: false });
  }

  /** Whether nothing has been answered yet, so that the numbers of messages may still start elsewhere. */
  get isUntouched(): boolean {
    return this.state.name === 'awaiting-client-hello' && !this.state.hasSentCookie;
  }

  approve(): void {
    if (this.state.name === 'awaiting-verdict') this.finish(this.state.result);
  }

  protected follow(message: HandshakeMessage): ServerState | Over | Refusal {
    const { state } = this;
    switch (state.name) {
      case 'awaiting-client-hello':
        return message.type === HandshakeType.clientHello ? this.onClientHello(message) : this.unexpected(message);
      case 'awaiting-certificate':
        return message.type === HandshakeType.certificate ? this.onCertificate(message, state.known) : this.unexpected(message);
      case 'awaiting-client-key-exchange':
        if (message.type !== HandshakeType.clientKeyExchange) return this.unexpected(message);
        return this.onClientKeyExchange(message, state.known);
      case 'awaiting-certificate-verify':
        if (message.type !== HandshakeType.certificateVerify) return this.unexpected(message);
        return this.onCertificateVerify(message, state.chain, state.result);
      case 'awaiting-finished':
        return message.type === HandshakeType.finished
          ? this.onFinished(message, state.chain, state.result)
          : this.unexpected(message);
      case 'awaiting-verdict':
        return this.unexpected(message);
      case 'over':
        return state;
      default:
        return assertNever(state);
    }
  }

  private onClientHello(message: HandshakeMessage): ServerState | Refusal {
    const hello = orRefusal(decodeClientHello(message.body));
    if (hello instanceof Refusal) return hello;
    const { cookies } = this.host.config;
    if (cookies && !cookies.isValid(hello.cookie, this.pathOfClient(), hello.random)) {
      this.log.skipTo(message.messageSequence);
      this.host.send(flight2(this.log, cookies.cookieFor(this.pathOfClient(), hello.random)));
      return { name: 'awaiting-client-hello', hasSentCookie: true };
    }
    this.log.skipTo(message.messageSequence);
    this.log.transcript.add(message);
    return this.answer(hello);
  }

  private answer(hello: ClientHello): ServerState | Refusal {
    const choice = chooseForClient(hello, this.host.config);
    if (choice instanceof Refusal) return choice;
    const { config, context } = this.host;
    const keyAgreement = context.crypto.keyAgreement(choice.group);
    const randoms = { client: hello.random, server: drawRandom(context) };
    this.host.send(flight4(this.host, this.log, choice, keyAgreement, randoms));
    const { suite, srtpProfile } = choice;
    const known = { suite, srtpProfile, keyAgreement, randoms };
    if (config.requiresClientCertificate) return { name: 'awaiting-certificate', known };
    return { name: 'awaiting-client-key-exchange', known: { ...known, chain: [] } };
  }

  private onCertificate(message: HandshakeMessage, known: Greeted): ServerState | Refusal {
    const chain = this.takeChain(message, Alert.handshakeFailure); // RFC 5246 §7.4.6
    if (chain instanceof Refusal) return chain;
    return { name: 'awaiting-client-key-exchange', known: { ...known, chain } };
  }

  private onClientKeyExchange(message: HandshakeMessage, known: Identified): ServerState | Refusal {
    const publicKey = orRefusal(decodeClientKeyExchange(message.body));
    if (publicKey instanceof Refusal) return publicKey;
    const { suite, srtpProfile, keyAgreement, randoms, chain } = known;
    const premasterSecret = keyAgreement.derive(publicKey);
    if (!premasterSecret) return new Refusal(Alert.illegalParameter, "the client's public key is no point of the group");
    this.log.transcript.add(message);
    const { crypto } = this.host.context;
    const secrets = SessionSecrets.derive(crypto, suite, premasterSecret, this.log.transcript.bytes, randoms);
    this.host.useKeys(secrets);
    const result = { suite, srtpProfile, group: keyAgreement.group, secrets };
    return { name: chain.length > 0 ? 'awaiting-certificate-verify' : 'awaiting-finished', chain, result };
  }

  private onCertificateVerify(
    message: HandshakeMessage,
    chain: readonly X509Certificate[],
    result: HandshakeResult,
  ): ServerState | Refusal {
    const proof = orRefusal(decodeCertificateVerify(message.body));
    if (proof instanceof Refusal) return proof;
    const signed = this.log.transcript.bytes;
    const refusal = checkSignature(this.host.context, chain[0]!, proof.scheme, signed, proof.signature);
    if (refusal) return refusal;
    this.log.transcript.add(message);
    return { name: 'awaiting-finished', chain, result };
  }

  private onFinished(
    message: HandshakeMessage,
    chain: readonly X509Certificate[],
    result: HandshakeResult,
  ): ServerState | Over | Refusal {
    const refusal = this.checkFinished(message, 'client', result);
    if (refusal) return refusal;
    this.log.transcript.add(message);
    this.host.flightAnswered();
    this.state = { name: 'awaiting-verdict', result };
    if (chain.length > 0)
      this.host.provePeer(chain); // may approve at once
    else this.approve();
    return this.state;
  }

  private finish(result: HandshakeResult): void {
    this.state = OVER;
    this.host.send(flight6(this.log, result.secrets));
    this.host.complete(result);
  }
}
