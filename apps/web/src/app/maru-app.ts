import { css, html } from 'lit';
import '../door/door.js';
import { words } from '../i18n/index.js';
import { MaruElement } from '../ui/element.js';
import { Watch } from '../ui/store.js';
import { base, buttons } from '../ui/styles.js';
import '../ui/wordmark.js';
import { navigation } from './navigation.js';
import './page-menu.js';

/** The whole app: one place at a time. Everything behind the front door is loaded when somebody goes there. */
export class MaruApp extends MaruElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
        min-height: 100dvh;
      }
      header {
        box-sizing: border-box;
        display: flex;
        align-items: center;
        justify-content: space-between;
        max-width: 74rem;
        margin: 0 auto;
        padding: 0.9rem max(1rem, env(safe-area-inset-right)) 0 max(1rem, env(safe-area-inset-left));
      }
      .nowhere {
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 1rem;
        min-height: 100dvh;
        padding: 2rem;
        text-align: center;
      }
      h1 {
        font-size: var(--text-xl);
      }
      p {
        max-width: 34ch;
        color: var(--ink-soft);
      }
    `,
  ];

  protected readonly placeWatch = new Watch(this, navigation);

  protected override render() {
    const { place } = navigation;
    switch (place.name) {
      case 'door':
        return html`<maru-door></maru-door>`;
      case 'hall':
        void import('./hall-visit.js');
        return html`<maru-hall-visit .hall=${place.hall}></maru-hall-visit>`;
      case 'direct':
        void import('../direct/index.js');
        return html`<maru-direct></maru-direct>`;
      case 'lens':
        void import('../lens/index.js');
        return html`<header><maru-wordmark></maru-wordmark><maru-page-menu></maru-page-menu></header>
          <main data-testid="lens-page"><maru-lens-viewer></maru-lens-viewer></main>`;
      case 'gallery':
        if (!import.meta.env.DEV) return this.nowhere();
        void import('../gallery/gallery.js');
        return html`<maru-gallery .scene=${place.scene}></maru-gallery>`;
      case 'nowhere':
        return this.nowhere();
    }
  }

  private nowhere() {
    const { app } = words();
    return html`<main class="nowhere" data-testid="nowhere">
      <h1>${app.notFoundTitle}</h1>
      <p>${app.notFoundText}</p>
      <a class="button primary" href="/">${app.toDoor}</a>
    </main>`;
  }
}

customElements.define('maru-app', MaruApp);
