/** What keeps awake: a clock in milliseconds, and a turn of the event loop that does not wait. */
export interface BusyPollHost {
  now(): number;
  nextTurn(step: () => void): void;
}

/**
 * Keeps the event loop from sleeping for a while after each datagram, so that an answer is read when it comes and not when
 * the system has woken us: that takes tens of microseconds, more than all of WebRTC. It costs the core that it runs on.
 */
export class BusyPoll {
  private until = 0;
  private isAwake = false;

  constructor(
    private readonly host: BusyPollHost,
    private readonly spanMs: number,
  ) {}

  /** A datagram came. */
  heard(): void {
    this.until = this.host.now() + this.spanMs;
    if (this.isAwake) return;
    this.isAwake = true;
    this.host.nextTurn(this.step);
  }

  private readonly step = (): void => {
    if (this.host.now() < this.until) this.host.nextTurn(this.step);
    else this.isAwake = false;
  };
}

/** Longest that is taken for meant: a core that never sleeps is seldom what someone wants. */
const MAX_SPAN_US = 10_000;

/** A setImmediate makes the loop look at its sockets without waiting; unref'd, it does not keep the process alive. */
const eventLoop: BusyPollHost = {
  now: () => performance.now(),
  nextTurn: (step) => void setImmediate(step).unref(),
};

/** What the environment variable MARU_BUSY_POLL_US asks for; undefined where it asks for nothing, or for nonsense. */
export function busyPollFrom(microseconds: string | undefined, host: BusyPollHost = eventLoop): BusyPoll | undefined {
  const spanUs = Number(microseconds ?? 0);
  return spanUs > 0 && spanUs <= MAX_SPAN_US ? new BusyPoll(host, spanUs / 1_000) : undefined;
}

/** The event loop of this thread has one, or none: sockets tell it what they hear. */
export const busyPoll = busyPollFrom(process.env['MARU_BUSY_POLL_US']);
