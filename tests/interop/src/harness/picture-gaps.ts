import type { Tab } from './browser.js';

interface PictureWatch {
  /** The times between pictures that were put on the screen, in milliseconds. */
  gaps: number[];
  /** How late the page's timers were at most: what stood still with them did so for want of a processor. */
  stalledMs: number;
  /** Which element it was on: another one begins to count anew. */
  element: HTMLVideoElement | undefined;
}

declare global {
  interface Window {
    maruPictures?: PictureWatch;
  }
}

/** Notes from now on when each picture of `person` is put on the screen of `tab`. */
export function watchPictures(tab: Tab, person: string): Promise<void> {
  return tab.evaluate((name) => {
    const LOOK_MS = 20;
    const find = (root: ParentNode): HTMLVideoElement | undefined => {
      for (const element of root.querySelectorAll<HTMLElement>('*')) {
        if (element.dataset['testid'] === 'tile' && element.dataset['name'] === name) {
          return element.shadowRoot?.querySelector('video') ?? undefined;
        }
        const found = element.shadowRoot && find(element.shadowRoot);
        if (found) return found;
      }
      return undefined;
    };
    const watch: PictureWatch = { gaps: [], stalledMs: 0, element: undefined };
    window.maruPictures = watch;
    const look = (dueAt: number): void => {
      watch.stalledMs = Math.max(watch.stalledMs, performance.now() - dueAt);
      const element = find(document);
      if (element && element !== watch.element) {
        watch.element = element;
        let before: { readonly at: number; readonly count: number } | undefined;
        // pictures go on while the page's scripts are busy: the browser counts those of which it could not tell
        const note = (at: number, { presentedFrames: count }: VideoFrameCallbackMetadata): void => {
          if (watch.element !== element) return;
          if (before) watch.gaps.push((at - before.at) / Math.max(1, count - before.count));
          before = { at, count };
          element.requestVideoFrameCallback(note);
        };
        element.requestVideoFrameCallback(note);
      }
      const nextAt = performance.now() + LOOK_MS;
      setTimeout(() => look(nextAt), LOOK_MS);
    };
    look(performance.now());
  }, person);
}

export interface PictureGaps {
  readonly pictures: number;
  /** The longest time without a new picture. */
  readonly longestMs: number;
  /** What is ordinary: nine of ten are shorter. */
  readonly p90Ms: number;
  /** How long the page itself stood still at most. */
  readonly stalledMs: number;
}

/** What was noted since {@link watchPictures}, or since this was asked last. */
export function pictureGaps(tab: Tab): Promise<PictureGaps> {
  return tab.evaluate(() => {
    const watch = window.maruPictures;
    if (!watch) throw new Error('the pictures of this page are not watched');
    const { stalledMs } = watch;
    const gaps = watch.gaps.splice(0);
    watch.stalledMs = 0;
    const sorted = [...gaps].sort((a, b) => a - b);
    return {
      stalledMs: Math.round(stalledMs),
      pictures: gaps.length,
      longestMs: sorted.at(-1) ?? Infinity,
      p90Ms: sorted[Math.floor(sorted.length * 0.9)] ?? Infinity,
    };
  }, undefined);
}
