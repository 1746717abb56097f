import { type Clock, type Instant, NEVER, type Path, type StreamReceiver, type StreamSocket } from '@maru/protocol/core';

/** One segment of a virtual TCP connection; `sequence` counts segments, not bytes. */
export interface TcpSegment {
  readonly kind: 'syn' | 'syn-ack' | 'data' | 'fin' | 'ack' | 'reset';
  readonly sequence: number;
  /** All segments below this one have arrived. */
  readonly acknowledged: number;
  readonly bytes: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);
const SEGMENT_BYTES = 1_400;
const WINDOW_SEGMENTS = 64;
const FIRST_RTO_MS = 200;
const MAX_ATTEMPTS = 8;

/**
 * A reliable byte stream over lossy links: enough of TCP to feel like it (hand-shake, order, retransmission, a window,
 * reset), without congestion control. What it carries is exact; how fast is not a model of any real TCP.
 */
export class VirtualTcpConnection implements StreamSocket {
  receiver: StreamReceiver | undefined;
  private readonly outgoing: TcpSegment[] = [];
  private readonly early = new Map<number, TcpSegment>();
  private nextSequence = 0;
  private expected = 0;
  private inFlight = 0;
  private attempts = 0;
  private retransmitAt: Instant = NEVER;
  private cancelTimer = (): void => {};
  private isOpen = false;
  private isOver = false;
  private finQueued = false;

  constructor(
    private readonly clock: Clock,
    readonly path: Path,
    private readonly transmit: (segment: TcpSegment) => void,
    /** Told once that the hand-shake is done, or with an error that it failed. */
    private readonly opened: (error: Error | undefined) => void,
    private readonly forgotten: () => void,
  ) {}

  /** Starts the hand-shake from this end. */
  connect(): void {
    this.enqueue('syn', NO_BYTES);
  }

  /** Answers a hand-shake that `syn` started. */
  accept(syn: TcpSegment): void {
    this.expected = syn.sequence + 1;
    this.enqueue('syn-ack', NO_BYTES);
  }

  get bufferedBytes(): number {
    let bytes = 0;
    for (const segment of this.outgoing) bytes += segment.bytes.length;
    return bytes;
  }

  write(bytes: Uint8Array): void {
    if (this.isOver || this.finQueued) return;
    for (let at = 0; at < bytes.length; at += SEGMENT_BYTES)
      this.enqueue('data', new Uint8Array(bytes.subarray(at, at + SEGMENT_BYTES)));
  }

  close(): void {
    if (this.isOver || this.finQueued) return;
    this.finQueued = true;
    this.enqueue('fin', NO_BYTES);
  }

  /** Takes a segment from the network. */
  arrive(segment: TcpSegment): void {
    if (this.isOver) return;
    if (segment.kind === 'reset') return this.end(new Error('connection reset by the other end'));
    this.acknowledge(segment.acknowledged);
    if (segment.kind === 'ack' || this.isOver) return;
    if (segment.sequence >= this.expected) this.early.set(segment.sequence, segment);
    this.deliverInOrder();
    if (!this.isOver) this.send({ kind: 'ack', sequence: 0, acknowledged: this.expected, bytes: NO_BYTES });
  }

  /** Ends at once, without telling the other end. */
  end(error: Error | undefined): void {
    if (this.isOver) return;
    this.isOver = true;
    this.cancelTimer();
    this.forgotten();
    if (!this.isOpen) this.opened(error ?? new Error('closed before it was open'));
    else this.receiver?.closed(error);
  }

  private deliverInOrder(): void {
    for (;;) {
      const segment = this.early.get(this.expected);
      if (!segment) return;
      this.early.delete(this.expected);
      this.expected += 1;
      if (segment.kind === 'syn-ack') this.becomeOpen();
      if (segment.kind === 'data') {
        this.receiver?.data(segment.bytes);
        segment.bytes.fill(0xdb);
      }
      if (segment.kind !== 'fin') continue;
      this.send({ kind: 'ack', sequence: 0, acknowledged: this.expected, bytes: NO_BYTES });
      if (this.outgoing.length === 0 || this.finQueued) return this.end(undefined);
      this.close();
      return;
    }
  }

  private acknowledge(upTo: number): void {
    const before = this.outgoing.length;
    while (this.outgoing.length > 0 && this.outgoing[0]!.sequence < upTo) {
      const acknowledged = this.outgoing.shift()!;
      this.inFlight = Math.max(0, this.inFlight - 1);
      this.attempts = 0;
      if (acknowledged.kind === 'syn-ack') this.becomeOpen();
      if (acknowledged.kind === 'fin') return this.end(undefined);
    }
    if (this.outgoing.length === before) return;
    this.arm();
    this.pump();
    if (this.outgoing.length === 0) this.receiver?.drained?.();
  }

  private becomeOpen(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.opened(undefined);
    this.pump();
  }

  private enqueue(kind: TcpSegment['kind'], bytes: Uint8Array): void {
    this.outgoing.push({ kind, sequence: this.nextSequence++, acknowledged: 0, bytes });
    this.pump();
  }

  private pump(): void {
    const window = this.isOpen ? WINDOW_SEGMENTS : 1;
    while (this.inFlight < Math.min(window, this.outgoing.length)) this.send(this.outgoing[this.inFlight++]!);
    if (this.retransmitAt === NEVER) this.arm();
  }

  private send(segment: TcpSegment): void {
    this.transmit({ ...segment, acknowledged: this.expected, bytes: new Uint8Array(segment.bytes) });
  }

  private arm(): void {
    this.cancelTimer();
    this.retransmitAt = NEVER;
    if (this.inFlight === 0 || this.isOver) return;
    this.retransmitAt = this.clock.now() + FIRST_RTO_MS * 2 ** this.attempts;
    this.cancelTimer = this.clock.schedule(this.retransmitAt, () => this.retransmit());
  }

  private retransmit(): void {
    this.retransmitAt = NEVER;
    this.attempts += 1;
    if (this.attempts > MAX_ATTEMPTS) return this.end(new Error('connection timed out'));
    for (const segment of this.outgoing.slice(0, this.inFlight)) this.send(segment);
    this.arm();
  }
}
