import { nodeCrypto, systemClock, systemRandom } from '@maru/node';
import { type Path, SILENT_LOG } from '@maru/protocol/core';
import { DtlsConnection, type DtlsEvent, type DtlsRole, type LocalCertificate } from '@maru/protocol/dtls';
import { DtlsIntruder, type Intrusion, type IntrusionOutcome } from './dtls-intruder.js';
import type { Relay } from './relay.js';

/** Somebody on the path who does DTLS with one end in the other end's place. */
export interface Impostor {
  start(): void;
  receive(datagram: Uint8Array): void;
  stop(): void;
}

const PATH: Path = { localAddress: '', localPort: 0, remoteAddress: '', remotePort: 0 };
const isDtls = ([first = 0]: Uint8Array): boolean => first >= 20 && first < 64;

/** Keeps both ends' DTLS to itself; who has no impostor before it gets no answer. STUN goes through. */
export function intercept(relay: Relay, impostors: { readonly a?: Impostor; readonly b?: Impostor }): void {
  let hasBegun = false;
  relay.meddle = (bytes, from) => {
    if (!isDtls(bytes)) return [bytes];
    if (!hasBegun) for (const impostor of Object.values(impostors)) impostor.start(); // ICE has found its pair
    hasBegun = true;
    impostors[from]?.receive(bytes);
    return [];
  };
}

/** Our own DTLS at the relay, with whatever certificate and key it is given. It trusts everybody. */
export class HouseImpostor implements Impostor {
  /** Whether keys ever stood, which is more than it should get. */
  hasConnected = false;
  /** Resolves with the alert that the victim ended it with; undefined where it ended without one. */
  readonly alert: Promise<number | undefined>;
  private tellAlert: (alert: number | undefined) => void = () => {};
  private readonly connection: DtlsConnection;
  private cancelTimer = (): void => {};

  constructor(
    private readonly relay: Relay,
    private readonly victim: 'a' | 'b',
    private readonly role: DtlsRole,
    certificate: LocalCertificate,
  ) {
    const context = { random: systemRandom, crypto: nodeCrypto, log: SILENT_LOG };
    this.connection = new DtlsConnection({ certificate, path: PATH }, context);
    this.connection.judgePeer(systemClock.now(), 'accept');
    this.alert = new Promise((resolve) => {
      this.tellAlert = resolve;
    });
  }

  start(): void {
    this.connection.start(systemClock.now(), this.role);
    this.settle();
  }

  receive(datagram: Uint8Array): void {
    this.connection.receive(systemClock.now(), datagram, PATH);
    this.settle();
  }

  stop(): void {
    this.cancelTimer();
  }

  private onEvent(event: DtlsEvent): void {
    if (event.type === 'connected') this.hasConnected = true;
    if (event.type === 'failed') this.tellAlert(event.failure.receivedAlert);
  }

  private settle(): void {
    this.connection.drain({
      transmit: (bytes) => this.relay.send(new Uint8Array(bytes), this.victim),
      event: (event) => this.onEvent(event),
      data: () => {},
    });
    this.cancelTimer();
    const { deadline } = this.connection;
    if (deadline === Infinity) return;
    this.cancelTimer = systemClock.schedule(deadline, () => {
      this.connection.advance(systemClock.now());
      this.settle();
    });
  }
}

/** The client that lies, before `a`: the answerer is the DTLS client, and this one takes its place. */
export class LyingClient implements Impostor {
  readonly outcome: Promise<IntrusionOutcome>;
  private readonly intruder: DtlsIntruder;

  constructor(relay: Relay, intrusion: Intrusion) {
    this.intruder = new DtlsIntruder(intrusion, (datagram) => relay.send(datagram, 'a'));
    this.outcome = this.intruder.outcome;
  }

  start(): void {
    this.intruder.start();
  }

  receive(datagram: Uint8Array): void {
    this.intruder.receive(datagram);
  }

  stop(): void {}
}
