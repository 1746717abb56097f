import { BindError, type DatagramPool } from '@maru/node';
import type { Relay } from '@maru/protocol/turn/server';

/** A burst of a peer's, some frames of video, must fit while the thread is busy. */
const RELAY_BUFFER_BYTES = 512 * 1024;

/** The sockets of relayed addresses over UDP. Allocations that share one port share its socket. */
export class UdpRelays {
  /** By socket of the pool. */
  private readonly relays: (Relay | undefined)[] = [];
  private readonly uses: number[] = [];

  constructor(private readonly pool: DatagramPool) {}

  /** The relay whose socket this is: of several that share it, any. */
  at(socket: number): Relay | undefined {
    return this.relays[socket];
  }

  /** Binds. False when the port cannot be had. */
  open(relay: Relay): boolean {
    try {
      const socket = this.pool.bind(relay.local.address, relay.local.port, {
        reportsErrors: true,
        mayFragment: true,
        bufferBytes: RELAY_BUFFER_BYTES,
      });
      relay.driverSlot = socket;
      this.relays[socket] = relay;
      this.uses[socket] = 1;
      return true;
    } catch (error) {
      if (error instanceof BindError) return false;
      throw error;
    }
  }

  close(relay: Relay): void {
    const socket = relay.driverSlot;
    if (socket < 0) return;
    relay.driverSlot = -1;
    this.relays[socket] = undefined;
    this.pool.close(socket);
  }
}
