import { css, html, nothing } from 'lit';
import { CircleAlert } from 'lucide';
import { words } from '../i18n/index.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons } from '../ui/styles.js';
import type { Notice } from './model/views.js';

/** How long a notice stays: long enough to read it twice. One with a button stays until it is pressed. */
const PLAIN_MS = 4_500;
const WARNING_MS = 9_000;

/** Where the hall says its name and the time, and where passing notices appear instead: beside the pictures, never on a face. */
export class Whisper extends MaruElement {
  static override properties = {
    hall: {},
    hint: {},
    startedAt: { type: Number },
    notice: { state: true },
    seconds: { state: true },
  };
  declare hall: string;
  /** What is so at this moment and goes before everything else, such as that one is heard. */
  declare hint: string;
  /** On the monotonic clock of the page. */
  declare startedAt: number;
  declare notice: Notice | undefined;
  declare seconds: number;

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
        min-width: 0;
        color: #f3eee6;
        color-scheme: dark;
      }
      .place {
        display: flex;
        gap: 0.6rem;
        align-items: baseline;
        min-width: 0;
        color: #b5ab9c;
        font-size: var(--text-s);
      }
      .place b {
        overflow: hidden;
        color: #f3eee6;
        font-weight: 550;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .place span {
        flex: none;
      }
      .notice {
        display: flex;
        gap: 0.6rem;
        align-items: center;
        width: fit-content;
        max-width: 100%;
        max-height: 3.6rem;
        padding: 0.35rem 0.8rem;
        border-radius: var(--radius);
        background: #3a352d;
        font-size: 0.875rem;
        line-height: 1.35;
        animation: appear var(--motion);
      }
      .notice span {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }
      .notice[data-tone='warning'] {
        background: #4a3a17;
      }
      .notice[data-tone='talking'] {
        background: #1f332d;
        color: #c4e8dd;
      }
      .notice svg {
        color: #e5b454;
      }
      .notice button {
        flex: none;
        min-height: 44px;
        border-color: #d9a566;
        background: #d9a566;
        color: #211608;
        font-size: 0.875rem;
      }
      @keyframes appear {
        from {
          opacity: 0;
          transform: translateY(6px);
        }
      }
    `,
  ];

  private readonly waiting: Notice[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private clock: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.hall = '';
    this.hint = '';
    this.startedAt = 0;
    this.seconds = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.clock = setInterval(() => {
      this.seconds = Math.floor((performance.now() - this.startedAt) / 1_000);
    }, 1_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.clock);
    clearTimeout(this.timer);
  }

  /** Shows a notice, after those before it. Of many at once only the newest few are worth showing. */
  show(notice: Notice): void {
    this.waiting.push(notice);
    if (this.waiting.length > 3) this.waiting.shift();
    if (!this.notice || this.waiting.length > 1) this.next();
  }

  private readonly next = (): void => {
    clearTimeout(this.timer);
    this.notice = this.waiting.shift();
    if (!this.notice || this.notice.action) return;
    this.timer = setTimeout(this.next, this.notice.tone === 'warning' ? WARNING_MS : PLAIN_MS);
  };

  protected override render() {
    const { notice } = this;
    if (this.hint)
      return html`<div class="notice" data-tone="talking" data-testid="hint" role="status"><span>${this.hint}</span></div>`;
    if (notice) {
      return html`<div class="notice" data-testid="toast" data-tone=${notice.tone ?? 'plain'}>
        ${notice.tone === 'warning' ? icon(CircleAlert, 18) : nothing}<span>${notice.text}</span>
        ${
          notice.action
            ? html`<button
                data-testid="toast-action"
                @click=${() => {
                  notice.action?.run();
                  this.next();
                }}
              >
                ${notice.action.label}
              </button>`
            : nothing
        }
      </div>`;
    }
    const time = clockText(this.seconds);
    return html`<div class="place">
      ${this.hall ? html`<b title=${this.hall}>${this.hall}</b>` : nothing}
      <span role="timer" aria-label=${words().hall.clock(time)}>${time}</span>
    </div>`;
  }
}

/** 4:07, 1:02:09. */
function clockText(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

customElements.define('maru-whisper', Whisper);
