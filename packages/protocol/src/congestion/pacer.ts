import { type Instant, NEVER } from '../core/index.js';

/** What waits to be sent, the most urgent first. Padding never waits: it is made when there is room. */
export type PacedKind = 'audio' | 'retransmission' | 'video';

/** What leaves together, so that one system call takes it (UDP GSO): 5 ms of the rate, and ten packets. */
const BURST_MS = 5;
const BURST_PACKETS = 10;
/** Between two bursts: what timers can tell apart. */
const BURST_REST_MS = 1;
/** A timer that fires so late is made up for; what is later is lost, so that no burst follows on a pause. */
const MAX_LATENESS_MS = 15;
/** Media waits no longer than this: then the rate is exceeded. */
const DEFAULT_MAX_QUEUE_MS = 1_000;
/** While too much is on its way, this share of the rate keeps feedback alive. */
const CONGESTED_SHARE = 0.1;
/** A probe lasts this long, and has as many packets. */
const PROBE_MS = 15;
/** No longer than this, where it is to have more bytes. */
const LONGEST_PROBE_MS = 50;
const MIN_PROBE_PACKETS = 5;
const MIN_PROBE_PACKET_BYTES = 200;
const MAX_PROBE_PACKET_BYTES = 1_200;
/** A probe that finds nothing to send for so long is given up. */
const PROBE_PATIENCE_MS = 1_000;
const MAX_PROBES = 8;
/** Padding comes in packets of this size: the most that the size of padding can say is 255 (RFC 3550 §5.1). */
const PADDING_BYTES = 240;

/** What has left lately counts for the rate that is to flow at least, as long as this. */
const PADDING_DEBT_MS = 500;

/** Less than a bit of debt is none: arithmetic leaves some. */
const PAID_BITS = 1;

const FIRST_SLOTS = 16;

/** What queues have that were never used: most of them. */
const NO_NUMBERS = new Float64Array(0);
const NO_SIZES = new Int32Array(0);

/** Packets of one kind, in order: a ring that grows. */
class PacedQueue {
  length = 0;
  bytes = 0;
  private slots = 0;
  private head = 0;
  private streams = NO_NUMBERS;
  private packets = NO_NUMBERS;
  private sizes = NO_SIZES;
  private since = NO_NUMBERS;

  push(now: Instant, stream: number, packet: number, bytes: number): void {
    if (this.length === this.slots) this.grow();
    const slot = (this.head + this.length) % this.slots;
    this.streams[slot] = stream;
    this.packets[slot] = packet;
    this.sizes[slot] = bytes;
    this.since[slot] = now;
    this.length += 1;
    this.bytes += bytes;
  }

  get stream(): number {
    return this.streams[this.head]!;
  }

  get packet(): number {
    return this.packets[this.head]!;
  }

  get size(): number {
    return this.sizes[this.head]!;
  }

  /** Since when the oldest packet waits. */
  get oldestSince(): Instant {
    return this.length === 0 ? NEVER : this.since[this.head]!;
  }

  shift(): void {
    this.bytes -= this.sizes[this.head]!;
    this.head = (this.head + 1) % this.slots;
    this.length -= 1;
  }

  /** Takes out what waits of a stream, from packet `from` on. */
  forget(stream: number, from: number): void {
    for (let left = this.length; left > 0; left--) {
      const [of, packet, size, since] = [this.stream, this.packet, this.size, this.oldestSince];
      this.shift();
      if (of !== stream || packet < from) this.push(since, of, packet, size);
    }
  }

  private grow(): void {
    const slots = Math.max(FIRST_SLOTS, this.slots * 2);
    for (const name of ['streams', 'packets', 'since'] as const) {
      const grown = new Float64Array(slots);
      for (let i = 0; i < this.length; i++) grown[i] = this[name][(this.head + i) % this.slots]!;
      this[name] = grown;
    }
    const sizes = new Int32Array(slots);
    for (let i = 0; i < this.length; i++) sizes[i] = this.sizes[(this.head + i) % this.slots]!;
    this.sizes = sizes;
    this.head = 0;
    this.slots = slots;
  }
}

/** A probe: packets sent at a rate of its own, to see whether it gets through. */
interface Probe {
  id: number;
  bitsPerSecond: number;
  bytes: number;
  packets: number;
  sentBytes: number;
  sentPackets: number;
  /** NaN until its first packet leaves. */
  beganAt: Instant;
  askedAt: Instant;
}

/**
 * When which packet may leave. It holds no packets, only their order: the owner queues a number for each, asks {@link take} until it
 * says no, sends what it names, and comes back at {@link deadline}.
 *
 * Audio leaves at once. Everything else leaves at the pacing rate, retransmissions before new video, in bursts of at most 5 ms
 * of that rate and ten packets. Probes leave at their own rate, made of what waits and of padding.
 */
export class Pacer {
  /** What {@link take} has decided on; `padding` carries nothing. */
  kind: PacedKind | 'padding' = 'video';
  /** As queued: whose packet it is, and which. Of padding, 0. */
  stream = 0;
  packet = 0;
  /** Its size; of padding, how much is wanted: say how much it was by {@link padded}. */
  bytes = 0;
  /** The probe that it belongs to, or 0. */
  probe = 0;
  /** Whether the owner can make padding: retransmissions, or packets of nothing. Probes without media need it. */
  canPad = false;
  /** Too much is on its way: only audio goes at its rate. */
  isCongested = false;
  private readonly audio = new PacedQueue();
  private readonly retransmissions = new PacedQueue();
  private readonly video = new PacedQueue();
  private rateBps: number;
  private paddingBps = 0;
  /** What was sent beyond what the rate has allowed so far; below zero while late. */
  private debtBits = 0;
  private paddingDebtBits = 0;
  private at: Instant = Number.NaN;
  private isBursting = false;
  private burstPackets = 0;
  private readonly probes: Probe[] = [];
  private probeHead = 0;
  private probeCount = 0;

  /** `leastProbeBytes`: so much a probe has also where the rate is low, so that a moment in which a computer is busy does not pass for a fast path. */
  constructor(
    rateBps: number,
    private readonly maxQueueMs = DEFAULT_MAX_QUEUE_MS,
    private readonly leastProbeBytes = 0,
  ) {
    this.rateBps = rateBps;
  }

  /** How fast media may leave, and at least how much is to flow, padding included. */
  setRates(now: Instant, rateBps: number, paddingBps = 0): void {
    this.advance(now);
    this.rateBps = rateBps;
    this.paddingBps = paddingBps;
    this.owePadding(0);
  }

  /** A packet waits for its turn. `stream` and `packet` are the owner's numbers for it. */
  queue(now: Instant, kind: PacedKind, stream: number, packet: number, bytes: number): void {
    this.advance(now);
    this.queueOf(kind).push(now, stream, packet, bytes);
  }

  /** The stream has ended: what waits of it is not to be sent. */
  forget(stream: number): void {
    for (const queue of [this.audio, this.retransmissions, this.video]) queue.forget(stream, 0);
  }

  /** Video of a stream is not to be sent from packet `from` on, nor sent again: something newer makes it useless. */
  forgetVideo(stream: number, from: number): void {
    this.video.forget(stream, from);
    this.retransmissions.forget(stream, 0);
  }

  get queuedBytes(): number {
    return this.audio.bytes + this.retransmissions.bytes + this.video.bytes;
  }

  get queuedPackets(): number {
    return this.audio.length + this.retransmissions.length + this.video.length;
  }

  /** How long what waits takes to leave: an encoder that sees this grow drops a frame. */
  get queueMs(): number {
    return (this.queuedBytes * 8_000) / this.rateBps;
  }

  /** Sends at least so much, this fast, as soon as there is something to send. False when too many probes wait already. */
  startProbe(now: Instant, id: number, bitsPerSecond: number): boolean {
    if (this.probeCount === MAX_PROBES) return false;
    const slot = (this.probeHead + this.probeCount++) % MAX_PROBES;
    const probe = (this.probes[slot] ??= emptyProbe());
    probe.id = id;
    probe.bitsPerSecond = bitsPerSecond;
    probe.bytes = this.probeBytes(bitsPerSecond);
    probe.packets = MIN_PROBE_PACKETS;
    probe.sentBytes = probe.sentPackets = 0;
    probe.beganAt = Number.NaN;
    probe.askedAt = now;
    return true;
  }

  /** How many bytes a probe of this rate has at least. */
  probeBytes(bitsPerSecond: number): number {
    const bytesPerMs = bitsPerSecond / 8_000;
    return Math.ceil(Math.max(bytesPerMs * PROBE_MS, Math.min(this.leastProbeBytes, bytesPerMs * LONGEST_PROBE_MS)));
  }

  dropProbes(): void {
    this.probeCount = 0;
  }

  /** Lets time pass: the debt shrinks. */
  advance(now: Instant): void {
    const elapsedMs = Number.isNaN(this.at) ? 0 : Math.max(0, now - this.at);
    this.at = Number.isNaN(this.at) ? now : Math.max(now, this.at);
    const isWaiting = this.retransmissions.length + this.video.length > 0;
    const rate = this.effectiveBps;
    this.debtBits = Math.max(this.debtBits - (rate * elapsedMs) / 1_000, isWaiting ? (-rate * MAX_LATENESS_MS) / 1_000 : 0);
    this.owePadding((-this.paddingBps * elapsedMs) / 1_000);
    if (elapsedMs > 0) this.isBursting = false;
    const probe = this.currentProbe;
    if (probe && now - probe.askedAt > PROBE_PATIENCE_MS) this.endProbe();
  }

  /** Whether a packet is to leave now: then the fields say which. */
  take(now: Instant): boolean {
    this.advance(now);
    if (this.audio.length > 0) return this.takeFrom('audio', this.audio, 0);
    const probe = this.currentProbe;
    if (probe) {
      if (this.probeDueAt(probe) <= now) return this.takeForProbe(now, probe);
      if (!Number.isNaN(probe.beganAt)) return false;
    }
    const isWaiting = this.retransmissions.length + this.video.length > 0;
    if (isWaiting) return this.mayBurst() && this.takeMedia(0);
    return this.wantsPadding() && this.takePadding(PADDING_BYTES, 0);
  }

  /** So much padding was sent for what {@link take} asked; 0 if it cannot be made now. */
  padded(bytes: number): void {
    if (bytes === 0) {
      this.canPad = false;
      return;
    }
    this.account(bytes, this.probe);
  }

  /** So much left past the queue: what waits is later by it. */
  owe(bytes: number): void {
    this.debtBits += bytes * 8;
  }

  /** When {@link take} is next worth asking. */
  get deadline(): Instant {
    if (this.audio.length > 0) return this.at;
    const isWaiting = this.retransmissions.length + this.video.length > 0;
    const probe = this.currentProbe;
    if (probe && (isWaiting || this.canPad)) return Math.max(this.at, this.probeDueAt(probe));
    if (isWaiting) return this.at + Math.max(this.restMs, (this.debtBits * 1_000) / this.effectiveBps);
    if (this.paddingBps > 0 && this.canPad && !this.isCongested)
      return this.at + (Math.max(0, this.paddingDebtBits) * 1_000) / this.paddingBps;
    return NEVER;
  }

  /** Behind a burst of as many packets as may be, also where more are late. */
  private get restMs(): number {
    return this.isBursting && this.burstPackets >= BURST_PACKETS ? BURST_REST_MS : 0;
  }

  /** The rate, or more where what waits would wait too long. */
  private get effectiveBps(): number {
    if (this.isCongested) return this.rateBps * CONGESTED_SHARE;
    const oldest = Math.min(this.video.oldestSince, this.retransmissions.oldestSince);
    if (oldest === NEVER || Number.isNaN(this.at)) return this.rateBps;
    const leftMs = Math.max(1, this.maxQueueMs - (this.at - oldest));
    return Math.max(this.rateBps, ((this.retransmissions.bytes + this.video.bytes) * 8_000) / leftMs);
  }

  private queueOf(kind: PacedKind): PacedQueue {
    if (kind === 'audio') return this.audio;
    return kind === 'video' ? this.video : this.retransmissions;
  }

  /** A burst begins when the debt is paid, and ends after 5 ms of the rate. */
  private mayBurst(): boolean {
    if (this.debtBits < PAID_BITS && !this.isBursting) {
      this.isBursting = true;
      this.burstPackets = 0;
      return true;
    }
    return this.isBursting && this.burstPackets < BURST_PACKETS && this.debtBits < (this.effectiveBps * BURST_MS) / 1_000;
  }

  private wantsPadding(): boolean {
    return this.canPad && this.paddingBps > 0 && !this.isCongested && this.paddingDebtBits < PAID_BITS;
  }

  private takeMedia(probe: number): boolean {
    return this.retransmissions.length > 0
      ? this.takeFrom('retransmission', this.retransmissions, probe)
      : this.takeFrom('video', this.video, probe);
  }

  private takeFrom(kind: PacedKind, queue: PacedQueue, probe: number): boolean {
    this.kind = kind;
    this.stream = queue.stream;
    this.packet = queue.packet;
    this.bytes = queue.size;
    this.probe = probe;
    queue.shift();
    this.account(this.bytes, probe);
    return true;
  }

  private takePadding(bytes: number, probe: number): boolean {
    this.kind = 'padding';
    this.stream = this.packet = 0;
    this.bytes = bytes;
    this.probe = probe;
    return true;
  }

  private account(bytes: number, probe: number): void {
    this.debtBits += bytes * 8;
    this.owePadding(bytes * 8);
    this.burstPackets += 1;
    if (probe !== 0) this.countProbe(bytes);
  }

  /** What left before that is no reason to pad less now: it is a floor of the rate, not of a sum. */
  private owePadding(bits: number): void {
    const most = (this.paddingBps * PADDING_DEBT_MS) / 1_000;
    this.paddingDebtBits = Math.max(0, Math.min(this.paddingDebtBits + bits, most));
  }

  private get currentProbe(): Probe | undefined {
    return this.probeCount === 0 ? undefined : this.probes[this.probeHead]!;
  }

  private probeDueAt(probe: Probe): Instant {
    if (Number.isNaN(probe.beganAt)) return this.at;
    return probe.beganAt + (probe.sentBytes * 8_000) / probe.bitsPerSecond;
  }

  private takeForProbe(now: Instant, probe: Probe): boolean {
    const isWaiting = this.retransmissions.length + this.video.length > 0;
    if (!isWaiting && !this.canPad) return false;
    if (Number.isNaN(probe.beganAt)) probe.beganAt = now;
    return isWaiting ? this.takeMedia(probe.id) : this.takePadding(probePacketBytes(probe), probe.id);
  }

  private countProbe(bytes: number): void {
    const probe = this.currentProbe;
    if (!probe) return;
    probe.sentBytes += bytes;
    probe.sentPackets += 1;
    if (probe.sentBytes >= probe.bytes && probe.sentPackets >= probe.packets) this.endProbe();
  }

  private endProbe(): void {
    this.probeHead = (this.probeHead + 1) % MAX_PROBES;
    this.probeCount -= 1;
  }
}

/** Small where the rate is low: five large packets would fill the queue of a slow path. */
function probePacketBytes({ bytes, packets }: Probe): number {
  return Math.min(Math.max(Math.ceil(bytes / packets), MIN_PROBE_PACKET_BYTES), MAX_PROBE_PACKET_BYTES);
}

function emptyProbe(): Probe {
  return { id: 0, bitsPerSecond: 0, bytes: 0, packets: 0, sentBytes: 0, sentPackets: 0, beganAt: Number.NaN, askedAt: 0 };
}
