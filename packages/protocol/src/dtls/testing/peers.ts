import { generateCertificate, nodeCrypto } from '@maru/node';
import {
  type CoreContext,
  type CryptoProvider,
  type Instant,
  NEVER,
  type Path,
  SeededRandom,
  SILENT_LOG,
} from '../../core/index.js';
import { DtlsConnection, type DtlsEvent, type DtlsOptions, type DtlsOutputs, type DtlsRole, fingerprintOf } from '../index.js';

export const IDENTITIES = {
  ecdsa: await generateCertificate(),
  other: await generateCertificate(),
  p384: await generateCertificate({ algorithm: 'ecdsa-p384' }),
  rsa: await generateCertificate({ algorithm: 'rsa-2048' }),
};

export const PATH: Path = { localAddress: '10.0.0.1', localPort: 1, remoteAddress: '10.0.0.2', remotePort: 2 };

export function context(seed = 1, crypto: CryptoProvider = nodeCrypto): CoreContext {
  return { random: new SeededRandom(seed), crypto, log: SILENT_LOG };
}

/** One end with everything that came out of it. */
export class Peer implements DtlsOutputs {
  readonly connection: DtlsConnection;
  readonly events: DtlsEvent[] = [];
  readonly received: Uint8Array[] = [];
  /** Datagrams not yet taken by a link. */
  readonly outgoing: Uint8Array[] = [];

  constructor(
    readonly role: DtlsRole,
    options: Partial<DtlsOptions> = {},
    seed = role === 'client' ? 1 : 2,
    crypto: CryptoProvider = nodeCrypto,
  ) {
    this.connection = new DtlsConnection({ certificate: IDENTITIES.ecdsa, path: PATH, ...options }, context(seed, crypto));
  }

  transmit(bytes: Uint8Array): void {
    this.outgoing.push(bytes.slice());
    bytes.fill(0xdb); // lent: whoever keeps it, keeps poison
  }

  event(event: DtlsEvent): void {
    this.events.push(event);
  }

  data(bytes: Uint8Array): void {
    this.received.push(bytes.slice());
  }

  /** Feeds one datagram, poisoned right after. */
  receive(now: Instant, datagram: Uint8Array): void {
    const lent = datagram.slice();
    this.connection.receive(now, lent, PATH);
    lent.fill(0xdb);
    this.connection.drain(this);
  }

  /** What came out since the last time. */
  take(): Uint8Array[] {
    this.connection.drain(this);
    return this.outgoing.splice(0);
  }

  eventsOf<T extends DtlsEvent['type']>(type: T): Extract<DtlsEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<DtlsEvent, { type: T }> => event.type === type);
  }
}

/** A client and a server; each expects the other's fingerprint unless told not to. */
export function twoPeers(
  options: { client?: Partial<DtlsOptions>; server?: Partial<DtlsOptions>; seed?: number; expects?: boolean } = {},
): { client: Peer; server: Peer } {
  const seed = options.seed ?? 1;
  const client = new Peer('client', options.client, seed * 2);
  const server = new Peer('server', options.server, seed * 2 + 1);
  if (options.expects !== false) {
    expectEachOther(0, client, server, options);
  }
  return { client, server };
}

export function expectEachOther(
  now: Instant,
  client: Peer,
  server: Peer,
  options: { client?: Partial<DtlsOptions>; server?: Partial<DtlsOptions> } = {},
): void {
  const fingerprint = (of: Partial<DtlsOptions> | undefined) => [
    fingerprintOf(nodeCrypto, (of?.certificate ?? IDENTITIES.ecdsa).chain[0]!),
  ];
  client.connection.expectFingerprints(now, fingerprint(options.server));
  server.connection.expectFingerprints(now, fingerprint(options.client));
}

/** What a link does to datagrams. */
export interface LinkProfile {
  readonly latencyMs?: number;
  readonly jitterMs?: number;
  /** Chance that a datagram takes `latencyMs` longer, so that others overtake it. */
  readonly reorder?: number;
  readonly loss?: number;
  readonly duplicate?: number;
  /** Larger datagrams vanish. */
  readonly mtuBytes?: number;
}

interface Delivery {
  readonly at: Instant;
  readonly to: Peer;
  readonly datagram: Uint8Array;
}

/** Carries datagrams between two peers under virtual time and one seed. */
export class Link {
  now: Instant = 0;
  sent = 0;
  private readonly inFlight: Delivery[] = [];
  private readonly random: SeededRandom;

  constructor(
    private readonly a: Peer,
    private readonly b: Peer,
    private readonly profile: LinkProfile = {},
    seed = 1,
  ) {
    this.random = new SeededRandom(seed);
  }

  start(): this {
    for (const peer of [this.b, this.a]) {
      peer.connection.start(this.now, peer.role);
      this.collect();
    }
    return this;
  }

  /** Runs until `isDone` or until nothing is left to happen before `untilMs`. Returns whether it is done. */
  run(untilMs: number, isDone: () => boolean): boolean {
    for (let steps = 0; steps < 200_000; steps++) {
      this.collect();
      if (isDone()) return true;
      const next = this.inFlight[0]?.at ?? NEVER;
      const at = Math.min(next, this.a.connection.deadline, this.b.connection.deadline);
      if (at > untilMs) {
        this.now = untilMs;
        return false;
      }
      this.now = Math.max(this.now, at);
      if (next <= this.now) {
        const { to, datagram } = this.inFlight.shift()!;
        to.receive(this.now, datagram);
      } else {
        this.a.connection.advance(this.now);
        this.b.connection.advance(this.now);
      }
    }
    throw new Error('the connections never come to rest');
  }

  /** Runs until both ends are connected. */
  connect(untilMs = 30_000): boolean {
    return this.run(untilMs, () => [this.a, this.b].every(({ connection }) => connection.state === 'connected'));
  }

  private collect(): void {
    for (const [from, to] of [
      [this.a, this.b],
      [this.b, this.a],
    ] as const) {
      for (const datagram of from.take()) this.carry(datagram, to);
    }
  }

  private carry(datagram: Uint8Array, to: Peer): void {
    const { latencyMs = 10, jitterMs = 0, reorder = 0, loss = 0, duplicate = 0, mtuBytes = 65_535 } = this.profile;
    this.sent += 1;
    const copies = this.random.unit() < duplicate ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (this.random.unit() < loss || datagram.length > mtuBytes) continue;
      const extra = this.random.unit() * jitterMs + (this.random.unit() < reorder ? latencyMs : 0);
      const delivery = { at: this.now + latencyMs + extra, to, datagram };
      const place = this.inFlight.findIndex(({ at }) => at > delivery.at);
      if (place < 0) this.inFlight.push(delivery);
      else this.inFlight.splice(place, 0, delivery);
    }
  }
}
