import { type Clock, NEVER } from '@maru/protocol/core';
import { RestartPolicy } from './restart-policy.js';

/** A {@link RestartPolicy} with its timer: calls `due` each time that ICE is to be restarted, until it is stopped. */
export class Restarts {
  private readonly policy: RestartPolicy;
  private cancelTimer: (() => void) | undefined;
  private isStopped = false;

  constructor(
    private readonly clock: Clock,
    polite: boolean,
    private readonly due: () => void,
  ) {
    this.policy = new RestartPolicy(polite);
  }

  /** How many restarts in this trouble so far. */
  get attempt(): number {
    return this.policy.attempt;
  }

  networkChanged(): void {
    this.policy.networkChanged(this.clock.now());
    this.arm();
  }

  /** Whether signaling can carry an offer now. */
  signalingChanged(carrying: boolean): void {
    this.policy.signalingChanged(this.clock.now(), carrying);
    this.arm();
  }

  /** The W3C connection state changed. */
  stateChanged(state: RTCPeerConnectionState): void {
    this.policy.stateChanged(this.clock.now(), state);
    this.arm();
  }

  stop(): void {
    this.isStopped = true;
    this.cancelTimer?.();
  }

  /** Makes the one timer match the policy's deadline. */
  private arm(): void {
    this.cancelTimer?.();
    const { deadline } = this.policy;
    this.cancelTimer = deadline === NEVER || this.isStopped ? undefined : this.clock.schedule(deadline, () => this.elapsed());
  }

  private elapsed(): void {
    if (this.policy.advance(this.clock.now())) this.due();
    this.arm();
  }
}
