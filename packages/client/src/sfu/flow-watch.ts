import type { Clock, Instant } from '@maru/protocol/core';
import type { IncomingTrack } from '../mesh/peer.js';

const EVERY_MS = 50;
/** How often it is looked whether something comes after all. */
const IDLE_EVERY_MS = 500;
/** A track of which nothing has come by then carries nothing: it is muted, or its sender is gone. */
const IDLE_AFTER_MS = 1_500;
/** A way that is to take the place of another must be under way: its first picture may be followed by none for a while. */
const PICTURES_BEFORE_MOVE = 8;
const PACKETS_BEFORE_MOVE = 10;
/** In a section that showed somebody else, so many pictures are certainly of the new source. */
const PICTURES_AFTER_SWITCH = 3;

/** What a track must show: that it is the right one, or that another may be given up for it. */
export type FlowPurpose = 'switched' | 'move';

/** Whether something of a track has arrived and been decoded since it was looked at first. */
export interface Flow {
  readonly state: 'waiting' | 'flowing' | 'idle';
}

interface Watched extends Flow {
  state: Flow['state'];
  readonly receiver: RTCRtpReceiver;
  readonly kind: IncomingTrack['kind'];
  readonly needed: number;
  readonly since: Instant;
  baseline: number | undefined;
}

/** Looks at the counters of receivers until something has come. Looks only while somebody waits. */
export class FlowWatch {
  private readonly watched = new Set<Watched>();
  private cancel: (() => void) | undefined;
  private looking = false;
  private stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly changed: () => void,
  ) {}

  watch({ receiver, kind }: IncomingTrack, purpose: FlowPurpose): Flow {
    const watched: Watched = {
      state: 'waiting',
      receiver,
      kind,
      needed: neededFor(purpose, kind),
      since: this.clock.now(),
      baseline: undefined,
    };
    this.watched.add(watched);
    if (!this.looking) {
      this.cancel?.();
      this.look();
    }
    return watched;
  }

  /** Nobody waits for it any more. */
  forget(flow: Flow | undefined): void {
    if (flow) this.watched.delete(flow as Watched); // only this class makes them
  }

  stop(): void {
    this.stopped = true;
    this.cancel?.();
    this.watched.clear();
  }

  private look(): void {
    this.looking = true;
    void Promise.all([...this.watched].map((one) => this.measure(one))).then((changes) => {
      this.looking = false;
      if (this.stopped) return;
      if (changes.includes(true)) this.changed();
      if (this.watched.size > 0) {
        const isPatient = [...this.watched].every(({ state }) => state === 'idle');
        this.cancel = this.clock.schedule(this.clock.now() + (isPatient ? IDLE_EVERY_MS : EVERY_MS), () => this.look());
      }
    });
  }

  private async measure(one: Watched): Promise<boolean> {
    const count = await countOf(one);
    one.baseline ??= count;
    const before = one.state;
    if (count - one.baseline >= one.needed) one.state = 'flowing';
    else if (count === one.baseline && this.clock.now() - one.since >= IDLE_AFTER_MS) one.state = 'idle';
    if (one.state === 'flowing') this.watched.delete(one);
    return one.state !== before;
  }
}

function neededFor(purpose: FlowPurpose, kind: IncomingTrack['kind']): number {
  if (purpose === 'move') return kind === 'video' ? PICTURES_BEFORE_MOVE : PACKETS_BEFORE_MOVE;
  return kind === 'video' ? PICTURES_AFTER_SWITCH : 1;
}

/** Pictures decoded, or packets of sound received, so far. */
async function countOf({ receiver, kind }: Watched): Promise<number> {
  const report = (await receiver.getStats()) as unknown as ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  for (const entry of report.values()) {
    if (entry['type'] !== 'inbound-rtp') continue;
    const count = entry[kind === 'video' ? 'framesDecoded' : 'packetsReceived'];
    if (typeof count === 'number') return count;
  }
  return 0;
}
