import type { DatagramSocket, Instant, Path } from '@maru/protocol/core';
import type { VirtualHost } from '../host.js';
import type { VirtualNetwork } from '../virtual-network.js';
import { FlowRecord } from './flow-record.js';

const PACKET_BYTES = 1_200;
const ACKNOWLEDGEMENT_BYTES = 40;
const FIRST_WINDOW = 10;
/** What CUBIC keeps of its window at a loss, and how fast it comes back (RFC 9438 §4.6, §5.1). */
const BETA = 0.7;
const GROWTH = 0.4;
const REORDERING = 3;
const MIN_TIMEOUT_MS = 1_000;

/** A download that takes all it gets until packets are lost: a window that follows CUBIC (RFC 9438), as TCP has it, without its bytes. */
export class WindowFlow {
  readonly record = new FlowRecord();
  private readonly socket: DatagramSocket;
  private readonly path: Path;
  private readonly packet = new Uint8Array(PACKET_BYTES);
  private readonly data = new DataView(this.packet.buffer);
  private readonly inFlight = new Map<number, Instant>();
  private window = FIRST_WINDOW;
  private threshold = Infinity;
  private windowAtLoss = 0;
  private lostAt: Instant = Number.NaN;
  private next = 0;
  private recovery = -1;
  private roundTripMs = 200;
  private shortestMs = Infinity;
  private heardAt: Instant = 0;
  private isOver = false;

  constructor(
    private readonly network: VirtualNetwork,
    from: VirtualHost,
    to: VirtualHost,
    startAt: Instant = 0,
  ) {
    this.socket = from.bindDatagram('0.0.0.0');
    const address = to.hostAddresses().find(({ isLoopback }) => !isLoopback)!.address;
    const receiver = to.bindDatagram(address);
    receiver.receiver = {
      datagram: (bytes, path) => {
        const waitMs = this.now - new DataView(bytes.buffer, bytes.byteOffset).getFloat64(8);
        this.shortestMs = Math.min(this.shortestMs, waitMs);
        this.record.received(this.now, bytes.length, waitMs - this.shortestMs);
        receiver.send(bytes.subarray(0, ACKNOWLEDGEMENT_BYTES), path);
      },
      settled() {},
    };
    this.path = this.socket.pathTo(address, receiver.localPort);
    this.socket.receiver = {
      datagram: (bytes) => this.acknowledged(new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0)),
      settled: () => this.fill(),
    };
    network.clock.schedule(startAt, () => {
      this.heardAt = this.now;
      this.fill();
      this.watch();
    });
  }

  end(): void {
    this.isOver = true;
  }

  private get now(): Instant {
    return this.network.clock.now();
  }

  private fill(): void {
    while (!this.isOver && this.inFlight.size < this.window) {
      this.data.setFloat64(0, this.next);
      this.data.setFloat64(8, this.now);
      this.inFlight.set(this.next++, this.now);
      this.record.sent(this.now, PACKET_BYTES);
      this.socket.send(this.packet, this.path);
    }
  }

  private acknowledged(packet: number): void {
    const sentAt = this.inFlight.get(packet);
    if (sentAt === undefined) return;
    this.heardAt = this.now;
    this.inFlight.delete(packet);
    this.roundTripMs += (this.now - sentAt - this.roundTripMs) / 8;
    for (const earlier of this.inFlight.keys()) {
      if (earlier > packet - REORDERING) break;
      this.inFlight.delete(earlier);
      if (earlier > this.recovery) this.shrink();
    }
    this.grow();
  }

  private grow(): void {
    if (this.window < this.threshold) {
      this.window += 1;
      return;
    }
    const seconds = (this.now - this.lostAt) / 1_000;
    const back = Math.cbrt((this.windowAtLoss * (1 - BETA)) / GROWTH);
    const cubic = GROWTH * (seconds - back) ** 3 + this.windowAtLoss;
    const reno = this.windowAtLoss * BETA + ((3 * (1 - BETA)) / (1 + BETA)) * ((seconds * 1_000) / this.roundTripMs);
    this.window += Math.min(0.5, Math.max(0, (Math.max(cubic, reno) - this.window) / this.window));
  }

  private shrink(): void {
    this.recovery = this.next - 1;
    this.windowAtLoss = this.window;
    this.lostAt = this.now;
    this.window = Math.max(2, this.window * BETA);
    this.threshold = this.window;
  }

  private watch(): void {
    if (this.isOver) return;
    if (this.now - this.heardAt > Math.max(MIN_TIMEOUT_MS, 3 * this.roundTripMs)) {
      this.shrink();
      this.window = 1;
      this.inFlight.clear();
      this.heardAt = this.now;
      this.fill();
    }
    this.network.clock.schedule(this.now + 200, () => this.watch());
  }
}
