import type { Clock } from '@maru/protocol/core';
import type { IceServer } from '@maru/signaling';

/** Servers as the signaling server hands them out. */
export interface IceOffer {
  readonly iceServers?: readonly IceServer[] | undefined;
  readonly iceServersTtlMs?: number | undefined;
}

/** Asked for anew when so much of their time is over: pairs that are made meanwhile need credentials that are still good. */
const RENEW_AT = 0.8;

/** Keeps the credentials of relays fresh, for as long as they have an end. */
export class IceServerRenewal {
  private cancel = (): void => {};

  /** `ask` gets a new offer; `take` is given each, the first included. */
  constructor(
    private readonly clock: Clock,
    private readonly ask: () => Promise<IceOffer>,
    private readonly take: (servers: readonly IceServer[]) => void,
  ) {}

  /** These are the servers now. */
  offered({ iceServers, iceServersTtlMs }: IceOffer): void {
    this.stop();
    if (iceServers) this.take(iceServers);
    if (iceServersTtlMs === undefined) return;
    this.cancel = this.clock.schedule(this.clock.now() + RENEW_AT * iceServersTtlMs, () => void this.renew());
  }

  stop(): void {
    this.cancel();
  }

  /** A server that cannot renew keeps what it gave; coming back after an interruption brings others. */
  private async renew(): Promise<void> {
    const offer = await this.ask().catch(() => undefined);
    if (offer) this.offered(offer);
  }
}
