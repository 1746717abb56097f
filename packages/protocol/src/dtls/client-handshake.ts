import { assertNever } from '../core/index.js';
import { Alert } from './alert.js';
import { flight1 } from './flights/flight-1.js';
import { type ClientProof, flight5 } from './flights/flight-5.js';
import { checkSignature, drawRandom, type HandshakeHost, type HandshakeResult } from './handshake.js';
import { HandshakeMachine, OVER, type Over, orRefusal } from './handshake-machine.js';
import { type HandshakeMessage, HandshakeType } from './handshake-message.js';
import { SessionSecrets } from './key-schedule.js';
import { decodeCertificateRequest } from './messages/certificate-request.js';
import { decodeHelloVerifyRequest } from './messages/hello-verify-request.js';
import { decodeServerHello } from './messages/server-hello.js';
import { decodeServerKeyExchange } from './messages/server-key-exchange.js';
import { groupOfCode } from './named-group.js';
import { type Agreement, checkServerHello } from './negotiation.js';
import { Refusal } from './refusal.js';
import { codeOfScheme } from './signature-scheme.js';
import { concat } from './vector.js';
import type { X509Certificate } from './x509/certificate.js';

interface Greeted extends Agreement {
  readonly serverRandom: Uint8Array;
}

interface Identified extends Greeted {
  readonly chain: readonly X509Certificate[];
}

/** All of flight 4 that flight 5 needs. */
interface Keyed extends Identified {
  readonly group: HandshakeResult['group'];
  readonly publicKey: Uint8Array;
  readonly premasterSecret: Uint8Array;
  readonly proof: ClientProof | undefined;
}

/** What a client waits for, and what it knows then. */
type ClientState =
  | { readonly name: 'awaiting-server-hello'; readonly hasCookie: boolean }
  | { readonly name: 'awaiting-certificate'; readonly known: Greeted }
  | { readonly name: 'awaiting-server-key-exchange'; readonly known: Identified }
  | { readonly name: 'awaiting-server-hello-done'; readonly known: Keyed }
  | { readonly name: 'awaiting-verdict'; readonly known: Keyed }
  | { readonly name: 'awaiting-finished'; readonly result: HandshakeResult };

const NO_COOKIE = new Uint8Array(0);

/**
 * The client's side of a DTLS 1.2 handshake (RFC 6347 §4.2, RFC 5246 §7.3).
 *
 *     ClientHello               →
 *                               ←  (HelloVerifyRequest, once; then ClientHello again)
 *                               ←  ServerHello Certificate ServerKeyExchange [CertificateRequest] ServerHelloDone
 *     [Certificate] ClientKeyExchange [CertificateVerify] Finished  →      after the owner's verdict
 *                               ←  Finished
 */
export class ClientHandshake extends HandshakeMachine<ClientState> {
  private readonly random: Uint8Array;

  constructor(host: HandshakeHost) {
    super(host, { name: 'awaiting-server-hello', hasCookie: false });
    this.random = drawRandom(host.context);
    host.send(flight1(host.config, this.log, this.random, NO_COOKIE));
  }

  approve(): void {
    if (this.state.name !== 'awaiting-verdict') return;
    const { known } = this.state;
    const { crypto } = this.host.context;
    const randoms = { client: this.random, server: known.serverRandom };
    const { flight, secrets } = flight5(this.log, known.publicKey, known.proof, (transcript) =>
      SessionSecrets.derive(crypto, known.suite, known.premasterSecret, transcript, randoms),
    );
    const { suite, srtpProfile, group } = known;
    this.state = { name: 'awaiting-finished', result: { suite, srtpProfile, group, secrets } };
    this.host.useKeys(secrets);
    this.host.send(flight);
  }

  protected follow(message: HandshakeMessage): ClientState | Over | Refusal {
    const { state } = this;
    switch (state.name) {
      case 'awaiting-server-hello':
        if (message.type === HandshakeType.helloVerifyRequest && !state.hasCookie) return this.onHelloVerifyRequest(message);
        return message.type === HandshakeType.serverHello ? this.onServerHello(message) : this.unexpected(message);
      case 'awaiting-certificate':
        return message.type === HandshakeType.certificate ? this.onCertificate(message, state.known) : this.unexpected(message);
      case 'awaiting-server-key-exchange':
        if (message.type !== HandshakeType.serverKeyExchange) return this.unexpected(message);
        return this.onServerKeyExchange(message, state.known);
      case 'awaiting-server-hello-done':
        if (message.type === HandshakeType.certificateRequest && !state.known.proof) {
          return this.onCertificateRequest(message, state.known);
        }
        return message.type === HandshakeType.serverHelloDone
          ? this.onServerHelloDone(message, state.known)
          : this.unexpected(message);
      case 'awaiting-finished':
        return message.type === HandshakeType.finished ? this.onFinished(message, state.result) : this.unexpected(message);
      case 'awaiting-verdict':
        return this.unexpected(message);
      case 'over':
        return state;
      default:
        return assertNever(state);
    }
  }

  private onHelloVerifyRequest(message: HandshakeMessage): ClientState | Refusal {
    const request = orRefusal(decodeHelloVerifyRequest(message.body));
    if (request instanceof Refusal) return request;
    this.log.transcript.clear();
    this.host.send(flight1(this.host.config, this.log, this.random, request.cookie));
    return { name: 'awaiting-server-hello', hasCookie: true };
  }

  private onServerHello(message: HandshakeMessage): ClientState | Refusal {
    const hello = orRefusal(decodeServerHello(message.body));
    if (hello instanceof Refusal) return hello;
    const agreement = checkServerHello(hello, this.host.config);
    if (agreement instanceof Refusal) return agreement;
    this.log.transcript.add(message);
    return { name: 'awaiting-certificate', known: { ...agreement, serverRandom: hello.random } };
  }

  private onCertificate(message: HandshakeMessage, known: Greeted): ClientState | Refusal {
    const chain = this.takeChain(message, Alert.decodeError); // RFC 5246 §7.4.2: a server's is never empty
    if (chain instanceof Refusal) return chain;
    return { name: 'awaiting-server-key-exchange', known: { ...known, chain } };
  }

  private onServerKeyExchange(message: HandshakeMessage, known: Identified): ClientState | Refusal {
    const exchange = orRefusal(decodeServerKeyExchange(message.body));
    if (exchange instanceof Refusal) return exchange;
    const group = groupOfCode(exchange.group, this.host.config.groups);
    if (!group) return new Refusal(Alert.illegalParameter, 'the server chose a group that was not offered');
    const [certificate] = known.chain;
    const isRsa = certificate!.publicKey.type === 'rsa';
    if (isRsa !== (known.suite.authentication === 'rsa')) {
      return new Refusal(Alert.unsupportedCertificate, "the server's key does not fit the cipher suite");
    }
    const signed = concat(this.random, known.serverRandom, exchange.parameters);
    const refusal = checkSignature(this.host.context, certificate!, exchange.scheme, signed, exchange.signature);
    if (refusal) return refusal;
    const keyAgreement = this.host.context.crypto.keyAgreement(group);
    const premasterSecret = keyAgreement.derive(exchange.publicKey);
    if (!premasterSecret) return new Refusal(Alert.illegalParameter, "the server's public key is no point of the group");
    this.log.transcript.add(message);
    const { publicKey } = keyAgreement;
    return { name: 'awaiting-server-hello-done', known: { ...known, group, publicKey, premasterSecret, proof: undefined } };
  }

  private onCertificateRequest(message: HandshakeMessage, known: Keyed): ClientState | Refusal {
    const request = orRefusal(decodeCertificateRequest(message.body));
    if (request instanceof Refusal) return request;
    const { certificate } = this.host.config;
    const scheme = certificate.key.schemes.find((one) => request.schemes.includes(codeOfScheme(one)));
    if (!scheme) return new Refusal(Alert.handshakeFailure, 'the server takes no signature that our key can make');
    this.log.transcript.add(message);
    return { name: 'awaiting-server-hello-done', known: { ...known, proof: { certificate, scheme } } };
  }

  private onServerHelloDone(message: HandshakeMessage, known: Keyed): ClientState | Over | Refusal {
    if (message.body.length > 0) return new Refusal(Alert.decodeError, 'ServerHelloDone is not empty');
    this.log.transcript.add(message);
    this.host.flightAnswered();
    this.state = { name: 'awaiting-verdict', known };
    this.host.provePeer(known.chain); // may approve at once
    return this.state;
  }

  private onFinished(message: HandshakeMessage, result: HandshakeResult): Over | Refusal {
    const refusal = this.checkFinished(message, 'server', result);
    if (refusal) return refusal;
    this.host.flightAnswered();
    this.host.complete(result);
    return OVER;
  }
}
