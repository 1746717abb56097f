import type { Clock } from '@maru/protocol/core';
import type { Tile } from '@maru/signaling';

/** Tiles change in bursts while a window is dragged; the server hears of where they end up. */
const SETTLES_MS = 150;

/** Tells the server how large everything is shown, at most some seven times a second, and only when it changed. */
export class TileBoard {
  private told = '';
  private cancel: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly tiles: () => readonly Tile[],
    private readonly tell: (tiles: Tile[]) => void,
  ) {}

  /** Something about the tiles may have changed. */
  changed(): void {
    this.cancel ??= this.clock.schedule(this.clock.now() + SETTLES_MS, () => {
      this.cancel = undefined;
      this.say();
    });
  }

  /** Says it again although it may not have changed: whoever knew it is gone. */
  again(): void {
    this.told = '';
    this.say();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private say(): void {
    const tiles = [...this.tiles()];
    const text = JSON.stringify(tiles);
    if (text === this.told) return;
    this.told = text;
    this.tell(tiles);
  }
}
