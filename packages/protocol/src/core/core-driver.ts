import { NEVER, type Outputs, type Path, type ProtocolCore } from './contract.js';
import type { Clock, DatagramReceiver, DatagramSocket } from './network.js';

/** Runs one core over one socket and one clock, virtual or real. After each call into the core, call {@link settle}. */
export class CoreDriver<Event> implements Outputs<Event>, DatagramReceiver {
  private cancelTimer: (() => void) | undefined;
  private armedFor = NEVER;

  constructor(
    private readonly socket: DatagramSocket,
    private readonly core: ProtocolCore<Event>,
    private readonly clock: Clock,
    private readonly onEvent: (event: Event) => void,
  ) {
    socket.receiver = this;
    this.settle();
  }

  datagram(bytes: Uint8Array, path: Path): void {
    this.core.receive(this.clock.now(), bytes, path);
  }

  settled(): void {
    this.settle();
  }

  transmit(bytes: Uint8Array, path: Path): void {
    this.socket.send(bytes, path);
  }

  event(event: Event): void {
    this.onEvent(event);
  }

  /** Drains the core, then makes the one timer match its deadline. */
  settle(): void {
    this.core.drain(this);
    this.socket.flush();
    const { deadline } = this.core;
    if (deadline === this.armedFor) return;
    this.cancelTimer?.();
    this.armedFor = deadline;
    this.cancelTimer = deadline === NEVER ? undefined : this.clock.schedule(deadline, this.onTimer);
  }

  /** Stops the timer and closes the socket. */
  close(): void {
    this.cancelTimer?.();
    this.armedFor = NEVER;
    this.socket.close();
  }

  private readonly onTimer = (): void => {
    this.armedFor = NEVER;
    this.core.advance(this.clock.now());
    this.settle();
  };
}
