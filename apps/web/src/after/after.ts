import { css, html } from 'lit';
import { Clock, DoorOpen, Plus, Signal, Users } from 'lucide';
import '../app/page-menu.js';
import { language, words } from '../i18n/index.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons } from '../ui/styles.js';
import '../ui/wordmark.js';
import type { VisitSummary } from './summary.js';

/** The goodbye: how long, with whom, how well; and the way back. Tells `come-back` and `start-new`. */
export class After extends MaruElement {
  static override properties = { summary: { attribute: false } };
  declare summary: VisitSummary | undefined;

  static override styles = [
    base,
    buttons,
    css`
      .page {
        display: grid;
        grid-template-rows: auto 1fr;
        max-width: 70rem;
        min-height: 100dvh;
        margin: 0 auto;
        padding: max(1rem, env(safe-area-inset-top)) 1.25rem max(1.5rem, env(safe-area-inset-bottom));
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
      }
      main {
        display: grid;
        align-content: center;
        justify-items: center;
        gap: 1.75rem;
        padding-block: 2rem 5rem;
        text-align: center;
      }
      h1 {
        font: 650 var(--text-display) / 1.15 var(--font);
        letter-spacing: -0.025em;
        text-wrap: balance;
      }
      dl {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        width: min(100%, 46rem);
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--panel);
      }
      dl div {
        display: grid;
        gap: 0.3rem;
        align-content: start;
        justify-items: center;
        padding: 1.4rem 1rem;
      }
      dl div + div {
        border-inline-start: 1px solid var(--line);
      }
      dt {
        display: grid;
        gap: 0.4rem;
        justify-items: center;
        color: var(--ink-soft);
        font-size: var(--text-s);
      }
      dt svg {
        color: var(--wood);
      }
      dd {
        font-weight: 600;
        text-wrap: balance;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 0.75rem;
        justify-content: center;
      }
      .actions .primary {
        min-height: 56px;
        padding-inline: 1.75rem;
        font-size: var(--text-l);
      }
      .actions button:not(.primary) {
        min-height: 56px;
      }
      @media (max-width: 40rem) {
        h1 {
          font-size: 2.1rem;
        }
        dl {
          grid-template-columns: 1fr;
        }
        dl div {
          grid-template-columns: 8rem 1fr;
          align-items: center;
          justify-items: start;
          padding: 1rem 1.2rem;
          text-align: start;
        }
        dt {
          grid-auto-flow: column;
          align-items: center;
        }
        dl div + div {
          border-inline-start: 0;
          border-top: 1px solid var(--line);
        }
        .actions,
        .actions button {
          width: 100%;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'maru 마루';
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>('[data-testid="come-back"]')?.focus({ preventScroll: true });
  }

  protected override render() {
    const { after } = words();
    const { summary } = this;
    if (!summary) return null;
    return html`<div class="page">
      <header>
        <maru-wordmark></maru-wordmark>
        <maru-page-menu></maru-page-menu>
      </header>
      <main data-testid="after" data-reason=${summary.reason.type}>
        <h1>${this.heading(summary)}</h1>
        <dl>
          <div><dt>${icon(Clock, 22)}${after.lasted}</dt><dd data-testid="after-lasted">${this.lasted(summary.lastedMs)}</dd></div>
          <div><dt>${icon(Users, 22)}${after.people}</dt><dd data-testid="after-people">${this.people(summary.people)}</dd></div>
          <div><dt>${icon(Signal, 22)}${after.quality}</dt><dd data-testid="after-quality">${this.quality(summary.weakFraction)}</dd></div>
        </dl>
        <div class="actions">
          <button class="primary" data-testid="come-back" @click=${() => this.tell('come-back')}>${icon(DoorOpen, 22)}${after.comeBack}</button>
          <button data-testid="start-new" @click=${() => this.tell('start-new')}>${icon(Plus, 20)}${after.startNew}</button>
        </div>
      </main>
    </div>`;
  }

  private heading({ reason }: VisitSummary): string {
    const { after } = words();
    switch (reason.type) {
      case 'left':
        return after.title;
      case 'ended':
        return after.titleEnded;
      case 'disconnected':
        return after.titleRemoved;
      case 'refused':
      case 'lost':
        return after.titleLost;
    }
  }

  private lasted(ms: number): string {
    const { after } = words();
    const seconds = Math.max(0, Math.round(ms / 1_000));
    if (seconds < 60) return after.seconds(seconds);
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return after.minutes(minutes);
    const rest = minutes % 60;
    return rest === 0 ? after.hours(minutes / 60) : `${after.hours(Math.floor(minutes / 60))} ${after.minutes(rest)}`;
  }

  private people(names: readonly string[]): string {
    if (names.length === 0) return words().after.alone;
    return new Intl.ListFormat(language.current, { type: 'conjunction' }).format(names);
  }

  private quality(weakFraction: number | undefined): string {
    const { after } = words();
    if (weakFraction === undefined) return after.qualityUnknown;
    const percent = Math.round(weakFraction * 100);
    if (percent < 3) return after.qualityGood;
    return percent < 25 ? after.qualityMixed(percent) : after.qualityBad(percent);
  }
}

customElements.define('maru-after', After);
