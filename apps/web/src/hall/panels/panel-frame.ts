import { css, html } from 'lit';
import { X } from 'lucide';
import { words } from '../../i18n/index.js';
import { MaruElement } from '../../ui/element.js';
import { icon } from '../../ui/icon.js';
import { base, buttons } from '../../ui/styles.js';

/** The frame of a side panel: heading, close button, content. Tells `close-panel`. */
export class PanelFrame extends MaruElement {
  static override properties = { heading: {}, detail: {} };
  declare heading: string;
  declare detail: string;

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        height: 100%;
        min-height: 0;
        background: var(--panel);
        color: var(--ink);
      }
      header {
        display: flex;
        gap: 0.6rem;
        align-items: center;
        min-height: 56px;
        padding: 0.35rem 0.5rem 0.35rem 1.1rem;
        border-bottom: 1px solid var(--line);
      }
      h2 {
        font: 650 1.0625rem / 1.3 var(--font);
      }
      span {
        flex: 1;
        color: var(--ink-soft);
        font-size: var(--text-s);
      }
      header button {
        color: var(--ink-soft);
      }
    `,
  ];

  constructor() {
    super();
    this.heading = '';
    this.detail = '';
  }

  protected override render() {
    return html`<header>
        <h2 id="heading">${this.heading}</h2>
        <span>${this.detail}</span>
        <button class="quiet square" data-testid="close-panel" aria-label=${words().app.close} @click=${() => this.tell('close-panel')}>
          ${icon(X)}
        </button>
      </header>
      <slot></slot>`;
  }
}

customElements.define('maru-panel', PanelFrame);
