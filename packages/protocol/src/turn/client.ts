import { type CoreContext, type Instant, Malformed, NEVER, TimerTable } from '../core/index.js';
import {
  AdditionalAddressFamily,
  AlternateDomain,
  AlternateServer,
  AttributeType,
  ChannelNumber,
  DATAGRAM_RETRANSMIT,
  Data,
  decodeStunMessage,
  ErrorCode,
  Lifetime,
  LongTermAuth,
  newTransactionId,
  RequestedAddressFamily,
  RequestedTransport,
  type RetransmitPolicy,
  STREAM_RETRANSMIT,
  StreamFramer,
  StunEncoder,
  StunErrorCode,
  type StunMessage,
  StunMethod,
  StunTransaction,
  type TransportAddress,
  transactionKey,
  unknownRequiredAttributes,
  XorMappedAddress,
  XorPeerAddress,
  XorRelayedAddress,
} from '../stun/index.js';
import {
  CHANNEL_HEADER_BYTES,
  decodeChannelData,
  encodeChannelData,
  FIRST_CHANNEL,
  isChannelData,
  LAST_CHANNEL,
  MAX_CHANNEL_DATA_BYTES,
  sizeOfChannelData,
  turnFrameSize,
} from './channel-data.js';
import { Permission, TurnPeer } from './peer.js';

export interface TurnClientOptions {
  readonly username: string;
  readonly password: string;
  /** Over streams requests are not repeated and ChannelData is padded. */
  readonly transport: 'datagram' | 'stream';
  /** Which addresses to ask for: 'both' is an IPv4 one, and an IPv6 one where the server has some. */
  readonly families: 'ipv4' | 'ipv6' | 'both';
}

export type TurnEvent =
  /** One event for each address that was allocated. */
  | {
      readonly type: 'allocated';
      readonly relayedAddress: string;
      readonly relayedPort: number;
      readonly mappedAddress: string;
      readonly mappedPort: number;
    }
  /** The server still has the allocation: the answer to {@link TurnClient.verify}. */
  | { readonly type: 'verified' }
  /** The server left {@link TurnClient.verify} without an answer so far; it is asked on and on. */
  | { readonly type: 'unanswered' }
  /** There is no allocation, or no longer: the client is over. `code` is STUN's, or 701 when nobody answers. */
  | { readonly type: 'failed'; readonly code: number; readonly reason: string }
  /** The client is over: ask there instead (RFC 8489 §10). */
  | { readonly type: 'try-alternate'; readonly address: string; readonly port: number; readonly domain: string | undefined }
  | { readonly type: 'peer-permitted'; readonly peer: TurnPeer }
  | { readonly type: 'peer-refused'; readonly peer: TurnPeer; readonly code: number };

export interface TurnOutputs {
  /** To the server. Lent. */
  transmit(bytes: Uint8Array): void;
  event(event: TurnEvent): void;
}

/** What a peer sent. One object serves every datagram. */
export interface TurnData {
  readonly peer: { readonly address: string; readonly port: number };
  readonly bytes: Uint8Array;
}

type ClientState = 'new' | 'allocating' | 'allocated' | 'over';

const TurnTimer = {
  /** The allocation is to be refreshed. */
  refresh: 0,
  /** The allocation ends, unless it was refreshed. */
  expiry: 1,
  /** The way to the server is to be kept open in NATs. */
  keepalive: 2,
} as const;

interface Request {
  readonly method: number;
  readonly fill: (encoder: StunEncoder) => void;
  readonly onSuccess: (now: Instant, message: StunMessage) => void;
  readonly onError: (now: Instant, code: number, reason: string, message: StunMessage | undefined) => void;
  readonly transaction: StunTransaction;
  readonly bytes: Uint8Array;
  /** Times that the server asked for other credentials or nonces. */
  readonly challenges: number;
}

/** What an unanswered request counts as (W3C webrtc uses it for servers that cannot be reached). */
const UNREACHABLE = 701;

/** Protocol number of UDP, in REQUESTED-TRANSPORT. */
const UDP = 17;

/** Give up 9.5 s after the first of five tries: ICE has other candidates to look after. */
const RETRANSMIT: RetransmitPolicy = { ...DATAGRAM_RETRANSMIT, rc: 5, rm: 4 };

/** A server gets so many chances to be content with one request: one 401, and some nonces that age quickly. */
const MAX_CHALLENGES = 4;

/** Permissions last 5 minutes (RFC 8656 §9); a minute is left for the renewal. Channels last 10, and renew their permission too. */
const PERMISSION_LIFETIME_MS = 300_000;
const PERMISSION_REFRESH_MS = 240_000;

/** What nobody sent to or asked for in this time is not renewed. */
const PERMISSION_IDLE_MS = 600_000;

/** NATs forget UDP mappings after 30 s at the worst. */
const KEEPALIVE_MS = 25_000;

const REFRESH_MARGIN_MS = 60_000;
const DEFAULT_LIFETIME_S = 600;

/** Messages of the server that we understand have only these among the attributes that must be understood. */
const KNOWN_ATTRIBUTES: ReadonlySet<number> = new Set([
  AttributeType.mappedAddress,
  AttributeType.username,
  AttributeType.messageIntegrity,
  AttributeType.errorCode,
  AttributeType.unknownAttributes,
  AttributeType.channelNumber,
  AttributeType.lifetime,
  AttributeType.xorPeerAddress,
  AttributeType.data,
  AttributeType.realm,
  AttributeType.nonce,
  AttributeType.xorRelayedAddress,
  AttributeType.requestedAddressFamily,
  AttributeType.requestedTransport,
  AttributeType.messageIntegritySha256,
  AttributeType.passwordAlgorithm,
  AttributeType.userhash,
  AttributeType.xorMappedAddress,
  AttributeType.reservationToken,
]);

/**
 * One allocation at one TURN server (RFC 8656), over whatever carries its bytes: its owner knows. Several servers are
 * several clients.
 */
export class TurnClient {
  private readonly timers = new TimerTable(TurnTimer);
  private readonly encoder = new StunEncoder();
  private readonly auth: LongTermAuth;
  private readonly framer: StreamFramer;
  private readonly policy: RetransmitPolicy;
  private readonly isStream: boolean;
  private readonly requests = new Map<string, Request>();
  private readonly peers = new Map<string, TurnPeer>();
  private readonly permissions = new Map<string, Permission>();
  private readonly peerByChannel = new Map<number, TurnPeer>();
  private readonly outbox: (Uint8Array | TurnEvent)[] = [];
  private readonly relayed: { peer: TurnData['peer']; bytes: Uint8Array } = { peer: { address: '', port: 0 }, bytes: EMPTY };
  private frame = new Uint8Array(1_600);
  private state: ClientState = 'new';
  private nextChannel = FIRST_CHANNEL;
  private triedRelease = false;
  private isVerifying = false;
  private wantsBoth: boolean;
  private nextDeadline: Instant = NEVER;
  /** Everything that was dropped, by reason. */
  readonly dropped = new Map<string, number>();

  constructor(
    private readonly options: TurnClientOptions,
    private readonly context: CoreContext,
  ) {
    this.isStream = options.transport === 'stream';
    this.policy = this.isStream ? STREAM_RETRANSMIT : RETRANSMIT;
    this.auth = new LongTermAuth(options.username, options.password, context.crypto);
    this.framer = new StreamFramer(turnFrameSize, MAX_CHANNEL_DATA_BYTES);
    this.wantsBoth = options.families === 'both';
  }

  get isAllocated(): boolean {
    return this.state === 'allocated';
  }

  get deadline(): Instant {
    return this.nextDeadline;
  }

  /** Asks for the allocation. Without credentials at first: the server says what it wants (RFC 8656 §7.1, RFC 8489 §9.2.3). */
  start(now: Instant): void {
    if (this.state !== 'new') return;
    this.state = 'allocating';
    this.allocate(now);
    this.arm();
  }

  /** One datagram from the server. What a peer sent is returned, a view of `bytes`. */
  receive(now: Instant, bytes: Uint8Array): TurnData | undefined {
    if (isChannelData(bytes)) return this.onChannelData(bytes);
    const message = decodeStunMessage(bytes);
    if (message instanceof Malformed) return this.drop(message.reason);
    if (message.messageClass === 'indication') return this.onIndication(message);
    if (message.messageClass === 'request') return this.drop('turn/unexpected-request');
    this.onResponse(now, message);
    this.arm();
    return undefined;
  }

  /** Some bytes of the stream from the server. `take` gets what peers sent, before this returns. A stream that makes no sense ends the client. */
  receiveStream(now: Instant, bytes: Uint8Array, take: (data: TurnData) => void): void {
    this.framer.feed(bytes, (frame) => {
      const data = this.receive(now, frame);
      if (data) take(data);
    });
    if (this.framer.failed)
      this.end({ type: 'failed', code: UNREACHABLE, reason: 'the server sent what is neither STUN nor ChannelData' });
  }

  advance(now: Instant): void {
    if (this.state === 'over') return;
    if (this.timers.take(TurnTimer.expiry, now))
      return this.end({ type: 'failed', code: UNREACHABLE, reason: 'the allocation could not be refreshed and has expired' });
    if (this.timers.take(TurnTimer.refresh, now)) this.refresh(now);
    if (this.timers.take(TurnTimer.keepalive, now)) this.keepAlive(now);
    for (const [key, request] of this.requests) this.poll(now, key, request);
    for (const permission of this.permissions.values()) if (now >= permission.refreshAt) this.renew(now, permission);
    for (const peer of this.peerByChannel.values()) if (now >= peer.channelRefreshAt) this.bind(now, peer, peer.channel!);
    this.arm();
  }

  drain(outputs: TurnOutputs): void {
    for (let item = this.outbox.shift(); item; item = this.outbox.shift()) {
      if (item instanceof Uint8Array) outputs.transmit(item);
      else outputs.event(item);
    }
  }

  /** The one object for this peer. */
  peerOf(address: string, port: number): TurnPeer {
    const key = `${address} ${port}`;
    let peer = this.peers.get(key);
    if (!peer) {
      peer = new TurnPeer(address, port, this.permissionOf(address));
      peer.permission.peers.push(peer);
      this.peers.set(key, peer);
    }
    return peer;
  }

  /** Has the server relay to and from the peer's address; with `isHot`, in ChannelData. Answered by an event. */
  permit(now: Instant, { address, port }: TurnData['peer'], isHot: boolean): void {
    const peer = this.peerOf(address, port);
    const { permission } = peer;
    permission.wantedAt = now;
    if (this.state === 'over') this.outbox.push({ type: 'peer-refused', peer, code: UNREACHABLE });
    else if (permission.state === 'granted' && now < permission.expiresAt) this.outbox.push({ type: 'peer-permitted', peer });
    else if (this.state === 'allocated' && permission.state !== 'asking') this.ask(now, permission);
    if (isHot && !peer.isHot) {
      peer.isHot = true;
      if (permission.state === 'granted') this.bindNew(now, peer);
    }
    this.arm();
  }

  isPermitted({ address, port }: TurnData['peer']): boolean {
    return this.peers.get(`${address} ${port}`)?.permission.state === 'granted';
  }

  /** Relays at once: as ChannelData over a bound channel, else as a Send indication. False when the server would drop it. */
  send(bytes: Uint8Array, peer: TurnPeer | TurnData['peer'], outputs: Pick<TurnOutputs, 'transmit'>): boolean {
    const known = peer instanceof TurnPeer ? peer : this.peers.get(`${peer.address} ${peer.port}`);
    if (!known || this.state !== 'allocated' || known.permission.state !== 'granted' || bytes.length > 0xffff) return false;
    if (known.channel !== undefined) this.sendChannelData(bytes, known.channel, outputs);
    else outputs.transmit(this.sendIndication(bytes, known));
    return true;
  }

  /** 4 bytes in a channel; 36 or 48 and padding in an indication. */
  overheadBytes({ address, port }: TurnData['peer']): number {
    if (this.peers.get(`${address} ${port}`)?.channel !== undefined) return CHANNEL_HEADER_BYTES + (this.isStream ? 3 : 0);
    return address.includes(':') ? 51 : 39;
  }

  /** Refreshes ahead of time: after a change of network the server may not know us any more, and then says so (437). */
  verify(now: Instant): void {
    this.isVerifying = this.state === 'allocated';
    if (this.isVerifying) this.refresh(now);
    this.arm();
  }

  /** Gives the allocation back: one Refresh with lifetime 0, whose answer nobody waits for (RFC 8656 §8). */
  close(now: Instant): void {
    if (this.state === 'allocated') {
      this.request(now, StunMethod.refresh, (encoder) => encoder.add(Lifetime, 0), ignore, ignore);
    }
    this.end(undefined);
  }

  // --- the allocation ---

  private allocate(now: Instant): void {
    const { families } = this.options;
    const fill = (encoder: StunEncoder): void => {
      encoder.add(RequestedTransport, UDP);
      if (this.wantsBoth) encoder.add(AdditionalAddressFamily, 'ipv6');
      if (families === 'ipv6') encoder.add(RequestedAddressFamily, 'ipv6');
    };
    this.request(
      now,
      StunMethod.allocate,
      fill,
      (at, message) => this.onAllocated(at, message),
      (at, code, reason, message) => this.onRefused(at, code, reason, message),
    );
  }

  private onAllocated(now: Instant, message: StunMessage): void {
    const mapped = message.value(XorMappedAddress);
    const relayed = message
      .readAll(XorRelayedAddress)
      .filter((address): address is TransportAddress => !(address instanceof Malformed));
    if (!mapped || relayed.length === 0)
      return this.end({ type: 'failed', code: UNREACHABLE, reason: 'the server allocated nothing that can be read' });
    this.state = 'allocated';
    this.setLifetime(now, message);
    if (!this.isStream) this.timers.set(TurnTimer.keepalive, now + KEEPALIVE_MS);
    for (const { address, port } of relayed)
      this.outbox.push({
        type: 'allocated',
        relayedAddress: address,
        relayedPort: port,
        mappedAddress: mapped.address,
        mappedPort: mapped.port,
      });
    for (const permission of this.permissions.values()) this.ask(now, permission);
  }

  /** What an Allocate error leads to (RFC 8656 §7.4). */
  private onRefused(now: Instant, code: number, reason: string, message: StunMessage | undefined): void {
    switch (code) {
      case StunErrorCode.tryAlternate:
        return this.onAlternate(message);
      case StunErrorCode.allocationMismatch:
        if (!this.triedRelease) return this.release(now);
        break;
      case StunErrorCode.addressFamilyNotSupported:
        if (this.wantsBoth) {
          this.wantsBoth = false;
          return this.allocate(now);
        }
        break;
      default:
    }
    this.end({ type: 'failed', code, reason });
  }

  /** The 5-tuple has an allocation already: one of ours, left by a run before, if the server lets us delete it. */
  private release(now: Instant): void {
    this.triedRelease = true;
    const again = (at: Instant): void => this.allocate(at);
    this.request(now, StunMethod.refresh, (encoder) => encoder.add(Lifetime, 0), again, again);
  }

  private onAlternate(message: StunMessage | undefined): void {
    const alternate = message?.value(AlternateServer);
    if (!alternate)
      return this.end({ type: 'failed', code: StunErrorCode.tryAlternate, reason: 'the server names no alternate server' });
    this.end({ type: 'try-alternate', ...alternate, domain: message?.value(AlternateDomain) });
  }

  private refresh(now: Instant): void {
    this.timers.cancel(TurnTimer.refresh);
    this.request(
      now,
      StunMethod.refresh,
      ignore,
      (at, message) => {
        this.setLifetime(at, message);
        if (this.isVerifying) this.outbox.push({ type: 'verified' });
        this.isVerifying = false;
      },
      (at, code, reason) => {
        const isGone =
          code === StunErrorCode.allocationMismatch ||
          code === StunErrorCode.unauthenticated ||
          code === StunErrorCode.wrongCredentials;
        if (isGone) return this.end({ type: 'failed', code, reason });
        if (this.isVerifying && code === UNREACHABLE) this.outbox.push({ type: 'unanswered' });
        this.isVerifying = false;
        this.timers.set(TurnTimer.refresh, at + 1_000); // until it expires
      },
    );
  }

  private setLifetime(now: Instant, message: StunMessage): void {
    const lifetimeMs = 1_000 * (message.value(Lifetime) ?? DEFAULT_LIFETIME_S);
    this.timers.set(TurnTimer.expiry, now + lifetimeMs);
    this.timers.set(TurnTimer.refresh, now + Math.max(lifetimeMs - REFRESH_MARGIN_MS, lifetimeMs / 2));
  }

  private keepAlive(now: Instant): void {
    this.timers.set(TurnTimer.keepalive, now + KEEPALIVE_MS);
    const id = newTransactionId(this.context.random);
    this.outbox.push(this.encoder.start('indication', StunMethod.binding, id).finish().slice());
  }

  // --- permissions and channels ---

  private permissionOf(address: string): Permission {
    let permission = this.permissions.get(address);
    if (!permission) {
      permission = new Permission(address);
      this.permissions.set(address, permission);
    }
    return permission;
  }

  private ask(now: Instant, permission: Permission): void {
    if (permission.state !== 'granted') permission.state = 'asking';
    permission.refreshAt = NEVER;
    const { address } = permission;
    this.request(
      now,
      StunMethod.createPermission,
      (encoder) => encoder.add(XorPeerAddress, { address, port: 0 }),
      (at) => this.onPermitted(at, permission),
      (_at, code, reason) => {
        if (code === StunErrorCode.allocationMismatch) this.end({ type: 'failed', code, reason });
        else this.onPermissionRefused(permission, code);
      },
    );
  }

  private onPermitted(now: Instant, permission: Permission): void {
    const isNew = permission.state !== 'granted';
    permission.state = 'granted';
    permission.expiresAt = now + PERMISSION_LIFETIME_MS;
    permission.refreshAt = now + PERMISSION_REFRESH_MS;
    if (!isNew) return;
    for (const peer of permission.peers) {
      this.outbox.push({ type: 'peer-permitted', peer });
      if (peer.isHot) this.bindNew(now, peer);
    }
  }

  private onPermissionRefused(permission: Permission, code: number): void {
    permission.state = 'refused';
    permission.refreshAt = NEVER;
    for (const peer of permission.peers) this.outbox.push({ type: 'peer-refused', peer, code });
  }

  private renew(now: Instant, permission: Permission): void {
    const isWanted = permission.wantedAt + PERMISSION_IDLE_MS > now || permission.peers.some(({ isHot }) => isHot);
    if (isWanted) return this.ask(now, permission);
    permission.refreshAt = NEVER;
    permission.state = 'none';
  }

  private bindNew(now: Instant, peer: TurnPeer): void {
    if (peer.channel !== undefined || this.nextChannel > LAST_CHANNEL) return;
    this.bind(now, peer, this.nextChannel++);
  }

  private bind(now: Instant, peer: TurnPeer, channel: number): void {
    peer.channelRefreshAt = NEVER;
    const { address, port } = peer;
    this.request(
      now,
      StunMethod.channelBind,
      (encoder) => encoder.add(ChannelNumber, channel).add(XorPeerAddress, { address, port }),
      (at) => this.onBound(at, peer, channel),
      () => this.onUnbound(peer), // indications still work
    );
    this.peerByChannel.set(channel, peer); // data may overtake the answer
  }

  private onBound(now: Instant, peer: TurnPeer, channel: number): void {
    peer.channel = channel;
    peer.channelRefreshAt = now + PERMISSION_REFRESH_MS;
    this.onPermitted(now, peer.permission);
  }

  private onUnbound(peer: TurnPeer): void {
    peer.channel = undefined;
    peer.channelRefreshAt = NEVER;
  }

  // --- data ---

  private onChannelData(bytes: Uint8Array): TurnData | undefined {
    const message = decodeChannelData(bytes);
    if (message instanceof Malformed) return this.drop(message.reason);
    const peer = this.peerByChannel.get(message.channel);
    if (!peer) return this.drop('turn/channel-data/unknown-channel');
    this.relayed.peer = peer;
    this.relayed.bytes = message.data;
    return this.relayed;
  }

  /** A Data indication. It is not signed: who forges one could as well forge what it carries (RFC 8656 §11.4). */
  private onIndication(message: StunMessage): TurnData | undefined {
    if (message.method !== StunMethod.data) return this.drop('turn/unexpected-indication');
    if (unknownRequiredAttributes(message, KNOWN_ATTRIBUTES).length > 0) return this.drop('turn/data/unknown-attribute');
    const address = message.value(XorPeerAddress);
    const data = message.value(Data);
    if (!address || !data) return this.drop('turn/data/incomplete'); // an ICMP report has no DATA
    this.relayed.peer = this.peers.get(`${address.address} ${address.port}`) ?? address;
    this.relayed.bytes = data;
    return this.relayed;
  }

  private sendChannelData(bytes: Uint8Array, channel: number, outputs: Pick<TurnOutputs, 'transmit'>): void {
    const size = sizeOfChannelData(bytes.length, this.isStream);
    if (size > this.frame.length) this.frame = new Uint8Array(size);
    encodeChannelData(channel, bytes, this.isStream, this.frame);
    outputs.transmit(this.frame.subarray(0, size));
  }

  private sendIndication(bytes: Uint8Array, { address, port }: TurnPeer): Uint8Array {
    return this.encoder
      .start('indication', StunMethod.send, newTransactionId(this.context.random))
      .add(XorPeerAddress, { address, port })
      .add(Data, bytes)
      .finish();
  }

  // --- requests ---

  private request(
    now: Instant,
    method: number,
    fill: Request['fill'],
    onSuccess: Request['onSuccess'],
    onError: Request['onError'],
    challenges = 0,
  ): void {
    const id = newTransactionId(this.context.random);
    this.encoder.start('request', method, id);
    fill(this.encoder);
    this.auth.sign(this.encoder);
    const bytes = this.encoder.finish().slice();
    const transaction = new StunTransaction(now, this.policy);
    const request: Request = { method, fill, onSuccess, onError, transaction, bytes, challenges };
    const key = transactionKey(id);
    this.requests.set(key, request);
    this.poll(now, key, request);
  }

  private poll(now: Instant, key: string, request: Request): void {
    const due = request.transaction.poll(now);
    if (due === 'send') this.outbox.push(request.bytes);
    if (due !== 'timeout') return;
    this.requests.delete(key);
    request.onError(now, UNREACHABLE, 'the server did not answer', undefined);
  }

  /**
   * An answer. A success must be signed as the request was; an error may come unsigned, since servers refuse before they
   * know a key, and whoever could forge one could as well drop the request.
   */
  private onResponse(now: Instant, message: StunMessage): void {
    const key = transactionKey(message.transactionId);
    const request = this.requests.get(key);
    if (!request || request.method !== message.method) return void this.drop('turn/unknown-transaction');
    const integrity = this.auth.check(message);
    const isSuccess = message.messageClass === 'success';
    if (integrity === 'invalid' || (isSuccess && integrity !== 'valid' && this.auth.realm !== undefined))
      return void this.drop('turn/wrong-integrity');
    if (unknownRequiredAttributes(message, KNOWN_ATTRIBUTES).length > 0) return void this.drop('turn/unknown-attribute');
    this.requests.delete(key);
    if (isSuccess) return request.onSuccess(now, message);
    const { code, reason } = message.value(ErrorCode) ?? { code: StunErrorCode.serverError, reason: 'an error without a code' };
    const isChallenge = code === StunErrorCode.unauthenticated || code === StunErrorCode.staleNonce;
    if (isChallenge && request.challenges < MAX_CHALLENGES && this.auth.onChallenge(message) === 'retry') {
      const { method, fill, onSuccess, onError, challenges } = request;
      return this.request(now, method, fill, onSuccess, onError, challenges + 1);
    }
    request.onError(now, code, reason, message);
  }

  private end(event: TurnEvent | undefined): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.requests.clear();
    this.timers.cancelAll();
    for (const permission of this.permissions.values()) {
      if (permission.state === 'asking') this.onPermissionRefused(permission, UNREACHABLE);
      permission.state = 'none';
      permission.refreshAt = NEVER;
    }
    this.peerByChannel.clear();
    if (event) this.outbox.push(event);
    this.arm();
  }

  private drop(reason: string): undefined {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
    return undefined;
  }

  private arm(): void {
    let earliest = this.timers.next;
    for (const { transaction } of this.requests.values()) earliest = Math.min(earliest, transaction.deadline);
    for (const { refreshAt } of this.permissions.values()) earliest = Math.min(earliest, refreshAt);
    for (const { channelRefreshAt } of this.peerByChannel.values()) earliest = Math.min(earliest, channelRefreshAt);
    this.nextDeadline = this.state === 'over' ? NEVER : earliest;
  }
}

const EMPTY = new Uint8Array(0);

function ignore(): void {}

/** Makes the TURN clients of an ICE agent: its `relayFactory`. */
export function turnRelay(options: TurnClientOptions, context: CoreContext): TurnClient {
  return new TurnClient(options, context);
}
