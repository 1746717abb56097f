import type { MediaConnectionInfo, MediaEvent, MediaOverview } from '@maru/signaling/rest';
import { css, html, nothing } from 'lit';
import '../app/page-menu.js';
import '../lens/plots/plot.js';
import { relayStyles } from '../relay/styles.js';
import { MaruElement } from '../ui/element.js';
import { base, buttons, fields } from '../ui/styles.js';
import '../ui/wordmark.js';
import { mediaCharts } from './charts.js';
import { MediaHistory } from './history.js';
import { MediaSource } from './overview-source.js';
import { eventList, peopleTable, workerTable } from './tables.js';
import { mediaWords } from './texts.js';

const KEY = 'maru.api.key';
const ASK_MS = 1_000;

/** Where the page stands: it has no key, or one that was refused; or it has one, and what came last with it. */
type State =
  | { readonly name: 'locked'; readonly why: 'wrongKey' | 'noMedia' | undefined }
  | { readonly name: 'asking'; readonly source: MediaSource }
  | { readonly name: 'open'; readonly source: MediaSource; readonly overview: MediaOverview; readonly isReached: boolean };

/** What the media server does now: for whoever runs it. */
export class MediaPage extends MaruElement {
  static override properties = {
    state: { state: true },
    said: { state: true },
    revision: { state: true },
    chosen: { state: true },
  };
  static override styles = [
    base,
    buttons,
    fields,
    relayStyles,
    css`
      tr[data-verdict]:not([data-verdict='good']) .wide {
        color: var(--vermilion-ink);
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
  declare state: State;
  /** What changed last, for screen readers. */
  declare said: string;
  declare revision: number;
  /** Whose events are shown. */
  declare chosen: { readonly connection: string; readonly events: readonly MediaEvent[] } | undefined;
  private history = new MediaHistory();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly onVisible = (): void => void (document.hidden || this.ask());

  constructor() {
    super();
    this.state = { name: 'locked', why: undefined };
    this.said = '';
    this.revision = 0;
    this.chosen = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.onVisible);
    const key = sessionStorage.getItem(KEY);
    if (key) this.unlock(key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.onVisible);
    clearTimeout(this.timer);
  }

  private unlock(key: string): void {
    sessionStorage.setItem(KEY, key);
    this.history = new MediaHistory();
    this.state = { name: 'asking', source: new MediaSource(key) };
    void this.ask();
  }

  private lock(why?: 'wrongKey' | 'noMedia'): void {
    sessionStorage.removeItem(KEY);
    clearTimeout(this.timer);
    this.chosen = undefined;
    this.state = { name: 'locked', why };
  }

  /** Asks now, and each second while somebody looks. */
  private async ask(): Promise<void> {
    clearTimeout(this.timer);
    const { state } = this;
    if (state.name === 'locked' || document.hidden) return;
    const { source } = state;
    const asked = await source.overview();
    if (this.state.name === 'locked' || this.state.source !== source) return;
    switch (asked.type) {
      case 'wrong-key':
        return this.lock('wrongKey');
      case 'no-media':
        return this.lock('noMedia');
      case 'unreachable':
        this.said = mediaWords().unreachable;
        if (this.state.name === 'open') this.state = { ...this.state, isReached: false };
        break;
      case 'overview':
        this.show(source, asked.overview);
    }
    this.timer = setTimeout(() => void this.ask(), ASK_MS);
  }

  private show(source: MediaSource, overview: MediaOverview): void {
    if (this.state.name === 'open' && !this.state.isReached) this.said = mediaWords().isBack;
    this.history.add(overview);
    this.state = { name: 'open', source, overview, isReached: true };
    this.revision += 1;
  }

  private async choose({ session, connection }: MediaConnectionInfo): Promise<void> {
    if (this.state.name !== 'open') return;
    this.chosen = { connection, events: await this.state.source.events(session, connection) };
  }

  protected override render() {
    const words = mediaWords();
    document.title = `maru 마루: ${words.title}`;
    return html`
      <header>
        <maru-wordmark></maru-wordmark>
        <h1>${words.title}</h1>
        <maru-page-menu></maru-page-menu>
      </header>
      <main>
        ${this.state.name === 'open' ? this.openView(this.state.overview, this.state.isReached) : this.lockedView()}
        <p class=${this.said === '' ? 'unseen' : 'notice'} role="status" data-testid="said">${this.said}</p>
      </main>
    `;
  }

  private lockedView() {
    const words = mediaWords();
    if (this.state.name === 'asking') return nothing;
    const why = this.state.name === 'locked' ? this.state.why : undefined;
    return html`<form data-testid="lock" @submit=${this.onSubmit}>
      <h2>${words.intro}</h2>
      <label for="key">${words.keyLabel}</label>
      <input id="key" name="key" type="password" autocomplete="off" required data-testid="key" aria-describedby="key-help" />
      <p id="key-help" class="soft">${words.keyHelp}</p>
      ${why === undefined ? nothing : html`<p class="notice problem" role="alert">${words[why]}</p>`}
      <button class="primary" type="submit" data-testid="open">${words.open}</button>
    </form>`;
  }

  private readonly onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const field = this.renderRoot.querySelector<HTMLInputElement>('#key');
    if (field?.value) this.unlock(field.value);
  };

  private openView(overview: MediaOverview, isReached: boolean) {
    const words = mediaWords();
    const { chosen } = this;
    return html`
      ${isReached ? nothing : html`<p class="notice problem" role="alert">${words.unreachable}</p>`}
      ${overview.isDraining ? html`<p class="notice" data-testid="draining">${words.draining}</p>` : nothing}
      <section class="bar" aria-label=${words.title}>
        <span>${words.ports(overview.ports.udp)}</span>
        <span class="actions"><button class="quiet" data-testid="lock-again" @click=${() => this.lock()}>${words.lock}</button></span>
      </section>
      <section aria-labelledby="curves">
        <h2 id="curves">${words.curves}</h2>
        <div class="plots">
          ${mediaCharts(overview).map(
            (chart) =>
              html`<maru-lens-plot .chart=${chart} .series=${this.history.series} .revision=${this.revision}></maru-lens-plot>`,
          )}
        </div>
      </section>
      ${workerTable(overview)} ${peopleTable(overview, (one) => void this.choose(one))}
      ${chosen ? eventList(chosen.connection, chosen.events) : nothing}
    `;
  }
}

customElements.define('maru-media', MediaPage);
