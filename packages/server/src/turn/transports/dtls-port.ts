import type { Clock, CoreContext, Instant, Path } from '@maru/protocol/core';
import { NEVER } from '@maru/protocol/core';
import { CookieJar, DtlsConnection, type DtlsEvent, type LocalCertificate, screenClientHello } from '@maru/protocol/dtls';
import { encodeChannelData, MAX_CHANNEL_DATA_BYTES } from '@maru/protocol/turn';
import type { ClientPath, IpEndpoint, Listener } from '@maru/protocol/turn/server';

/** Handshakes that may be going on at a time: of this port, and of one address (security.md, default budgets). */
const MAX_HALF_OPEN = 1_000;
const MAX_HALF_OPEN_PER_ADDRESS = 10;
const HANDSHAKE_TIMEOUT_MS = 30_000;
/** What one record holds (RFC 6347 §4.1.1): a longer datagram is lost, as in any path that is too narrow. */
const MAX_RECORD_BYTES = 16_384;
/** Cookies count for one to two of these. */
const COOKIE_LIFETIME_MS = 120_000;

/** What a port needs from whom it belongs to. */
export interface DtlsPortOwner {
  /** Sends a datagram from the port. Copies it. */
  sendDatagram(listener: Listener, to: IpEndpoint, bytes: Uint8Array): void;
  /** A client has shown that it is there and has keys. */
  clientOpened(listener: Listener, remote: IpEndpoint): ClientPath;
  clientData(path: ClientPath, bytes: Uint8Array): void;
  clientClosed(path: ClientPath): void;
  /** Everything at hand of a call that did not come with a batch was handed over. */
  settled(): void;
}

/** DTLS on one UDP port, for any number of clients: nothing is kept for one that has not returned its cookie (S-16). */
export class DtlsPort {
  /** Associations by address and port; those whose IPv6 addresses share a key are linked. */
  private readonly associations = new Map<number, Association>();
  private readonly halfOpenOf = new Map<string, number>();
  private halfOpen = 0;
  private readonly jar: CookieJar;
  private readonly cancelRotation: () => void;
  refused = 0;

  constructor(
    readonly listener: Listener,
    private certificate: LocalCertificate,
    private readonly context: CoreContext,
    private readonly clock: Clock,
    private readonly owner: DtlsPortOwner,
  ) {
    this.jar = new CookieJar(context.crypto, context.random);
    let cancel = (): void => {};
    const rotate = (): void => {
      this.jar.rotate();
      cancel = clock.schedule(clock.now() + COOKIE_LIFETIME_MS, rotate);
    };
    rotate();
    this.cancelRotation = () => cancel();
  }

  get size(): number {
    return this.associations.size;
  }

  /** Handshakes from now on show this one. */
  setCertificate(certificate: LocalCertificate): void {
    this.certificate = certificate;
  }

  /** One datagram for the port. `from` and `bytes` are lent. */
  receive(now: Instant, from: IpEndpoint, bytes: Uint8Array): void {
    const known = this.find(from);
    if (known) return known.receive(now, bytes);
    const path = pathBetween(this.listener, from);
    const verdict = screenClientHello(bytes, path, this.jar);
    if (verdict instanceof Uint8Array) this.owner.sendDatagram(this.listener, from, verdict);
    else if (verdict === 'pass') this.accept(now, from, path, bytes);
  }

  /** The association that carries `path`: what to call to send to that client. */
  of(path: ClientPath): Association | undefined {
    return this.find(path.remote);
  }

  close(now: Instant): void {
    this.cancelRotation();
    for (const first of [...this.associations.values()]) {
      for (let one: Association | undefined = first; one; one = one.next) one.close(now);
    }
    this.associations.clear();
  }

  private accept(now: Instant, from: IpEndpoint, path: Path, bytes: Uint8Array): void {
    const before = this.halfOpenOf.get(path.remoteAddress) ?? 0;
    if (this.halfOpen >= MAX_HALF_OPEN || before >= MAX_HALF_OPEN_PER_ADDRESS) {
      this.refused += 1;
      return;
    }
    this.halfOpen += 1;
    this.halfOpenOf.set(path.remoteAddress, before + 1);
    const remote = from.copy();
    const options = {
      certificate: this.certificate,
      path,
      cookies: this.jar,
      srtpProfiles: [],
      requiresClientCertificate: false,
      handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
    };
    const association = new Association(remote, new DtlsConnection(options, this.context), path, this.clock, {
      send: (datagram) => this.owner.sendDatagram(this.listener, remote, datagram),
      opened: () => {
        this.handshakeOver(path.remoteAddress);
        return this.owner.clientOpened(this.listener, remote);
      },
      data: (client, plain) => this.owner.clientData(client, plain),
      lost: (client) => this.owner.clientClosed(client),
      ended: (wasOpened) => {
        this.remove(association);
        if (!wasOpened) this.handshakeOver(path.remoteAddress);
      },
      settled: () => this.owner.settled(),
    });
    const key = keyOf(remote);
    association.next = this.associations.get(key);
    this.associations.set(key, association);
    association.start(now, bytes);
  }

  private handshakeOver(address: string): void {
    this.halfOpen -= 1;
    const left = (this.halfOpenOf.get(address) ?? 1) - 1;
    if (left > 0) this.halfOpenOf.set(address, left);
    else this.halfOpenOf.delete(address);
  }

  private find(endpoint: IpEndpoint): Association | undefined {
    let one = this.associations.get(keyOf(endpoint));
    while (one && !one.remote.isSame(endpoint)) one = one.next;
    return one;
  }

  private remove(association: Association): void {
    const key = keyOf(association.remote);
    const first = this.associations.get(key);
    if (first === association) {
      if (association.next) this.associations.set(key, association.next);
      else this.associations.delete(key);
      return;
    }
    let one = first;
    while (one && one.next !== association) one = one.next;
    if (one) one.next = association.next;
  }
}

/** Of IPv4 the whole end; IPv6 addresses may share one. A number that a double holds exactly. */
const keyOf = (endpoint: IpEndpoint): number => (endpoint.w3 >>> 0) * 0x1_0000 + endpoint.port;

function pathBetween({ local }: Listener, remote: IpEndpoint): Path {
  return { localAddress: local.address, localPort: local.port, remoteAddress: remote.address, remotePort: remote.port };
}

/** Where a message is put together on its way into a record. */
const FRAME = new Uint8Array(MAX_CHANNEL_DATA_BYTES);

interface AssociationOwner {
  send(datagram: Uint8Array): void;
  opened(): ClientPath;
  data(client: ClientPath, plain: Uint8Array): void;
  /** The client went, or broke the rules: not because we closed it. */
  lost(client: ClientPath): void;
  ended(wasOpened: boolean): void;
  settled(): void;
}

/** One client over DTLS, and the one timer that its handshake needs. */
export class Association {
  next: Association | undefined;
  private client: ClientPath | undefined;
  private cancelTimer: (() => void) | undefined;
  private armedFor: Instant = NEVER;
  private isClosing = false;
  private hasEnded = false;

  constructor(
    readonly remote: IpEndpoint,
    private readonly connection: DtlsConnection,
    private readonly path: Path,
    private readonly clock: Clock,
    private readonly owner: AssociationOwner,
  ) {}

  start(now: Instant, clientHello: Uint8Array): void {
    this.connection.start(now, 'server'); // anonymous: clients of TURN prove who they are by their credentials
    this.receive(now, clientHello);
  }

  receive(now: Instant, bytes: Uint8Array): void {
    this.connection.receive(now, bytes, this.path);
    this.settle();
  }

  /** Sends one message as one record. */
  send(bytes: Uint8Array): void {
    if (bytes.length <= MAX_RECORD_BYTES) this.connection.send(bytes);
    this.settle();
  }

  /** Sends ChannelData as one record. */
  sendChannelData(channel: number, bytes: Uint8Array, offset: number, length: number): void {
    const size = encodeChannelData(channel, bytes.subarray(offset, offset + length), false, FRAME);
    this.send(FRAME.subarray(0, size));
  }

  /** Says goodbye and ends, at our wish. */
  close(now: Instant): void {
    this.isClosing = true;
    this.connection.close(now);
    this.settle();
  }

  transmit(bytes: Uint8Array): void {
    this.owner.send(bytes);
  }

  data(bytes: Uint8Array): void {
    if (this.client) this.owner.data(this.client, bytes);
  }

  event(event: DtlsEvent): void {
    if (event.type === 'connected') this.client = this.owner.opened();
    if ((event.type === 'closed' || event.type === 'failed') && !this.hasEnded) {
      this.hasEnded = true;
      this.owner.ended(this.client !== undefined);
      if (this.client && !this.isClosing) this.owner.lost(this.client);
    }
  }

  private settle(): void {
    this.connection.drain(this);
    const deadline = this.hasEnded ? NEVER : this.connection.deadline;
    if (deadline === this.armedFor) return;
    this.cancelTimer?.();
    this.armedFor = deadline;
    this.cancelTimer = deadline === NEVER ? undefined : this.clock.schedule(deadline, this.onTimer);
  }

  private readonly onTimer = (): void => {
    this.armedFor = NEVER;
    this.connection.advance(this.clock.now());
    this.settle();
    this.owner.settled();
  };
}
