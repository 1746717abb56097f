import type { DatagramSocket, Path } from '@maru/protocol/core';
import type { VirtualHost } from '../host.js';
import type { VirtualNetwork } from '../virtual-network.js';
import { FlowRecord } from './flow-record.js';

const PACKET_BYTES = 1_200;
const ACKNOWLEDGEMENT_BYTES = 40;

/** Who decides when the next packet of {@link NumberedPackets} goes. */
export interface PacketSender {
  /** The packet of this number has arrived. */
  acknowledged(packet: number): void;
  /** Everything that came at once has been told: a moment to send. */
  fill(): void;
}

/** Packets of one size from a host to another, numbered, each acknowledged for itself: what downloads of every kind stand on. */
export class NumberedPackets {
  readonly record = new FlowRecord();
  private readonly socket: DatagramSocket;
  private readonly path: Path;
  private readonly packet = new Uint8Array(PACKET_BYTES);
  private readonly data = new DataView(this.packet.buffer);
  /** What the path takes without a queue. */
  private shortestMs = Infinity;

  constructor(
    private readonly network: VirtualNetwork,
    from: VirtualHost,
    to: VirtualHost,
    sender: PacketSender,
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
      datagram: (bytes) => sender.acknowledged(new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0)),
      settled: () => sender.fill(),
    };
  }

  send(number: number): void {
    const now = this.network.clock.now();
    this.data.setFloat64(0, number);
    this.data.setFloat64(8, now);
    this.record.sent(now, PACKET_BYTES);
    this.socket.send(this.packet, this.path);
  }

  private received(bytes: Uint8Array): void {
    const now = this.network.clock.now();
    const waitMs = now - new DataView(bytes.buffer, bytes.byteOffset).getFloat64(8);
    this.shortestMs = Math.min(this.shortestMs, waitMs);
    this.record.received(now, bytes.length, waitMs - this.shortestMs);
  }
}
