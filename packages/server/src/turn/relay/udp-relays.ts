import { BindError, type DatagramPool } from '@maru/node';
import type { Relay } from '@maru/protocol/turn/server';

/** A burst of a peer's, some frames of video, must fit while the thread is busy. */
const RELAY_BUFFER_BYTES = 512 * 1024;
/** The same, of everybody's peers. */
const SHARED_BUFFER_BYTES = 8 * 1024 * 1024;

/** A socket that several relays have for theirs. */
interface SharedSocket {
  readonly socket: number;
  readonly relays: Set<Relay>;
}

/** The sockets of relayed addresses over UDP. Allocations that share one port share its socket. */
export class UdpRelays {
  /** By socket of the pool. */
  private readonly relays: (Relay | undefined)[] = [];
  private readonly shared = new Map<string, SharedSocket>();

  constructor(private readonly pool: DatagramPool) {}

  /** The relay whose socket this is: of several that share it, any. */
  at(socket: number): Relay | undefined {
    return this.relays[socket];
  }

  /** Binds. False when the port cannot be had. */
  open(relay: Relay): boolean {
    if (relay.isShared) return this.join(relay);
    const socket = this.bind(relay, RELAY_BUFFER_BYTES);
    if (socket === undefined) return false;
    relay.driverSlot = socket;
    this.relays[socket] = relay;
    return true;
  }

  close(relay: Relay): void {
    const socket = relay.driverSlot;
    if (socket < 0) return;
    relay.driverSlot = -1;
    if (relay.isShared && this.leave(relay)) return;
    this.relays[socket] = undefined;
    this.pool.close(socket);
  }

  private join(relay: Relay): boolean {
    const key = keyOf(relay);
    let shared = this.shared.get(key);
    if (!shared) {
      const socket = this.bind(relay, SHARED_BUFFER_BYTES);
      if (socket === undefined) return false;
      this.shared.set(key, (shared = { socket, relays: new Set() }));
      this.relays[socket] = relay;
    }
    shared.relays.add(relay);
    relay.driverSlot = shared.socket;
    return true;
  }

  /** Whether others have the socket still. */
  private leave(relay: Relay): boolean {
    const key = keyOf(relay);
    const shared = this.shared.get(key);
    if (!shared) return false;
    shared.relays.delete(relay);
    const [other] = shared.relays;
    if (!other) this.shared.delete(key);
    else if (this.relays[shared.socket] === relay) this.relays[shared.socket] = other;
    return other !== undefined;
  }

  private bind({ local }: Relay, bufferBytes: number): number | undefined {
    try {
      return this.pool.bind(local.address, local.port, { reportsErrors: true, mayFragment: true, bufferBytes });
    } catch (error) {
      if (error instanceof BindError) return undefined;
      throw error;
    }
  }
}

const keyOf = ({ local }: Relay): string => `${local.address} ${local.port}`;
