// What a server and a page hold at a moment, to be compared with another moment.

import type { Tab } from './browser.js';
import type { MaruServer } from './server.js';

/** What the server counts of itself, by names of its metrics, labels added up; and its timers. */
export type ServerFigures = Readonly<Record<(typeof WANTED)[number] | 'timers', number>>;

const WANTED = [
  'maru_sessions',
  'maru_connections',
  'maru_links',
  'maru_streams',
  'maru_websockets',
  'maru_media_sessions',
  'maru_media_participants',
  'maru_media_tracks',
  'maru_media_tcp_streams',
  'nodejs_active_handles_total',
  'process_open_fds',
] as const;

export async function serverFigures(server: MaruServer): Promise<ServerFigures> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const sum = (pattern: RegExp): number => [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  const named = WANTED.map((name) => [name, sum(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))] as const);
  const timers = sum(/^nodejs_active_resources\{type="Timeout"\} (\S+)$/gm);
  return Object.fromEntries([...named, ['timers', timers]]) as ServerFigures; // all names are there
}

/** What a page holds. */
export interface PageFigures {
  /** RTCPeerConnections that are not closed. */
  readonly connections: number;
  /** Sections of those. */
  readonly transceivers: number;
  readonly tiles: number;
  readonly videos: number;
  /** Elements, in shadow roots too. */
  readonly elements: number;
  /** Bytes of the heap after everything is collected, where the browser tells: Chromium with {@link TELLS_HEAP}. */
  readonly heapBytes: number;
}

/** Flags of Chromium with which a page may collect its garbage and read what is left. */
export const TELLS_HEAP = ['--js-flags=--expose-gc', '--enable-precise-memory-info'];

/** The page needs RECORD_PEER_CONNECTIONS. */
export function pageFigures(tab: Tab): Promise<PageFigures> {
  return tab.evaluate(() => {
    let [tiles, videos, elements] = [0, 0, 0];
    const visit = (root: ParentNode): void => {
      for (const element of root.querySelectorAll<HTMLElement>('*')) {
        elements += 1;
        if (element.dataset?.['testid'] === 'tile') tiles += 1;
        if (element instanceof HTMLVideoElement) videos += 1;
        if (element.shadowRoot) visit(element.shadowRoot);
      }
    };
    visit(document);
    const open = (window.maruPeerConnections ?? []).filter(({ connectionState }) => connectionState !== 'closed');
    const transceivers = open.reduce((sum, connection) => sum + connection.getTransceivers().length, 0);
    (globalThis as { gc?: () => void }).gc?.();
    const { memory } = performance as { memory?: { usedJSHeapSize: number } };
    return { connections: open.length, transceivers, tiles, videos, elements, heapBytes: memory?.usedJSHeapSize ?? 0 };
  }, undefined);
}
