import { css, html, nothing } from 'lit';
import { Check, Copy, Share2 } from 'lucide';
import { appConfig } from '../halls/api.js';
import { hallLink } from '../halls/recent-halls.js';
import { words } from '../i18n/index.js';
import { announcer } from '../ui/announcer.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import '../ui/qr-code.js';
import { base, buttons, fields } from '../ui/styles.js';

/** How long the button says that the link is copied. */
const COPIED_MS = 2_500;

/** The link of a hall: to copy, to send, to point a phone at. */
export class Invite extends MaruElement {
  static override properties = {
    hall: {},
    compact: { type: Boolean, reflect: true },
    copied: { state: true },
    shareUrl: { state: true },
    asked: { state: true },
  };
  declare hall: string;
  declare compact: boolean;
  declare copied: boolean;
  /** Where other devices reach this server, as far as it knows; null: where we are. */
  declare shareUrl: string | null;
  declare asked: boolean;

  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host {
        display: grid;
        gap: 0.9rem;
        justify-items: center;
        text-align: center;
      }
      maru-qr-code {
        width: min(15rem, 60vw);
        border: 1px solid var(--line);
        border-radius: var(--radius-small);
      }
      :host([compact]) maru-qr-code {
        width: min(11.5rem, 26vh);
      }
      @media (max-height: 26rem) {
        :host([compact]) maru-qr-code,
        :host([compact]) maru-qr-code + .soft {
          display: none;
        }
      }
      .soft {
        color: var(--ink-soft);
        font-size: var(--text-s);
      }
      .row {
        display: flex;
        gap: 0.5rem;
        width: 100%;
      }
      input {
        flex: 1;
        min-width: 0;
        text-overflow: ellipsis;
      }
      .row button {
        flex: none;
      }
      .wide {
        width: 100%;
      }
    `,
  ];

  constructor() {
    super();
    this.hall = '';
    this.compact = false;
    this.copied = false;
    this.shareUrl = null;
    this.asked = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (isLocal(location.hostname)) void this.learnAddress();
  }

  /** Nobody else can open our link: it names this device, and the server knows no better address. */
  private get isLocalOnly(): boolean {
    return isLocal(location.hostname) && this.shareUrl === null && this.asked;
  }

  private get link(): string {
    return hallLink(this.hall, this.shareUrl ? new URL(this.shareUrl).origin : location.origin);
  }

  protected override render() {
    const { invite } = words();
    return html`
      ${this.compact ? nothing : html`<p class="soft">${invite.text}</p>`}
      <maru-qr-code .value=${this.link} .label=${invite.qr}></maru-qr-code>
      <p class="soft">${this.isLocalOnly ? invite.localOnly : invite.scan}</p>
      <div class="row">
        <input
          type="text"
          readonly
          data-testid="invite-link"
          aria-label=${invite.link}
          .value=${this.link}
          @focus=${(event: Event) => (event.target as HTMLInputElement).select()}
        />
        <button class="primary" data-testid="copy-link" @click=${this.copy}>
          ${this.copied ? icon(Check, 18) : nothing}${this.copied ? nothing : icon(Copy, 18)}${this.copied ? invite.copied : invite.copy}
        </button>
      </div>
      ${
        'share' in navigator
          ? html`<button class="wide" data-testid="share-link" @click=${this.share}>${icon(Share2, 18)}${invite.share}</button>`
          : nothing
      }
    `;
  }

  private readonly copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(this.link);
    } catch {
      this.copyBySelection(); // pages without encryption have no clipboard of their own
    }
    this.copied = true;
    announcer.say(words().announce.copied);
    setTimeout(() => {
      this.copied = false;
    }, COPIED_MS);
  };

  private copyBySelection(): void {
    const field = this.renderRoot.querySelector<HTMLInputElement>('input');
    field?.select();
    document.execCommand('copy');
  }

  private readonly share = async (): Promise<void> => {
    try {
      await navigator.share({ url: this.link, title: words().app.name });
    } catch {
      // The person closed the sheet.
    }
  };

  /** `localhost` leads others to themselves: the server knows the address that the network has for it. */
  private async learnAddress(): Promise<void> {
    try {
      this.shareUrl = (await appConfig()).shareUrl;
    } catch {
      this.shareUrl = null;
    }
    this.asked = true;
  }
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || hostname.startsWith('127.');
}

customElements.define('maru-invite', Invite);
