import { css, html } from 'lit';
import { words } from '../i18n/index.js';
import { MaruElement } from './element.js';
import { base } from './styles.js';

/** `maru` with 마루 small beside it, and the roof over the open floor. Leads to the front door. */
export class Wordmark extends MaruElement {
  static override styles = [
    base,
    css`
      :host {
        display: inline-block;
      }
      a {
        display: inline-flex;
        gap: 0.5rem;
        align-items: center;
        min-height: 44px;
        color: var(--ink);
        text-decoration: none;
        border-radius: var(--radius-small);
      }
      svg {
        color: var(--wood);
      }
      b {
        font: 650 1.5rem / 1 var(--font);
        letter-spacing: -0.02em;
      }
      span {
        align-self: end;
        margin-bottom: 0.72rem;
        color: var(--ink-soft);
        font: 500 0.78rem / 1 var(--font);
      }
    `,
  ];

  protected override render() {
    return html`<a href="/" data-testid="wordmark" aria-label=${`${words().app.name} 마루, ${words().app.toDoor}`}>
      <svg width="30" height="30" viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
        <path d="M4 14.5 16 6l12 8.500" />
        <path d="M7.500 14v11M24.500 14v11M4 25h24M4 20.800h24" />
      </svg>
      <b>maru</b> <span lang="ko">마루</span>
    </a>`;
  }
}

customElements.define('maru-wordmark', Wordmark);
