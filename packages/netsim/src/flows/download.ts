import type { DatagramSocket, Instant, Path } from '@maru/protocol/core';
import type { VirtualHost } from '../host.js';
import type { VirtualNetwork } from '../virtual-network.js';
import { FlowRecord } from './flow-record.js';

const PACKET_BYTES = 1_200;
const ACKNOWLEDGEMENT_BYTES = 40;

/** Numbered packets of one size from a host to another, each acknowledged for itself; when the next goes is for those who extend it. */
export abstract class Download {
  readonly record = new FlowRecord();
  protected isOver = false;
  private readonly socket: DatagramSocket;
  private readonly path: Path;
  private readonly packet = new Uint8Array(PACKET_BYTES);
  private readonly data = new DataView(this.packet.buffer);
  /** What the path takes without a queue. */
  private shortestMs = Infinity;

  constructor(
    protected readonly network: VirtualNetwork,
    from: VirtualHost,
    to: VirtualHost,
    startAt: Instant = 0,
  ) {
    this.socket = from.bindDatagram('0.0.0.0');
    const address = to.hostAddresses().find(({ isLoopback }) => !isLoopback)!.address;
    const receiver = to.bindDatagram(address);
    receiver.receiver = {
      datagram: (bytes, path) => {
        this.received(bytes);
        receiver.send(bytes.subarray(0, ACKNOWLEDGEMENT_BYTES), path);
      },
      settled() {},
    };
    this.path = this.socket.pathTo(address, receiver.localPort);
    this.socket.receiver = {
      datagram: (bytes) => this.acknowledged(new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0)),
      settled: () => this.fill(),
    };
    network.clock.schedule(startAt, () => this.begin());
  }

  end(): void {
    this.isOver = true;
  }

  /** It is time for the first packet. */
  protected abstract begin(): void;
  /** The packet of this number has arrived. */
  protected abstract acknowledged(packet: number): void;
  /** What came at once has been told: a moment to send. */
  protected abstract fill(): void;

  protected get now(): Instant {
    return this.network.clock.now();
  }

  protected send(packet: number): void {
    const { now } = this;
    this.data.setFloat64(0, packet);
    this.data.setFloat64(8, now);
    this.record.sent(now, PACKET_BYTES);
    this.socket.send(this.packet, this.path);
  }

  private received(bytes: Uint8Array): void {
    const { now } = this;
    const waitMs = now - new DataView(bytes.buffer, bytes.byteOffset).getFloat64(8);
    this.shortestMs = Math.min(this.shortestMs, waitMs);
    this.record.received(now, bytes.length, waitMs - this.shortestMs);
  }
}
