import { Store } from '../ui/store.js';

/** The places of the app, each with its address. */
export type Place =
  | { readonly name: 'door' }
  | { readonly name: 'hall'; readonly hall: string }
  | { readonly name: 'direct' }
  | { readonly name: 'lens' }
  | { readonly name: 'gallery'; readonly scene: string }
  | { readonly name: 'nowhere' };

/** Which place an address leads to. */
export function placeOf(path: string): Place {
  if (path === '/') return { name: 'door' };
  if (path === '/direct') return { name: 'direct' };
  if (path === '/lens') return { name: 'lens' };
  const hall = /^\/h\/([A-Za-z0-9][A-Za-z0-9_-]*)\/?$/.exec(path)?.[1];
  if (hall) return { name: 'hall', hall };
  const scene = /^\/gallery\/([a-z-]+)$/.exec(path)?.[1];
  return scene ? { name: 'gallery', scene } : { name: 'nowhere' };
}

/** Where the page is. Links inside the app change it without loading anything again. */
class Navigation extends Store {
  place: Place = { name: 'door' };

  start(): void {
    this.read();
    addEventListener('popstate', () => this.read());
    addEventListener('click', (event) => this.follow(event));
  }

  go(path: string): void {
    history.pushState(null, '', path);
    this.read();
    scrollTo(0, 0);
  }

  private read(): void {
    this.place = placeOf(location.pathname);
    this.changed();
  }

  /** Takes over plain clicks on links to our own pages; all others are the browser's. */
  private follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return;
    const place = placeOf(link.pathname);
    if (place.name === 'nowhere' || place.name === 'gallery') return;
    event.preventDefault();
    this.go(link.pathname + link.hash);
  }
}

export const navigation = new Navigation();
