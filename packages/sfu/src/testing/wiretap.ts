import type { LinkDirection, VirtualNetwork } from '@maru/netsim';

type Carried = Parameters<LinkDirection['carry']>[0];

/** Somebody on the way of a client to the server: sees all datagrams that it sends, and may send others in its name. */
export class Wiretap {
  /** The last ones of media, as they went by. */
  readonly media: Uint8Array[] = [];
  mediaPackets = 0;
  /** When checks of ICE went by. */
  readonly checksAt: number[] = [];
  private last: Carried | undefined;

  constructor(
    private readonly network: VirtualNetwork,
    address: string,
    private readonly keep = 10_000,
  ) {
    const { up } = network.linkOf(address);
    const carry = up.carry.bind(up);
    up.carry = (packet, arrive) => {
      if (packet.protocol === 'udp') this.see(packet, packet.bytes);
      carry(packet, arrive);
    };
  }

  /** Sends a datagram as if the client had. */
  send(bytes: Uint8Array): void {
    const { last } = this;
    if (last) this.network.internet.route({ ...last, protocol: 'udp', bytes: new Uint8Array(bytes) });
  }

  private see(packet: Carried, bytes: Uint8Array): void {
    const [first, second] = [bytes[0]!, bytes[1]!];
    if (first < 4) this.checksAt.push(this.network.clock.now());
    if (first < 128 || first > 191) return;
    this.last = packet;
    if (second >= 192 && second <= 223) return; // RTCP (RFC 5761 §4)
    this.mediaPackets += 1;
    this.media.push(new Uint8Array(bytes));
    if (this.media.length > this.keep) this.media.shift();
  }
}
