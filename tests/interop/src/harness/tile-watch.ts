// What somebody sees of everybody in the hall: pictures as the browser counts them, and what stands in them.

import type { Tab } from './browser.js';

/** What has been seen of one tile since it was asked last. */
export interface TileSight {
  /** Pictures decoded. */
  readonly pictures: number;
  /** The longest time without a new one, up to now; up to half a second more than it was. */
  readonly longestMs: number;
  /** Widths of the pictures, each with how many there were. */
  readonly widths: Readonly<Record<string, number>>;
  /** How often the width changed. */
  readonly switches: number;
  /** The marks that were read in them, and how many numbers they have gone on by. */
  readonly marks: readonly number[];
  readonly numbersPassed: number;
}

/** Whether pictures with this mark go on in a tile, and no others. */
export function showsMark(sight: TileSight | undefined, mark: number): boolean {
  return sight !== undefined && sight.numbersPassed > 0 && sight.marks.join() === String(mark);
}

export interface TileSights {
  readonly elapsedMs: number;
  /** How late this page's timers were at most: what stood still with them did so for want of a processor. */
  readonly stalledMs: number;
  readonly tiles: Readonly<Record<string, TileSight>>;
}

interface Seen {
  element: HTMLVideoElement | undefined;
  track: string | undefined;
  decoded: number;
  pictures: number;
  lastAt: number;
  longestMs: number;
  width: number;
  widths: Record<string, number>;
  switches: number;
  marks: number[];
  number: number | undefined;
  numbersPassed: number;
}

declare global {
  interface Window {
    maruTiles?: { since: number; stalledMs: number; readonly byName: Map<string, Seen> };
  }
}

/** Watches all tiles of the hall in `tab` from now on. The page needs RECORD_PEER_CONNECTIONS. */
export function watchTiles(tab: Tab): Promise<void> {
  return tab.evaluate(() => {
    const LOOK_MS = 400;
    const SEARCH_EVERY = 4;
    const [MARK, NUMBER, CHECK] = [8, 10, 4]; // as burnt-camera.ts writes them
    const SQUARES = MARK + NUMBER + CHECK;
    const watch: NonNullable<Window['maruTiles']> = { since: performance.now(), stalledMs: 0, byName: new Map() };
    window.maruTiles = watch;
    const paper = document.createElement('canvas');
    [paper.width, paper.height] = [SQUARES * 4, 36];
    const pen = paper.getContext('2d', { willReadFrequently: true, alpha: false })!;

    const tilesIn = (root: ParentNode, found: HTMLElement[] = []): HTMLElement[] => {
      for (const element of root.querySelectorAll<HTMLElement>('*')) {
        if (element.dataset['testid'] === 'tile') found.push(element);
        else if (element.shadowRoot) tilesIn(element.shadowRoot, found);
      }
      return found;
    };
    const unseen = (): Seen => ({
      element: undefined,
      track: undefined,
      decoded: 0,
      pictures: 0,
      lastAt: performance.now(),
      longestMs: 0,
      width: 0,
      widths: {},
      switches: 0,
      marks: [],
      number: undefined,
      numbersPassed: 0,
    });
    /** Finds everybody's tile; who has none any more is not watched. */
    const search = (): void => {
      const before = new Map(watch.byName);
      watch.byName.clear();
      for (const tile of tilesIn(document)) {
        const name = `${tile.dataset['name']}${tile.dataset['kind'] === 'screen' ? ' (screen)' : ''}`;
        const seen = before.get(name) ?? unseen();
        seen.element = tile.shadowRoot?.querySelector('video') ?? undefined;
        watch.byName.set(name, seen);
      }
    };
    const count = (seen: Seen, track: string, decoded: number, width: number): void => {
      const now = performance.now();
      if (seen.track !== track) [seen.track, seen.decoded] = [track, decoded];
      const more = decoded - seen.decoded;
      seen.decoded = decoded;
      seen.longestMs = Math.max(seen.longestMs, now - seen.lastAt);
      if (more <= 0) return;
      if (seen.width > 0 && seen.width !== width) seen.switches += 1;
      seen.widths[width] = (seen.widths[width] ?? 0) + more;
      [seen.width, seen.lastAt] = [width, now];
      seen.pictures += more;
    };
    const read = (seen: Seen): void => {
      const { element } = seen;
      if (!element || element.videoWidth === 0) return;
      pen.drawImage(element, 0, 0, paper.width, paper.height);
      const { data } = pen.getImageData(0, paper.height - 2, paper.width, 1);
      let bits = '';
      for (let square = 0; square < SQUARES; square++) bits += data[(square * 4 + 2) * 4 + 1]! > 127 ? '1' : '0';
      const [mark, number, check] = [
        Number.parseInt(bits.slice(0, MARK), 2),
        Number.parseInt(bits.slice(MARK, MARK + NUMBER), 2),
        Number.parseInt(bits.slice(MARK + NUMBER), 2),
      ];
      if (mark === 0 || (mark + number) % 2 ** CHECK !== check) return; // nothing yet, between two pictures, or too blurred to read
      if (!seen.marks.includes(mark)) seen.marks.push(mark);
      if (seen.number !== undefined) seen.numbersPassed += (number - seen.number + 2 ** NUMBER) % 2 ** NUMBER;
      seen.number = number;
    };
    let round = 0;
    const look = async (dueAt: number): Promise<void> => {
      watch.stalledMs = Math.max(watch.stalledMs, performance.now() - dueAt);
      if (round++ % SEARCH_EVERY === 0) {
        search();
        for (const seen of watch.byName.values()) read(seen);
      }
      const byTrack = new Map<string, Seen>();
      for (const seen of watch.byName.values()) {
        const stream = seen.element?.srcObject;
        const track = stream instanceof MediaStream ? stream.getVideoTracks()[0] : undefined;
        if (track) byTrack.set(track.id, seen);
      }
      for (const connection of window.maruPeerConnections ?? []) {
        if (connection.connectionState === 'closed') continue;
        for (const { type, kind, trackIdentifier, framesDecoded = 0, frameWidth = 0 } of (await connection.getStats()).values()) {
          const seen = type === 'inbound-rtp' && kind === 'video' ? byTrack.get(trackIdentifier) : undefined;
          if (seen) count(seen, trackIdentifier, framesDecoded, frameWidth);
        }
      }
      const nextAt = performance.now() + LOOK_MS;
      setTimeout(() => void look(nextAt), LOOK_MS);
    };
    void look(performance.now());
  }, undefined);
}

/** What was seen since {@link watchTiles}, or since this was asked last. */
export function tileSights(tab: Tab): Promise<TileSights> {
  return tab.evaluate(() => {
    const watch = window.maruTiles;
    if (!watch) throw new Error('the tiles of this page are not watched');
    const now = performance.now();
    const tiles: Record<string, TileSight> = {};
    for (const [name, seen] of watch.byName) {
      const { pictures, widths, switches, marks, numbersPassed } = seen;
      const longestMs = Math.round(Math.max(seen.longestMs, now - seen.lastAt));
      tiles[name] = { pictures, longestMs, widths, switches, marks, numbersPassed };
      Object.assign(seen, { pictures: 0, longestMs: 0, widths: {}, switches: 0, marks: [], numbersPassed: 0 });
    }
    const sights = { elapsedMs: Math.round(now - watch.since), stalledMs: Math.round(watch.stalledMs), tiles };
    [watch.since, watch.stalledMs] = [now, 0];
    return sights;
  }, undefined);
}
