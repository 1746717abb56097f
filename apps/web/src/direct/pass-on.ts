import { css, html, nothing } from 'lit';
import { Check, Copy, Share2 } from 'lucide';
import { announcer } from '../ui/announcer.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import '../ui/qr-code.js';
import { base, buttons, fields } from '../ui/styles.js';
import { shareTextFor } from './code.js';
import { directWords } from './texts.js';

/** How long the button says that it was copied. */
const COPIED_MS = 2_500;
/** Longer texts make codes that phones cannot read from a screen. */
const MAX_QR_LENGTH = 1_800;

/** A code on its way to the other: to copy, to send, to be scanned. */
export class PassOn extends MaruElement {
  static override properties = { code: {}, copied: { state: true } };
  declare code: string;
  declare private copied: boolean;

  constructor() {
    super();
    this.code = '';
    this.copied = false;
  }

  protected override render() {
    const words = directWords();
    const text = shareTextFor(this.code, new URL(location.href));
    const isLink = text !== this.code;
    return html`
      <div class="row">
        <input
          type="text"
          readonly
          data-testid="direct-share-text"
          aria-label=${isLink ? words.link : words.code}
          .value=${text}
          @focus=${(event: FocusEvent) => (event.currentTarget as HTMLInputElement).select()}
        />
        <button class="primary" data-testid="direct-copy" @click=${() => void this.copy(text)}>
          ${this.copied ? icon(Check, 18) : nothing}${this.copied ? nothing : icon(Copy, 18)}
          ${this.copied ? words.copied : isLink ? words.copyLink : words.copyCode}
        </button>
      </div>
      ${'share' in navigator ? html`<button class="wide" @click=${() => void this.share(text, isLink)}>${icon(Share2, 18)}${words.share}</button>` : nothing}
      ${isLink ? nothing : html`<p class="soft">${words.saveHint}</p>`}
      ${
        text.length <= MAX_QR_LENGTH
          ? html`<figure>
              <maru-qr-code .value=${text} .label=${isLink ? words.qr : words.qrCode}></maru-qr-code>
              <figcaption class="soft">${words.qrHint}</figcaption>
            </figure>`
          : nothing
      }
    `;
  }

  private async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      this.renderRoot.querySelector('input')?.select(); // pages without encryption have no clipboard of their own
      document.execCommand('copy');
    }
    this.copied = true;
    announcer.say(directWords().copied);
    setTimeout(() => (this.copied = false), COPIED_MS);
  }

  private async share(text: string, isLink: boolean): Promise<void> {
    try {
      await navigator.share(isLink ? { url: text } : { text });
    } catch {
      // The person closed the sheet; the text is still there to copy.
    }
  }

  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host {
        display: grid;
        gap: 0.75rem;
      }
      .row {
        display: flex;
        gap: 0.5rem;
      }
      .row input {
        flex: 1;
        min-width: 0;
        text-overflow: ellipsis;
        font-family: var(--mono);
        font-size: var(--text-s);
      }
      .row button {
        flex: none;
      }
      .wide {
        width: 100%;
      }
      figure {
        display: grid;
        justify-items: center;
        gap: 0.3rem;
      }
      maru-qr-code {
        width: min(21rem, 100%);
        border: 1px solid var(--line);
        border-radius: var(--radius-small);
      }
      .soft {
        color: var(--ink-soft);
        font-size: var(--text-s);
      }
    `,
  ];
}

customElements.define('maru-pass-on', PassOn);
