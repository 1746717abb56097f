import type { Slot, SlotSource } from '@maru/signaling';
import type { PairLog } from '../inspector/pair-log.js';
import type { VideoCodecs } from '../mesh/codec-preferences.js';
import type { IncomingTrack } from '../mesh/peer.js';
import type { TrackKind } from '../stream.js';

/** So many of each kind at first: a meeting of five needs no second offer. */
const FIRST_SLOTS = 4;
/** More than this are not made, whatever the server wants. */
const MOST_SLOTS = 128;

/** A track that comes in a slot. */
export interface SlotTrack extends IncomingTrack {
  readonly connectionId: string;
  /** Whether the slot carried something else before: then its last picture is of somebody else. */
  readonly isReused: boolean;
}

/** Sections in which the server sends: it puts another source into one without any negotiation. */
export class Slots {
  private readonly pools: Record<TrackKind, RTCRtpTransceiver[]> = { audio: [], video: [] };
  private readonly trackByMid = new Map<string, SlotTrack>();
  /** What the server said of sections that have no mid yet, or not any more. */
  private readonly sourceByMid = new Map<string, SlotSource>();
  private readonly used = new Set<string>();

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly codecs: VideoCodecs,
    private readonly log: PairLog,
  ) {}

  /** Makes the first slots. */
  open(): void {
    this.provide({ audio: FIRST_SLOTS, video: FIRST_SLOTS });
  }

  /** Has so many of each kind in all; makes the browser ask for a negotiation if some are missing. */
  provide(wanted: Readonly<Record<TrackKind, number>>): void {
    for (const kind of ['audio', 'video'] as const) {
      const pool = this.pools[kind];
      const count = Math.min(wanted[kind], MOST_SLOTS);
      if (count > pool.length) {
        this.log.call('addTransceiver', { kind, count: count - pool.length }, { key: 'slots-added', params: { kind, count } });
      }
      while (pool.length < count) pool.push(this.section(kind));
    }
  }

  private section(kind: TrackKind): RTCRtpTransceiver {
    const transceiver = this.connection.addTransceiver(kind, { direction: 'recvonly' });
    this.codecs.limit(transceiver);
    return transceiver;
  }

  /** Takes what the server says of slots that changed. */
  take(slots: readonly Slot[]): void {
    for (const { mid, source } of slots) {
      this.trackByMid.delete(mid);
      if (!source) this.sourceByMid.delete(mid);
      else this.sourceByMid.set(mid, source);
    }
    this.resolve();
  }

  /** What comes in now: the same object for the same track in the same slot. */
  get tracks(): Iterable<SlotTrack> {
    return this.trackByMid.values();
  }

  byMid(mid: string): SlotSource | undefined {
    return this.sourceByMid.get(mid);
  }

  /** Finds the sections that were named before they had a name. */
  resolve(): void {
    for (const [mid, source] of this.sourceByMid) {
      if (this.trackByMid.has(mid)) continue;
      const transceiver = this.pools[source.track].find((one) => one.mid === mid);
      if (!transceiver) continue;
      const { receiver } = transceiver;
      this.trackByMid.set(mid, {
        streamId: source.stream,
        connectionId: source.connection,
        kind: source.track,
        track: receiver.track,
        receiver,
        mid,
        isReused: this.used.has(mid),
      });
      this.used.add(mid);
    }
  }
}
