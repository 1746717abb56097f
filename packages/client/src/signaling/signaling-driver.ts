import { type Clock, type Instant, NEVER } from '@maru/protocol/core';
import type { ClientFrame, ClientMessage, ClientOpening } from '@maru/signaling';
import type { TransportName } from '../call.js';
import type { Carrier, OpenCarrier } from './carrier.js';
import type { SignalingCore, SignalingEvent, SignalingOutputs } from './signaling-core.js';

/** What travelled, for the inspector: never changed, never kept here. */
export type WireObserver = (direction: 'out' | 'in', content: unknown, transport: TransportName) => void;

/** Gives a {@link SignalingCore} its transports, one timer and the clock. Every input ends in `settle`. */
export class SignalingDriver implements SignalingOutputs {
  private readonly carriers = new Map<number, { readonly carrier: Carrier; readonly transport: TransportName }>();
  private cancelTimer: (() => void) | undefined;
  private armedFor: Instant = NEVER;

  constructor(
    private readonly core: SignalingCore,
    private readonly clock: Clock,
    private readonly openCarrier: OpenCarrier,
    private readonly onEvent: (event: SignalingEvent) => void,
    private readonly onWire: WireObserver,
  ) {}

  start(): void {
    this.core.start(this.clock.now());
    this.settle();
  }

  /** False when signaling is over, or ends by this. */
  post(message: ClientMessage): boolean {
    const taken = this.core.send(this.clock.now(), message);
    this.settle();
    return taken;
  }

  leave(): void {
    this.core.leave();
    this.settle();
  }

  wake(): void {
    this.core.wake(this.clock.now());
    this.settle();
  }

  networkChanged(): void {
    this.core.networkChanged(this.clock.now());
    this.settle();
  }

  wentOffline(): void {
    this.core.wentOffline();
    this.settle();
  }

  open(id: number, transport: TransportName, opening: ClientOpening): void {
    this.onWire('out', opening, transport);
    const carrier = this.openCarrier(transport, opening, {
      answered: (answer) => {
        this.onWire('in', answer, transport);
        this.core.carrierAnswered(this.clock.now(), id, answer);
        this.settle();
      },
      frame: (frame) => {
        this.onWire('in', frame, transport);
        this.core.carrierFrame(this.clock.now(), id, frame);
        this.settle();
      },
      failed: (why) => {
        this.core.carrierFailed(this.clock.now(), id, why);
        this.settle();
      },
    });
    this.carriers.set(id, { carrier, transport });
  }

  send(id: number, frames: readonly ClientFrame[]): void {
    const entry = this.carriers.get(id);
    if (!entry) return;
    for (const frame of frames) this.onWire('out', frame, entry.transport);
    entry.carrier.send(frames);
  }

  close(id: number, lastWords?: readonly ClientFrame[]): void {
    const entry = this.carriers.get(id);
    this.carriers.delete(id);
    entry?.carrier.close(lastWords);
  }

  event(event: SignalingEvent): void {
    this.onEvent(event);
  }

  /** Drains the core, then makes the one timer match its deadline. */
  private settle(): void {
    this.core.drain(this);
    const { deadline } = this.core;
    if (deadline === this.armedFor) return;
    this.cancelTimer?.();
    this.armedFor = deadline;
    this.cancelTimer = deadline === NEVER ? undefined : this.clock.schedule(deadline, this.onTimer);
  }

  private readonly onTimer = (): void => {
    this.armedFor = NEVER;
    this.core.advance(this.clock.now());
    this.settle();
  };
}
