import { nodeCrypto } from '@maru/node';
import { type CoreContext, type Instant, NEVER, SeededRandom, SILENT_LOG } from '../../core/index.js';
import { SctpAssociation, type SctpConfig, type SctpEvent, type SctpOutputs } from '../index.js';

/** What a link does to packets; all independent of each other. */
export interface LinkProfile {
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly loss?: number;
  readonly duplicate?: number;
  readonly rateBps?: number;
  readonly queueMs?: number;
  readonly mtuBytes?: number;
}

interface Packet {
  readonly at: Instant;
  readonly order: number;
  readonly to: End;
  readonly bytes: Uint8Array;
}

/** A message as the owner of an association got it. */
export interface Received {
  readonly streamId: number;
  readonly ppid: number;
  readonly bytes: Uint8Array;
  readonly at: Instant;
}

/** One end: an association, and all that came out of it. */
export class End implements SctpOutputs {
  readonly messages: Received[] = [];
  readonly events: SctpEvent[] = [];
  onMessage: ((message: Received) => void) | undefined;
  onEvent: ((event: SctpEvent) => void) | undefined;
  peer!: End;
  busyUntil: Instant = 0;
  transmitted = 0;
  lost = 0;

  constructor(
    private readonly ends: TwoEnds,
    readonly association: SctpAssociation,
  ) {}

  transmit(bytes: Uint8Array): void {
    this.transmitted += 1;
    this.ends.carry(this, bytes);
  }

  event(event: SctpEvent): void {
    this.events.push(event);
    this.onEvent?.(event);
  }

  message(streamId: number, ppid: number, bytes: Uint8Array): void {
    const message = { streamId, ppid, bytes, at: this.ends.now };
    if (this.onMessage) this.onMessage(message);
    else this.messages.push(message);
  }

  has(type: SctpEvent['type']): boolean {
    return this.events.some((event) => event.type === type);
  }
}

/** Seeded and silent: what a core gets in tests. */
export function testContext(seed: number): CoreContext {
  return { random: new SeededRandom(seed), crypto: nodeCrypto, log: SILENT_LOG };
}

/** Two associations and a link in virtual time. Lent bytes are poisoned after use. */
export class TwoEnds {
  now: Instant = 0;
  readonly a: End;
  readonly b: End;
  profile: LinkProfile;
  /** Sees each packet that leaves; false drops it. */
  filter: ((bytes: Uint8Array, from: End) => boolean) | undefined;
  private readonly random: SeededRandom;
  private readonly packets: Packet[] = [];
  private order = 0;

  constructor(
    options: { readonly a?: SctpConfig; readonly b?: SctpConfig; readonly link?: LinkProfile; readonly seed?: number } = {},
  ) {
    const seed = options.seed ?? 1;
    this.random = new SeededRandom(seed ^ 0x5eed);
    this.profile = options.link ?? {};
    this.a = new End(this, new SctpAssociation(options.a ?? {}, testContext(seed)));
    this.b = new End(this, new SctpAssociation(options.b ?? {}, testContext(seed + 1)));
    this.a.peer = this.b;
    this.b.peer = this.a;
  }

  /** Connects, from both sides unless told otherwise, and runs until both are up. */
  connected(from: 'both' | 'a' = 'both'): this {
    this.a.association.connect(this.now);
    if (from === 'both') this.b.association.connect(this.now);
    this.run(60_000, () => this.a.has('connected') && this.b.has('connected'));
    return this;
  }

  carry(from: End, bytes: Uint8Array): void {
    const { delayMs = 0, jitterMs = 0, loss = 0, duplicate = 0, rateBps = 0, queueMs = 100, mtuBytes = Infinity } = this.profile;
    if (bytes.length > mtuBytes) return;
    if (this.filter && !this.filter(bytes, from)) return;
    if (loss > 0 && this.random.unit() < loss) {
      from.lost += 1;
      return;
    }
    let leavesAt = this.now;
    if (rateBps > 0) {
      const start = Math.max(this.now, from.busyUntil);
      if (start - this.now > queueMs) {
        from.lost += 1;
        return;
      }
      leavesAt = start + ((bytes.length + 65) * 8_000) / rateBps; // DTLS, UDP and IP
      from.busyUntil = leavesAt;
    }
    const copies = duplicate > 0 && this.random.unit() < duplicate ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const jitter = jitterMs > 0 ? this.random.unit() * jitterMs : 0;
      this.push({ at: leavesAt + delayMs + jitter, order: this.order++, to: from.peer, bytes: bytes.slice() });
    }
  }

  /** Lets time pass until `done`, or until `untilMs` from now; returns whether it was done. */
  run(forMs: number, done: () => boolean = () => false): boolean {
    const end = this.now + forMs;
    this.settle();
    while (!done()) {
      const next = Math.min(this.packets[0]?.at ?? NEVER, this.a.association.deadline, this.b.association.deadline);
      if (next > end) {
        this.now = end;
        return done();
      }
      this.now = Math.max(this.now, next);
      this.step();
    }
    return true;
  }

  settle(): void {
    this.a.association.drain(this.a);
    this.b.association.drain(this.b);
  }

  private step(): void {
    if ((this.packets[0]?.at ?? NEVER) <= this.now) {
      const { to, bytes } = this.pop();
      to.association.receive(this.now, bytes);
      bytes.fill(0xdb);
      to.association.drain(to);
      return;
    }
    for (const end of [this.a, this.b]) {
      end.association.advance(this.now);
      end.association.drain(end);
    }
  }

  private push(packet: Packet): void {
    const { packets } = this;
    let at = packets.length;
    packets.push(packet);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(packet, packets[parent]!)) break;
      packets[at] = packets[parent]!;
      at = parent;
    }
    packets[at] = packet;
  }

  private pop(): Packet {
    const { packets } = this;
    const first = packets[0]!;
    const last = packets.pop()!;
    if (packets.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= packets.length) break;
      if (child + 1 < packets.length && isBefore(packets[child + 1]!, packets[child]!)) child += 1;
      if (!isBefore(packets[child]!, last)) break;
      packets[at] = packets[child]!;
      at = child;
    }
    packets[at] = last;
    return first;
  }
}

function isBefore(a: Packet, b: Packet): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** `length` bytes that differ from message to message. */
export function payload(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + seed * 17 + (i >>> 8)) & 0xff;
  return bytes;
}
