import { css, html, nothing } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import { repeat } from 'lit/directives/repeat.js';
import { MessageCircle, RotateCcw, SendHorizontal } from 'lucide';
import { language, words } from '../../i18n/index.js';
import { MaruElement } from '../../ui/element.js';
import { icon } from '../../ui/icon.js';
import { base, buttons, fields } from '../../ui/styles.js';
import { CHAT_CHARS, type ChatEntry } from '../model/chat-log.js';
import type { HallModel } from '../model/hall-model.js';
import { linkify } from './linkify.js';
import './panel-frame.js';

/** Lines by the same person within this time stand under one name. */
const TOGETHER_MS = 3 * 60_000;
/** Nearer to the end than this, one is reading the newest and follows it. */
const AT_END_PX = 60;

/** What was written to everyone, and where one writes. */
export class ChatPanel extends MaruElement {
  static override properties = { model: { attribute: false }, behind: { state: true } };
  declare model: HallModel | undefined;
  /** New messages came while one was reading further up. */
  declare behind: boolean;

  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host {
        display: block;
        height: 100%;
        min-height: 0;
      }
      .body {
        position: relative;
        display: grid;
        grid-template-rows: minmax(0, 1fr) auto;
        min-height: 0;
      }
      .log {
        padding: 0.9rem 1.1rem;
        overflow-y: auto;
        overscroll-behavior: contain;
      }
      .empty {
        display: grid;
        align-content: center;
        justify-items: center;
        gap: 0.35rem;
        height: 100%;
        color: var(--ink-soft);
        text-align: center;
      }
      .empty svg {
        margin-bottom: 0.3rem;
        color: var(--wood);
      }
      .empty p:last-child {
        max-width: 30ch;
        font-size: var(--text-s);
        text-wrap: balance;
      }
      .entry {
        margin-top: 0.25rem;
      }
      .entry[data-first] {
        margin-top: 0.9rem;
      }
      .head {
        display: flex;
        gap: 0.5rem;
        align-items: baseline;
        font-size: var(--text-s);
      }
      .head b {
        overflow: hidden;
        font-weight: 600;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      time {
        flex: none;
        color: var(--ink-soft);
      }
      .text {
        width: fit-content;
        max-width: 100%;
        padding: 0.42rem 0.75rem;
        border-radius: 4px var(--radius) var(--radius);
        background: var(--raised);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        word-break: normal;
      }
      .entry[data-self] .text {
        margin-inline-start: auto;
        border-radius: var(--radius) 4px var(--radius) var(--radius);
        background: var(--wood-wash);
      }
      .entry[data-self] .head {
        justify-content: flex-end;
      }
      .entry[data-state='sending'] .text {
        opacity: 0.65;
      }
      .failed {
        display: flex;
        gap: 0.25rem;
        align-items: center;
        justify-content: flex-end;
        color: var(--vermilion-ink);
        font-size: var(--text-s);
      }
      .failed button {
        color: inherit;
        font-size: var(--text-s);
      }
      form {
        display: flex;
        gap: 0.5rem;
        align-items: flex-end;
        padding: 0.7rem 0.8rem max(0.8rem, env(safe-area-inset-bottom));
        border-top: 1px solid var(--line);
      }
      textarea {
        flex: 1;
        min-width: 0;
        max-height: 9rem;
        resize: none;
        field-sizing: content;
      }
      form button {
        flex: none;
      }
      .newer {
        position: absolute;
        bottom: 4.9rem;
        left: 50%;
        box-shadow: var(--shadow);
        font-size: var(--text-s);
        translate: -50% 0;
      }
    `,
  ];

  private readonly log = createRef<HTMLElement>();
  private readonly field = createRef<HTMLTextAreaElement>();
  private stop: (() => void) | undefined;
  private wasAtEnd = true;
  private seen = 0;

  constructor() {
    super();
    this.behind = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop?.();
    this.stop = undefined;
    this.model?.chat.setOpen(false);
  }

  protected override willUpdate(): void {
    if (!this.stop && this.model) {
      const { chat } = this.model;
      this.stop = chat.subscribe(() => this.requestUpdate());
      chat.setOpen(true);
    }
    const log = this.log.value;
    this.wasAtEnd = !log || log.scrollHeight - log.scrollTop - log.clientHeight < AT_END_PX;
  }

  protected override firstUpdated(): void {
    this.field.value?.focus({ preventScroll: true });
  }

  /** Follows the newest line, unless one is reading further up: then a button says that there is more. */
  protected override updated(): void {
    const entries = this.model?.chat.entries ?? [];
    if (entries.length === this.seen) return;
    this.seen = entries.length;
    if (this.wasAtEnd || entries.at(-1)?.isSelf) this.toEnd();
    else this.behind = true;
  }

  protected override render() {
    const { model } = this;
    if (!model) return nothing;
    const { chat } = words();
    const { entries } = model.chat;
    return html`<maru-panel .heading=${chat.title}>
      <div class="body">
        <div
          ${ref(this.log)}
          class="log"
          role="log"
          aria-live="off"
          aria-label=${chat.log}
          tabindex="0"
          data-testid="chat-log"
          @scroll=${() => {
            if (this.behind && this.isAtEnd()) this.behind = false;
          }}
        >
          ${
            entries.length === 0
              ? html`<div class="empty">${icon(MessageCircle, 30)}<p>${chat.empty}</p><p>${chat.emptyHint}</p></div>`
              : repeat(
                  entries,
                  (entry) => entry.id,
                  (entry, index) => this.entry(entry, entries[index - 1]),
                )
          }
        </div>
        ${this.behind ? html`<button class="newer primary" @click=${() => this.toEnd()}>${chat.newMessages}</button>` : nothing}
        <form @submit=${this.send}>
          <textarea
            ${ref(this.field)}
            rows="1"
            maxlength=${CHAT_CHARS}
            data-testid="chat-input"
            aria-label=${chat.label}
            placeholder=${chat.placeholder}
            @keydown=${this.keyDown}
          ></textarea>
          <button class="primary square" data-testid="chat-send" aria-label=${chat.send} title=${chat.send}>${icon(SendHorizontal)}</button>
        </form>
      </div>
    </maru-panel>`;
  }

  private entry(entry: ChatEntry, before: ChatEntry | undefined) {
    const { chat, hall } = words();
    const isFirst =
      !before ||
      before.isSelf !== entry.isSelf ||
      before.fromId !== entry.fromId ||
      before.name !== entry.name ||
      entry.at - before.at > TOGETHER_MS;
    const time = new Intl.DateTimeFormat(language.current, { timeStyle: 'short' }).format(entry.at);
    return html`<div
      class="entry"
      data-testid="chat-message"
      data-state=${entry.state}
      ?data-first=${isFirst}
      ?data-self=${entry.isSelf}
    >
      ${isFirst ? html`<p class="head"><b>${entry.isSelf ? hall.you : entry.name}</b><time>${time}</time></p>` : nothing}
      <p class="text" data-testid="chat-text">${linkify(entry.text).map((part) =>
        part.type === 'link'
          ? html`<a href=${part.href} target="_blank" rel="noopener noreferrer nofollow">${part.text}</a>`
          : part.text,
      )}</p>
      ${
        entry.state === 'failed'
          ? html`<p class="failed">
              ${chat.failed}<button class="quiet" @click=${() => void this.model?.chat.resend(entry.id)}>${icon(RotateCcw, 15)}${chat.again}</button>
            </p>`
          : nothing
      }
    </div>`;
  }

  private isAtEnd(): boolean {
    const log = this.log.value;
    return !log || log.scrollHeight - log.scrollTop - log.clientHeight < AT_END_PX;
  }

  private toEnd(): void {
    const log = this.log.value;
    if (log) log.scrollTop = log.scrollHeight;
    this.behind = false;
  }

  /** Enter sends, Shift and Enter begins a new line; while an input method composes, Enter is its own. */
  private readonly keyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send(event);
  };

  private readonly send = (event: Event): void => {
    event.preventDefault();
    const field = this.field.value;
    const text = field?.value.trim();
    if (!field || !text) return;
    this.model?.say(text);
    field.value = '';
    field.focus();
  };
}

customElements.define('maru-chat-panel', ChatPanel);
