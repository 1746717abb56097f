import { type CoreContext, type Instant, Malformed } from '../../core/index.js';
import {
  AttributeType,
  ConnectionId,
  checkFingerprint,
  decodeStunMessage,
  ErrorCode,
  Nonce,
  PasswordAlgorithms,
  Realm,
  STUN_HEADER_BYTES,
  StunEncoder,
  StunErrorCode,
  type StunMessage,
  StunMethod,
  ThirdPartyAuthorization,
  UnknownAttributes,
  unknownRequiredAttributes,
} from '../../stun/index.js';
import { type Authenticator, type AuthOutcome, OFFERED_ALGORITHMS } from './authenticator.js';
import { type BindingAnswer, discoveryBinding, plainBinding } from './behaviour.js';
import type { Client } from './client.js';
import type { Listener } from './contract.js';
import type { Counters } from './counters.js';
import { type Reply, replyTo } from './reply.js';
import { ReplyLimiter } from './reply-limiter.js';
import { onAllocate } from './requests/allocate.js';
import { type Answer, type AuthenticRequest, phraseOf, type RequestScope, refusal, success } from './requests/answer.js';
import { onChannelBind } from './requests/channel-bind.js';
import { onConnect } from './requests/connect.js';
import { onConnectionBind } from './requests/connection-bind.js';
import { onCreatePermission } from './requests/create-permission.js';
import { onRefresh } from './requests/refresh.js';
import { sign } from './signature.js';
import { TcpConnection } from './tcp-connection.js';

/** Requests that we answer, by the names that metrics use. */
const METHODS: ReadonlyMap<number, string> = new Map([
  [StunMethod.binding, 'binding'],
  [StunMethod.allocate, 'allocate'],
  [StunMethod.refresh, 'refresh'],
  [StunMethod.createPermission, 'create-permission'],
  [StunMethod.channelBind, 'channel-bind'],
  [StunMethod.connect, 'connect'],
  [StunMethod.connectionBind, 'connection-bind'],
]);

/** Comprehension-required attributes of requests that we understand; a Binding for discovery may have more. */
const KNOWN_ATTRIBUTES: ReadonlySet<number> = new Set([
  AttributeType.username,
  AttributeType.messageIntegrity,
  AttributeType.messageIntegritySha256,
  AttributeType.passwordAlgorithm,
  AttributeType.userhash,
  AttributeType.realm,
  AttributeType.nonce,
  AttributeType.channelNumber,
  AttributeType.lifetime,
  AttributeType.xorPeerAddress,
  AttributeType.data,
  AttributeType.requestedAddressFamily,
  AttributeType.evenPort,
  AttributeType.requestedTransport,
  AttributeType.dontFragment,
  AttributeType.accessToken,
  AttributeType.reservationToken,
  AttributeType.connectionId,
]);

const DISCOVERY_ATTRIBUTES: ReadonlySet<number> = new Set([
  ...KNOWN_ATTRIBUTES,
  AttributeType.changeRequest,
  AttributeType.responsePort,
  AttributeType.padding,
]);

/** STUN between clients and the server: whoever asks, gets one answer or none (RFC 8489 §6.3, RFC 8656 §5). */
export class ControlPath {
  readonly requests = new Map<string, number>();
  private readonly encoder = new StunEncoder();
  private readonly limiter: ReplyLimiter;
  private nextConnectionId: number;

  constructor(
    public scope: RequestScope,
    readonly authenticator: Authenticator,
    private readonly listeners: () => Iterable<Listener>,
    private readonly refused: Counters,
    private readonly dropped: Counters,
    private readonly context: CoreContext,
  ) {
    this.limiter = new ReplyLimiter(context.random.uint32());
    this.nextConnectionId = context.random.uint32();
  }

  /** One STUN message that is no Send indication. `bytes` are lent. */
  receive(now: Instant, client: Client, bytes: Uint8Array): void {
    const message = decodeStunMessage(bytes);
    if (message instanceof Malformed) return this.dropped.count(message.reason);
    const fingerprint = checkFingerprint(message);
    if (fingerprint === false) return this.dropped.count('stun/wrong-fingerprint');
    if (message.messageClass === 'indication') return this.dropped.count('stun/indication'); // a keep-alive wants no answer
    if (message.messageClass !== 'request') return this.dropped.count('stun/unexpected-response');
    const method = METHODS.get(message.method);
    if (method === undefined) return this.dropped.count('stun/unknown-method');
    this.requests.set(method, (this.requests.get(method) ?? 0) + 1);
    const hasFingerprint = fingerprint === true;
    if (message.method === StunMethod.binding) this.binding(now, message, client, hasFingerprint);
    else this.authenticated(now, message, client, hasFingerprint);
  }

  /** The id of another connection with a peer: unpredictable where they start, unique while they last (RFC 6062 §5.2). */
  newConnectionId(): number {
    do this.nextConnectionId = (this.nextConnectionId + 1) >>> 0;
    while (this.scope.table.connections.has(this.nextConnectionId));
    return this.nextConnectionId;
  }

  answer(reply: Reply, answer: Answer, username?: string): void {
    this.respond(reply, answer, reply.client, username);
  }

  /** Tells a client of a peer that has connected (RFC 6062 §5.3). */
  indicate(client: Client, method: number, fill: (encoder: StunEncoder) => void): void {
    const id = new Uint8Array(12);
    this.context.random.fill(id);
    this.encoder.start('indication', method, id);
    fill(this.encoder);
    this.scope.outbox.transmit(this.encoder.finish(), client);
  }

  // --- Binding ---

  private binding(now: Instant, message: StunMessage, client: Client, hasFingerprint: boolean): void {
    const { settings } = this.scope;
    if (!client.isProven && !this.limiter.admits(now, client.remote, settings.limits.bindingsPerSecond))
      return this.dropped.count('turn/limit/bindings');
    const reply = replyTo(message, client, undefined, hasFingerprint);
    const { answer, path } = this.bindingAnswer(message, client);
    this.respond(reply, answer, path);
  }

  private bindingAnswer(message: StunMessage, client: Client): BindingAnswer {
    const discovers = this.scope.settings.behaviourDiscovery && client.transport === 'udp';
    const unknown = unknownRequiredAttributes(message, discovers ? DISCOVERY_ATTRIBUTES : KNOWN_ATTRIBUTES);
    if (unknown.length > 0) return { answer: unknownAttributes(unknown), path: client };
    return discovers ? discoveryBinding(message, client, this.listeners()) : plainBinding(client);
  }

  // --- what needs credentials ---

  private authenticated(now: Instant, message: StunMessage, client: Client, hasFingerprint: boolean): void {
    const outcome = this.authenticator.authenticate(now, message, client);
    if (outcome.type !== 'authentic') return this.reject(now, message, client, outcome, hasFingerprint);
    const { signature, username } = outcome;
    const request: AuthenticRequest = { now, message, client, identity: outcome, hasFingerprint };
    const result = this.handle(request);
    if (result instanceof TcpConnection) return this.splice(request, result);
    if (result.type !== 'later') this.respond(replyTo(message, client, signature, hasFingerprint), result, client, username);
  }

  private handle(request: AuthenticRequest): Answer | TcpConnection {
    const { message, client, identity } = request;
    const unknown = unknownRequiredAttributes(message, KNOWN_ATTRIBUTES);
    if (unknown.length > 0) return unknownAttributes(unknown);
    if (message.method === StunMethod.allocate) return onAllocate(request, this.scope);
    if (message.method === StunMethod.refresh) return onRefresh(request, this.scope);
    if (message.method === StunMethod.connectionBind) return onConnectionBind(request, this.scope);
    const { allocation } = client;
    if (allocation?.state !== 'active') return refusal(StunErrorCode.allocationMismatch, 'turn/no-allocation');
    if (allocation.username !== identity.username) return refusal(StunErrorCode.wrongCredentials, 'turn/wrong-credentials');
    switch (message.method) {
      case StunMethod.createPermission:
        return onCreatePermission(request, this.scope, allocation);
      case StunMethod.channelBind:
        return onChannelBind(request, this.scope, allocation);
      default:
        return onConnect(request, this.scope, allocation, this.newConnectionId());
    }
  }

  private splice({ message, client, identity, hasFingerprint }: AuthenticRequest, connection: TcpConnection): void {
    const reply = replyTo(message, client, identity.signature, hasFingerprint);
    this.answer(
      reply,
      success((encoder) => encoder.add(ConnectionId, connection.id)),
    );
    this.scope.outbox.push({ type: 'splice', connection, path: client });
  }

  /** An answer to somebody who may not be there: short, seldom, unsigned (RFC 8489 §9.2.4; S-06). */
  private reject(
    now: Instant,
    message: StunMessage,
    client: Client,
    outcome: Exclude<AuthOutcome, { type: 'authentic' }>,
    hasFingerprint: boolean,
  ): void {
    const { settings } = this.scope;
    if (!client.isProven && !this.limiter.admits(now, client.remote, settings.limits.challengesPerSecond))
      return this.dropped.count('turn/limit/challenges');
    const reply = replyTo(message, client, undefined, hasFingerprint);
    const isBare = message.bytes.length === STUN_HEADER_BYTES; // no request of TURN is: a 401 would be four times as long
    if (outcome.type === 'bad-request' || isBare)
      return this.respond(
        reply,
        refusal(StunErrorCode.badRequest, outcome.type === 'bad-request' ? outcome.reason : 'turn/bare-request'),
        client,
      );
    const challenge = refusal(outcome.code, outcome.reason, (encoder) => {
      encoder
        .add(Realm, settings.realm)
        .add(Nonce, this.authenticator.newNonce(now, client))
        .add(PasswordAlgorithms, OFFERED_ALGORITHMS)
        .addIf(ThirdPartyAuthorization, settings.thirdPartyAuthorization);
    });
    this.respond(reply, challenge, client, outcome.username);
  }

  private respond(reply: Reply, answer: Answer, path: Client, username?: string): void {
    if (answer.type === 'later' || reply.client.isClosed) return;
    const { encoder, scope, context } = this;
    const { method, transactionId, signature, hasFingerprint } = reply;
    encoder.start(answer.type, method, transactionId);
    if (answer.type === 'error') {
      const { code, reason } = answer;
      encoder.add(ErrorCode, { code, reason: textOf(reply, code, reason) });
      this.note(reply, code, reason, username);
    }
    answer.fill?.(encoder);
    if (signature) sign(encoder, signature, context.crypto);
    if (hasFingerprint) encoder.fingerprint();
    scope.outbox.transmit(encoder.finish(), path);
  }

  /** Counts a refusal, and tells of it unless it is a step of every allocation: the first 401, and a nonce that has aged. */
  private note({ client, method }: Reply, code: number, reason: string, username: string | undefined): void {
    this.refused.count(reason);
    if (reason === 'turn/auth/none' || reason === 'turn/auth/stale-nonce') return;
    const event = { type: 'refused', code, reason, method, client: client.remote.toTransportAddress(), username } as const;
    this.scope.outbox.event(event);
  }
}

/** Reasons are for those who have shown who they are; a phrase for those who are there; bytes for strangers are few (S-06). */
function textOf({ signature, client }: Reply, code: number, reason: string): string {
  if (signature) return `${phraseOf(code)}: ${reason}`;
  const hasOurNonce = code === StunErrorCode.unauthenticated && reason !== 'turn/auth/none';
  return client.isProven || hasOurNonce ? phraseOf(code) : '';
}

function unknownAttributes(types: readonly number[]): Answer {
  return refusal(StunErrorCode.unknownAttribute, 'stun/unknown-attribute', (encoder) => encoder.add(UnknownAttributes, types));
}
