import type { TurnOverview } from '@maru/signaling/turn';
import { html, nothing } from 'lit';
import '../app/page-menu.js';
import '../lens/plots/plot.js';
import { MaruElement } from '../ui/element.js';
import { base, buttons, fields } from '../ui/styles.js';
import '../ui/wordmark.js';
import { RELAY_CHARTS } from './charts.js';
import { formatAge } from './figures.js';
import { History } from './history.js';
import { OverviewSource } from './overview-source.js';
import { relayStyles } from './styles.js';
import { allocationTable, meters, refusalTable, userTable } from './tables.js';
import { relayWords } from './texts.js';

const KEY = 'maru.relay.key';
const ASK_MS = 1_000;

/** Where the page stands: it has no key, or one that was refused; or it has one, and what came last with it. */
type State =
  | { readonly name: 'locked'; readonly why: 'wrongKey' | 'lockedOut' | undefined }
  | { readonly name: 'asking'; readonly source: OverviewSource }
  | { readonly name: 'open'; readonly source: OverviewSource; readonly overview: TurnOverview; readonly isReached: boolean };

/** What the STUN/TURN server does now. */
export class RelayPage extends MaruElement {
  static override properties = { state: { state: true }, said: { state: true }, revision: { state: true } };
  static override styles = [base, buttons, fields, relayStyles];
  declare state: State;
  /** What the last press came to; said to screen readers, too. */
  declare said: string;
  declare revision: number;
  private history = new History();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly onVisible = (): void => void (document.hidden || this.ask());

  constructor() {
    super();
    this.state = { name: 'locked', why: undefined };
    this.said = '';
    this.revision = 0;
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
    this.history = new History();
    this.state = { name: 'asking', source: new OverviewSource(key) };
    void this.ask();
  }

  private lock(why?: 'wrongKey' | 'lockedOut'): void {
    sessionStorage.removeItem(KEY);
    clearTimeout(this.timer);
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
      case 'locked-out':
        return this.lock('lockedOut');
      case 'unreachable':
        this.unreachable();
        break;
      case 'overview':
        this.show(source, asked.overview);
    }
    this.timer = setTimeout(() => void this.ask(), ASK_MS);
  }

  private show(source: OverviewSource, overview: TurnOverview): void {
    if (this.state.name === 'open' && !this.state.isReached) this.said = relayWords().isBack;
    this.history.add(overview);
    this.state = { name: 'open', source, overview, isReached: true };
    this.revision += 1;
  }

  private unreachable(): void {
    this.said = relayWords().unreachable;
    if (this.state.name === 'open') this.state = { ...this.state, isReached: false };
  }

  private async endAllocation(id: number): Promise<void> {
    if (this.state.name !== 'open' || !(await this.state.source.endAllocation(id))) return;
    this.said = relayWords().ended;
    await this.ask();
  }

  private async setDraining(draining: boolean): Promise<void> {
    if (this.state.name === 'open' && (await this.state.source.setDraining(draining))) await this.ask();
  }

  private async reload(): Promise<void> {
    if (this.state.name !== 'open') return;
    const words = relayWords();
    const done = await this.state.source.reload();
    if (!done) this.said = words.reloadFailed;
    else this.said = done.needsRestart.length > 0 ? words.reloadedPartly(done.needsRestart.join(', ')) : words.reloaded;
  }

  protected override render() {
    const words = relayWords();
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
    const words = relayWords();
    if (this.state.name === 'asking') return nothing;
    const why = this.state.name === 'locked' ? this.state.why : undefined;
    return html`<form data-testid="lock" @submit=${this.onSubmit}>
      <h2>${words.intro}</h2>
      <label for="key">${words.keyLabel}</label>
      <input id="key" name="key" type="password" autocomplete="off" required minlength="32" data-testid="key" aria-describedby="key-help" />
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

  private openView(overview: TurnOverview, isReached: boolean) {
    const words = relayWords();
    const listeners = new Map<string, number[]>();
    for (const { transport, port } of overview.listeners) {
      const ports = listeners.get(transport) ?? [];
      listeners.set(transport, ports.includes(port) ? ports : [...ports, port]);
    }
    const upSeconds = (Date.parse(overview.at) - Date.parse(overview.startedAt)) / 1_000;
    return html`
      ${isReached ? nothing : html`<p class="notice problem" role="alert">${words.unreachable}</p>`}
      ${overview.isDraining ? html`<p class="notice" data-testid="draining">${words.draining}</p>` : nothing}
      <section class="bar" aria-label=${words.listeners}>
        <span>${words.listeners} ${[...listeners].map(([transport, ports]) => html`<code>${transport.toUpperCase()} ${ports.join(', ')}</code> `)}</span>
        <span class="soft">${words.realm(overview.realm)}</span>
        <span class="soft">${overview.driver === 'native' ? words.native : words.plain}</span>
        <span class="soft">maru ${overview.version}, ${words.since(formatAge(upSeconds))}</span>
        <span class="actions">
          <button data-testid="reload" @click=${() => this.reload()}>${words.reload}</button>
          <button data-testid="drain" @click=${() => this.setDraining(!overview.isDraining)}>
            ${overview.isDraining ? words.stopDraining : words.drain}
          </button>
          <button class="quiet" data-testid="lock-again" @click=${() => this.lock()}>${words.lock}</button>
        </span>
      </section>
      <section aria-labelledby="curves">
        <h2 id="curves">${words.curves}</h2>
        <div class="plots">
          ${RELAY_CHARTS.map(
            (chart) =>
              html`<maru-lens-plot .chart=${chart} .series=${this.history.series} .revision=${this.revision}></maru-lens-plot>`,
          )}
        </div>
      </section>
      <section aria-labelledby="use">
        <h2 id="use">${words.use}</h2>
        ${meters(overview)}
      </section>
      ${allocationTable(overview, (id) => this.endAllocation(id))} ${userTable(overview)} ${refusalTable(overview)}
    `;
  }
}

customElements.define('maru-relay', RelayPage);
