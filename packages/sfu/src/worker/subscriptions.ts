import type { Instant } from '@maru/protocol/core';
import type { Participant, Subscription, SubscriptionView } from '../core/index.js';
import type { Tile } from '../media-server/participant.js';
import type { LiveTrack } from './publications.js';

/** What is not on the list of tiles is visible, and nobody has said how large. */
const ORDINARY: SubscriptionView = { width: 0, height: 0, isVisible: true, priority: 1 };

/** What a connection wants of the others, and the router's subscriptions that follow from it. */
export class Subscriptions {
  private readonly byTrack = new Map<LiveTrack, Subscription>();
  /** Nobody has said anything yet where these are not there. */
  private wants: Map<string, { readonly audio: boolean; readonly video: boolean }> | undefined;
  private tiles: ReadonlyMap<string, SubscriptionView> | undefined;
  private maySubscribe = false;

  constructor(private readonly refused: (track: LiveTrack, code: string) => void) {}

  get all(): ReadonlyMap<LiveTrack, Subscription> {
    return this.byTrack;
  }

  permit(maySubscribe: boolean): void {
    this.maySubscribe = maySubscribe;
  }

  want(stream: string, wanted: { readonly audio: boolean; readonly video: boolean }): void {
    this.wants ??= new Map();
    this.wants.set(stream, wanted);
  }

  /** The whole screen, as it is now. */
  view(tiles: readonly Tile[]): void {
    this.tiles = new Map(
      tiles.map(({ stream, width, height, visible, priority }) => [stream, { width, height, isVisible: visible, priority }]),
    );
    for (const [track, subscription] of this.byTrack) subscription.see(this.viewOf(track));
  }

  /** Makes subscriptions to `tracks`, of others all, match what was said. */
  settle(now: Instant, core: Participant | undefined, tracks: Iterable<LiveTrack>): void {
    for (const track of tracks) this.consider(now, core, track);
  }

  /** One track came, or what is wanted of it changed. */
  consider(now: Instant, core: Participant | undefined, track: LiveTrack): void {
    const known = this.byTrack.get(track);
    const isWanted = core !== undefined && this.maySubscribe && (this.wants?.get(track.stream)?.[track.kind] ?? true);
    if (known && !isWanted) {
      this.byTrack.delete(track);
      known.end();
    }
    if (known || !isWanted) return;
    const subscription = core.subscribe(now, track.track, this.viewOf(track));
    if ('code' in subscription) this.refused(track, subscription.code);
    else this.byTrack.set(track, subscription);
  }

  /** The track is gone, and the router has ended what was subscribed to it. */
  forget(track: LiveTrack): void {
    this.byTrack.delete(track);
  }

  /** The router's participant is gone, and its subscriptions with it. */
  clear(): void {
    this.byTrack.clear();
  }

  private viewOf({ stream, kind }: LiveTrack): SubscriptionView {
    return kind === 'video' ? (this.tiles?.get(stream) ?? ORDINARY) : ORDINARY;
  }
}
