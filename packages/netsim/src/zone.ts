import type { DropReason, LinkDirection } from './link.js';
import type { Packet } from './packet.js';

/** What connects an address to its zone. */
export interface Attachment {
  /** From the address into the zone. */
  readonly up: LinkDirection;
  /** From the zone to the address. */
  readonly down: LinkDirection;
  /** Takes what arrives for the address. */
  deliver(packet: Packet): void;
}

/** Where packets go that a zone has no address for. */
export interface Gateway {
  outbound(packet: Packet): void;
  /** A host of the zone has come to have `address`. */
  attached?(address: string): void;
  detached?(address: string): void;
}

/** A network within which addresses reach one another: the internet, or what lies behind one NAT or firewall. */
export class Zone {
  gateway: Gateway | undefined;
  private readonly attachments = new Map<string, Attachment>();

  constructor(
    readonly name: string,
    private readonly dropped: (packet: Packet, reason: DropReason) => void,
  ) {}

  attach(address: string, attachment: Attachment): void {
    if (this.attachments.has(address)) throw new RangeError(`${address} is taken in zone ${this.name}`);
    this.attachments.set(address, attachment);
    this.gateway?.attached?.(address);
  }

  detach(address: string): void {
    if (this.attachments.delete(address)) this.gateway?.detached?.(address);
  }

  has(address: string): boolean {
    return this.attachments.has(address);
  }

  /** Brings `packet` nearer to its destination. */
  route(packet: Packet): void {
    const attachment = this.attachments.get(packet.destination.address);
    if (attachment) attachment.down.carry(packet, (arrived) => attachment.deliver(arrived));
    else if (this.gateway) this.gateway.outbound(packet);
    else this.dropped(packet, 'unroutable');
  }
}
