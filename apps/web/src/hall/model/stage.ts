import type { Layout, TileView } from './views.js';

export interface StageChoice {
  /** The tile that has the stage; undefined: all are equal. */
  readonly main: TileView | undefined;
  readonly others: readonly TileView[];
}

/**
 * Who has the stage. What a person pinned comes first; then a shared screen, the newest one, which takes the stage by itself and gives it
 * back when it ends; then, in the speaker arrangement, whoever speaks. Nobody else moves: tiles keep their order; beside a large picture
 * one's own comes last, where it is the first to have no room.
 */
export function chooseStage(
  tiles: readonly TileView[],
  { layout, pinnedKey, speakerId }: { layout: Layout; pinnedKey: string | undefined; speakerId: string | undefined },
): StageChoice {
  const main =
    tiles.find((tile) => tile.key === pinnedKey) ??
    tiles.findLast((tile) => tile.kind === 'screen' && !tile.isSelf) ??
    (layout === 'speaker' && tiles.length > 1 ? speakerTile(tiles, speakerId) : undefined);
  if (!main) return { main, others: tiles };
  const others = tiles.filter((tile) => tile !== main);
  return { main, others: [...others.filter((tile) => !tile.isSelf), ...others.filter((tile) => tile.isSelf)] };
}

/** Whoever speaks, else the first of the others: one's own picture is never the large one. */
function speakerTile(tiles: readonly TileView[], speakerId: string | undefined): TileView | undefined {
  const others = tiles.filter((tile) => !tile.isSelf && tile.kind === 'camera');
  return others.find((tile) => tile.personId === speakerId) ?? others[0];
}

/** How long somebody must be heard before the large picture changes, and how long it then stays at least. */
const BECOMES_AFTER_MS = 600;
const STAYS_MS = 2_500;

/** Decides who is "the speaker": a cough does not take the stage, and it does not flicker between two who laugh. */
export class SpeakerChooser {
  current: string | undefined;
  private chosenAt = -Infinity;
  private readonly heardSince = new Map<string, number>();

  /** Takes who is heard at `now` (milliseconds, monotonic); returns whether the speaker changed. */
  hear(now: number, speaking: ReadonlySet<string>): boolean {
    for (const id of [...this.heardSince.keys()]) if (!speaking.has(id)) this.heardSince.delete(id);
    for (const id of speaking) if (!this.heardSince.has(id)) this.heardSince.set(id, now);
    if (this.current !== undefined && speaking.has(this.current)) return false;
    if (now - this.chosenAt < STAYS_MS && this.current !== undefined) return false;
    const next = [...this.heardSince].find(([, since]) => now - since >= BECOMES_AFTER_MS)?.[0];
    if (next === undefined || next === this.current) return false;
    this.current = next;
    this.chosenAt = now;
    return true;
  }

  /** Somebody left. */
  forget(id: string): void {
    this.heardSince.delete(id);
    if (this.current === id) this.current = undefined;
  }
}
