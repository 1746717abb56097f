import type { SubscriptionWhy } from '@maru/signaling';
import type { MediaConnectionInfo, MediaEvent, MediaOverview } from '@maru/signaling/rest';
import { css, html, nothing } from 'lit';
import type { PlotSeries } from '../lens/plots/charts.js';
import { OperatorPage } from '../operator/operator-page.js';
import { mediaCharts } from './charts.js';
import { MediaHistory } from './history.js';
import { type MediaRefusal, MediaSource } from './media-source.js';
import { calledOf, eventList, peopleTable, troubleList, workerTable } from './tables.js';
import { mediaWords } from './texts.js';

/** Of so many people with bad links it is asked what they get and why, and no more often than that: each is a question to a worker. */
const MOST_EXPLAINED = 5;
const EXPLAIN_MS = 2_000;

/** What the media server does now: for whoever runs it. */
export class MediaPage extends OperatorPage<MediaOverview, MediaSource, MediaRefusal> {
  static override properties = { ...OperatorPage.properties, chosen: { state: true }, whys: { state: true } };
  static override styles = [
    ...OperatorPage.styles,
    css`
      tr[data-verdict]:not([data-verdict='good']) .wide {
        color: var(--vermilion-ink);
      }
      article {
        padding: 0.75rem 1rem;
        border-radius: var(--radius-small);
        background: var(--amber-wash);
        color: var(--amber-ink);
      }
      article + article {
        margin-top: 0.6rem;
      }
      article h3 {
        margin-bottom: 0.25rem;
        font: 600 var(--text-m) / 1.4 var(--font);
      }
      article .soft {
        color: inherit;
      }
      article ul {
        display: grid;
        gap: 0.25rem;
        margin: 0.35rem 0 0;
        padding-inline-start: 1.2rem;
        font-size: var(--text-s);
      }
      article ul:empty {
        display: none;
      }
      .events {
        display: grid;
        gap: 0.25rem;
        max-height: 20rem;
        margin: 0;
        padding: 0;
        overflow: auto;
        list-style: none;
        font-size: var(--text-s);
      }
    `,
  ];
  /** Whose events are shown. */
  declare private chosen: { readonly who: string; readonly events: readonly MediaEvent[] } | undefined;
  /** What people with bad links get, and why. */
  declare private whys: ReadonlyMap<string, readonly SubscriptionWhy[]>;
  protected readonly keyName = 'maru.api.key';
  private history = new MediaHistory();
  private explainedAtMs = Number.NEGATIVE_INFINITY;

  constructor() {
    super();
    this.chosen = undefined;
    this.whys = new Map();
  }

  protected words() {
    return mediaWords();
  }

  protected sourceOf(key: string): MediaSource {
    return new MediaSource(key);
  }

  protected began(): void {
    this.history = new MediaHistory();
    this.whys = new Map();
    this.explainedAtMs = Number.NEGATIVE_INFINITY;
  }

  protected override lock(why?: MediaRefusal): void {
    this.chosen = undefined;
    super.lock(why);
  }

  protected take(overview: MediaOverview, source: MediaSource): void {
    this.history.add(overview);
    if (performance.now() - this.explainedAtMs < EXPLAIN_MS) return;
    this.explainedAtMs = performance.now();
    void this.explain(overview, source);
  }

  protected get series(): PlotSeries {
    return this.history.series;
  }

  protected charts(overview: MediaOverview) {
    return mediaCharts(overview);
  }

  protected bar({ ports }: MediaOverview) {
    const words = mediaWords();
    return html`<section class="bar" aria-label=${words.title}>
      <span>${words.ports(ports.udp)}</span>
      <span class="actions"><button class="quiet" data-testid="lock-again" @click=${() => this.lock()}>${words.lock}</button></span>
    </section>`;
  }

  protected override above(overview: MediaOverview) {
    return troubleList(overview, this.whys, MOST_EXPLAINED);
  }

  protected details(overview: MediaOverview) {
    const { chosen } = this;
    return html`
      ${workerTable(overview)} ${peopleTable(overview, (one) => void this.choose(one))}
      ${chosen ? eventList(chosen.who, chosen.events) : nothing}
    `;
  }

  /** Asks what the first few with bad links get. */
  private async explain({ connections }: MediaOverview, source: MediaSource): Promise<void> {
    const bad = connections.filter(({ troubles }) => troubles.length > 0).slice(0, MOST_EXPLAINED);
    const asked = bad.map(async ({ session, connection }) => [connection, await source.whys(session, connection)] as const);
    const whys = new Map(await Promise.all(asked));
    if (this.source === source) this.whys = whys;
  }

  private async choose(one: MediaConnectionInfo): Promise<void> {
    const events = await this.source?.events(one.session, one.connection);
    if (events) this.chosen = { who: calledOf(one), events };
  }
}

customElements.define('maru-media', MediaPage);
