import type { InspectedConnection, Inspection, InspectionEntry } from '@maru/client';
import { css, html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { ArrowDownLeft, ArrowUpRight } from 'lucide';
import { language } from '../../i18n/language.js';
import { MaruElement } from '../../ui/element.js';
import { icon } from '../../ui/icon.js';
import { base, buttons } from '../../ui/styles.js';
import { spoken } from '../bilingual.js';
import { lensStyles } from '../styles.js';
import { formatInstant, lensWords } from '../texts.js';
import { completedMeaning, descriptionOf, formatDetail } from './entry.js';
import { meaningInWords, stateInWords } from './meaning.js';

/** How many steps are shown at first, and how many more each time. */
const PAGE = 200;

/** The steps of a call in three columns along time: what the browser did, what travelled, what it means. */
export class LensSteps extends MaruElement {
  static override properties = {
    inspection: { attribute: false },
    connectionId: { attribute: false },
    revision: { attribute: false },
    live: { type: Boolean },
    shown: { state: true },
  };
  declare inspection: Inspection | undefined;
  /** Steps of other connections are left out; those of the whole session stay. */
  declare connectionId: string | undefined;
  /** Changes whenever the inspection, which stays the same object, has something new. */
  declare revision: number;
  /** Whether steps are still coming: then the view begins at the newest and follows it. */
  declare live: boolean;
  declare private shown: number;

  /** Whether the reader is at the end and wants to stay there as steps come. */
  private following = true;

  constructor() {
    super();
    this.inspection = undefined;
    this.connectionId = undefined;
    this.revision = 0;
    this.live = false;
    this.shown = PAGE;
  }

  protected override updated(): void {
    const scroller = this.renderRoot.querySelector<HTMLElement>('.scroller');
    if (this.live && this.following && scroller) showNewest(scroller);
  }

  protected override render() {
    const words = lensWords();
    const entries = (this.inspection?.entries ?? []).filter((entry) => this.concerns(entry));
    const first = Math.max(0, entries.length - this.shown);
    const dropped = this.inspection?.entriesDropped ?? 0;
    return html`
      <div class="head" aria-hidden="true">
        <span></span><span>${words.browser}</span><span>${words.travelled}</span><span>${words.means}</span>
      </div>
      <div class="scroller" tabindex="0" role="group" aria-label=${words.steps} @scroll=${this.onScroll}>
        ${dropped && first === 0 ? html`<p class="note soft small">${words.dropped(dropped)}</p>` : nothing}
        ${
          first > 0
            ? html`<p class="note"><button class="quiet" @click=${this.showEarlier}>${words.earlier(Math.min(PAGE, first))}</button></p>`
            : nothing
        }
        ${entries.length === 0 ? html`<p class="note soft">${words.noSteps}</p>` : nothing}
        <ol>
          ${repeat(
            entries.slice(first),
            (entry) => entry.id,
            (entry) => this.renderEntryOnce(entry),
          )}
        </ol>
      </div>
    `;
  }

  private concerns(entry: InspectionEntry): boolean {
    return this.connectionId === undefined || entry.connectionId === undefined || entry.connectionId === this.connectionId;
  }

  /** A step never changes; what is said of it may, when its person's name, its description or the language comes to be known. */
  private renderEntryOnce(entry: InspectionEntry) {
    const connection = entry.connectionId === undefined ? undefined : this.inspection?.connections.get(entry.connectionId);
    return guard([entry, connection?.name, connection?.descriptions.length, language.current], () =>
      this.renderEntry(entry, connection),
    );
  }

  private renderEntry(entry: InspectionEntry, connection: InspectedConnection | undefined) {
    const words = lensWords();
    const meaning = meaningInWords(completedMeaning(entry, connection)) ?? stateInWords(entry);
    const travelled = entry.kind === 'wire-in' || entry.kind === 'wire-out';
    return html`<li class=${entry.kind}>
      <time>${formatInstant(entry.atMs)}</time>
      <div class="cell ${travelled ? 'wire' : 'did'}">${this.renderWhat(entry, descriptionOf(entry, connection)?.id)}</div>
      <div class="meaning">
        ${
          meaning
            ? html`<p>${spoken(meaning.text)}</p>
              <p class="soft small"><span class="term">${meaning.term}</span> · ${meaning.standard}</p>`
            : entry.meaning
              ? html`<p class="soft">${words.unknownMeaning}</p>`
              : nothing
        }
      </div>
    </li>`;
  }

  private renderWhat(entry: InspectionEntry, descriptionId: number | undefined) {
    const words = lensWords();
    const label = {
      'browser-call': words.called,
      'browser-event': words.happened,
      'wire-in': words.received,
      'wire-out': words.sent,
    }[entry.kind];
    const arrow =
      entry.kind === 'wire-out'
        ? html`<span class="arrow">${icon(ArrowUpRight, 16)}</span>`
        : entry.kind === 'wire-in'
          ? html`<span class="arrow">${icon(ArrowDownLeft, 16)}</span>`
          : nothing;
    const name = entry.kind === 'browser-call' && !/[()\s]/.test(entry.name) ? `${entry.name}()` : entry.name;
    return html`
      <p class="what">${arrow}<code>${name}</code> <span class="soft small">${label}</span></p>
      ${hasContent(entry) ? html`<details><summary class="soft small">${words.content}</summary><pre>${formatDetail(entry.detail)}</pre></details>` : nothing}
      ${
        descriptionId === undefined
          ? nothing
          : html`<button class="link small" @click=${() => this.tell('lens-show-description', descriptionId)}>${words.showDescription}</button>`
      }
    `;
  }

  private showEarlier(): void {
    this.following = false;
    this.shown += PAGE;
  }

  private onScroll(event: Event): void {
    const scroller = event.currentTarget as HTMLElement; // the element that the listener is on
    this.following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 24;
  }

  static override styles = [
    base,
    buttons,
    lensStyles,
    css`
      :host {
        container-type: inline-size;
      }
      .head,
      li {
        display: grid;
        grid-template-columns: 4.2rem minmax(0, 1.15fr) minmax(0, 0.95fr) minmax(0, 1.5fr);
        gap: 0 1rem;
        padding: 0.55rem 0.75rem;
      }
      .head {
        font-weight: 600;
        font-size: var(--text-s, 0.8125rem);
        color: var(--ink-soft);
        border-bottom: 1px solid var(--line, var(--ink-soft));
      }
      .scroller {
        max-height: min(34rem, 70vh);
        overflow-y: auto;
        overscroll-behavior: contain;
        border-radius: 0 0 var(--radius, 12px) var(--radius, 12px);
      }
      .note {
        padding: 0.4rem 0.75rem;
      }
      li {
        border-bottom: 1px solid var(--line, transparent);
        content-visibility: auto;
        contain-intrinsic-size: auto 4.2rem;
      }
      li:last-child {
        border-bottom: 0;
      }
      time {
        color: var(--ink-soft);
        font-size: var(--text-s, 0.8125rem);
        padding-top: 0.15rem;
        white-space: nowrap;
      }
      .did {
        grid-column: 2;
      }
      .wire {
        grid-column: 3;
      }
      .meaning {
        grid-column: 4;
      }
      .what {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0.1rem 0.4rem;
      }
      .arrow {
        align-self: center;
      }
      .wire-out .arrow {
        color: var(--wood);
      }
      .wire-in .arrow {
        color: var(--celadon);
      }
      .term {
        font-weight: 600;
      }
      button.link {
        min-height: 24px;
        min-width: 0;
        padding: 0;
        border: 0;
        background: none;
        color: var(--wood-deep, var(--wood));
        text-decoration: underline;
        font-size: var(--text-s, 0.8125rem);
      }
      @container (max-width: 639px) {
        .head {
          display: none;
        }
        li {
          grid-template-columns: 3.6rem minmax(0, 1fr);
          gap: 0.15rem 0.6rem;
        }
        time {
          grid-row: 1 / span 2;
        }
        .did,
        .wire,
        .meaning {
          grid-column: 2;
        }
      }
    `,
  ];
}

/** Scrolls to the newest step, and as far beyond it as it takes for the head above to cut no step in two. */
function showNewest(scroller: HTMLElement): void {
  const list = scroller.querySelector('ol')!;
  list.style.paddingBottom = '';
  scroller.scrollTop = scroller.scrollHeight;
  if (scroller.scrollTop === 0) return;
  const edge = scroller.getBoundingClientRect().top;
  let overhang = 0;
  for (let step = list.lastElementChild; step; step = step.previousElementSibling) {
    const { top } = step.getBoundingClientRect();
    if (top < edge) break;
    overhang = top - edge;
  }
  list.style.paddingBottom = `${overhang}px`;
  scroller.scrollTop += overhang;
}

function hasContent(entry: InspectionEntry): boolean {
  const { detail } = entry;
  if (detail === null || detail === '') return false;
  return typeof detail !== 'object' || Object.keys(detail).length > 0;
}

customElements.define('maru-lens-steps', LensSteps);
