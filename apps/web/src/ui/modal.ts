import { css, html } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import { X } from 'lucide';
import { words } from '../i18n/index.js';
import { MaruElement } from './element.js';
import { icon } from './icon.js';
import { base, buttons } from './styles.js';

/** A sheet over the page that keeps the focus until it is closed; Esc and a press beside it close it. Tells `closed`. */
export class Modal extends MaruElement {
  static override properties = { heading: {} };
  declare heading: string;

  static override styles = [
    base,
    buttons,
    css`
      dialog {
        width: min(30rem, calc(100vw - 2rem));
        max-height: calc(100dvh - 2rem);
        padding: 1.25rem 1.5rem 1.5rem;
        border: 1px solid var(--line);
        border-radius: 18px;
        background: var(--panel);
        color: var(--ink);
        box-shadow: var(--shadow);
        overflow: auto;
      }
      dialog[open] {
        animation: rise var(--motion);
      }
      dialog::backdrop {
        background: rgb(14 12 10 / 55%);
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        margin-bottom: 0.75rem;
      }
      h2 {
        font: 650 var(--text-l) / 1.3 var(--font);
      }
      header button {
        margin-inline-end: -0.6rem;
        color: var(--ink-soft);
      }
      @keyframes rise {
        from {
          opacity: 0;
          transform: translateY(10px);
        }
      }
      @media (max-width: 34rem) {
        dialog {
          width: 100vw;
          max-width: 100vw;
          margin: auto 0 0;
          padding-bottom: max(1.5rem, env(safe-area-inset-bottom));
          border-radius: 18px 18px 0 0;
        }
      }
    `,
  ];

  private readonly dialog = createRef<HTMLDialogElement>();

  constructor() {
    super();
    this.heading = '';
  }

  protected override firstUpdated(): void {
    this.dialog.value?.showModal();
  }

  protected override render() {
    return html`<dialog
      ${ref(this.dialog)}
      aria-labelledby="heading"
      @close=${() => this.tell('closed')}
      @click=${(event: Event) => event.target === this.dialog.value && this.close()}
    >
      <header>
        <h2 id="heading">${this.heading}</h2>
        <button class="quiet square" data-testid="close-dialog" aria-label=${words().app.close} @click=${() => this.close()}>${icon(X)}</button>
      </header>
      <slot></slot>
    </dialog>`;
  }

  close(): void {
    this.dialog.value?.close();
  }
}

customElements.define('maru-modal', Modal);
