import { html, nothing, type TemplateResult } from 'lit';
import '../app/page-menu.js';
import type { Chart, PlotSeries } from '../lens/plots/charts.js';
import '../lens/plots/plot.js';
import { MaruElement } from '../ui/element.js';
import { base, buttons, fields } from '../ui/styles.js';
import '../ui/wordmark.js';
import { operatorStyles } from './styles.js';

const ASK_MS = 1_000;

/** What came of asking the server with a key. */
export type Asked<Overview, Refusal extends string> =
  | { readonly type: 'overview'; readonly overview: Overview }
  /** Asking again will not help. */
  | { readonly type: 'refused'; readonly why: Refusal }
  /** The server cannot be reached, or is another one. */
  | { readonly type: 'unreachable' };

export interface OverviewSource<Overview, Refusal extends string> {
  overview(): Promise<Asked<Overview, Refusal>>;
}

/** What every such page says. */
export interface OperatorWords {
  readonly title: string;
  readonly intro: string;
  readonly keyLabel: string;
  readonly keyHelp: string;
  readonly open: string;
  readonly unreachable: string;
  readonly isBack: string;
  readonly draining: string;
  readonly curves: string;
}

/** Where the page stands: it has no key, or one that was refused; or it has one, and what came last with it. */
type State<Overview, Source, Refusal> =
  | { readonly name: 'locked'; readonly why: Refusal | undefined }
  | { readonly name: 'asking'; readonly source: Source }
  | { readonly name: 'open'; readonly source: Source; readonly overview: Overview; readonly isReached: boolean };

/** A page for whoever runs a server: it asks with a key, each second while somebody looks, and shows what came. */
export abstract class OperatorPage<
  Overview extends { readonly isDraining: boolean },
  Source extends OverviewSource<Overview, Refusal>,
  Refusal extends string,
> extends MaruElement {
  static override properties = { state: { state: true }, said: { state: true }, revision: { state: true } };
  static override styles = [base, buttons, fields, operatorStyles];
  declare protected state: State<Overview, Source, Refusal>;
  /** What changed last, or what the last press came to; said to screen readers, too. */
  declare protected said: string;
  declare protected revision: number;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly onVisible = (): void => void (document.hidden || this.ask());

  constructor() {
    super();
    this.state = { name: 'locked', why: undefined };
    this.said = '';
    this.revision = 0;
  }

  /** Under which name this tab remembers the key. */
  protected abstract readonly keyName: string;
  /** Of the key, in characters. */
  protected readonly leastKeyLength: number = 1;

  protected abstract words(): OperatorWords & Readonly<Record<Refusal, string>>;
  protected abstract sourceOf(key: string): Source;
  /** A key was given: what was drawn before belongs to another. */
  protected abstract began(): void;
  /** Takes an overview into the curves. */
  protected abstract take(overview: Overview, source: Source): void;
  protected abstract get series(): PlotSeries;
  protected abstract charts(overview: Overview): readonly Chart[];
  /** What stands in the bar at the top. */
  protected abstract bar(overview: Overview): TemplateResult;
  /** What stands under the curves; `above` them stands what cannot wait. */
  protected abstract details(overview: Overview): TemplateResult;

  protected above(_overview: Overview): TemplateResult | typeof nothing {
    return nothing;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.onVisible);
    const key = sessionStorage.getItem(this.keyName);
    if (key) this.unlock(key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.onVisible);
    clearTimeout(this.timer);
  }

  /** What is asked while the page is open; undefined while it is not. */
  protected get source(): Source | undefined {
    return this.state.name === 'open' ? this.state.source : undefined;
  }

  protected lock(why?: Refusal): void {
    sessionStorage.removeItem(this.keyName);
    clearTimeout(this.timer);
    this.state = { name: 'locked', why };
  }

  /** Asks now, and each second while somebody looks. */
  protected async ask(): Promise<void> {
    clearTimeout(this.timer);
    const { state } = this;
    if (state.name === 'locked' || document.hidden) return;
    const { source } = state;
    const asked = await source.overview();
    if (this.state.name === 'locked' || this.state.source !== source) return;
    if (asked.type === 'refused') return this.lock(asked.why);
    if (asked.type === 'unreachable') this.unreachable();
    else this.show(source, asked.overview);
    this.timer = setTimeout(() => void this.ask(), ASK_MS);
  }

  private unlock(key: string): void {
    sessionStorage.setItem(this.keyName, key);
    this.began();
    this.state = { name: 'asking', source: this.sourceOf(key) };
    void this.ask();
  }

  private show(source: Source, overview: Overview): void {
    if (this.state.name === 'open' && !this.state.isReached) this.said = this.words().isBack;
    this.take(overview, source);
    this.state = { name: 'open', source, overview, isReached: true };
    this.revision += 1;
  }

  private unreachable(): void {
    this.said = this.words().unreachable;
    if (this.state.name === 'open') this.state = { ...this.state, isReached: false };
  }

  protected override render() {
    const words = this.words();
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
    if (this.state.name !== 'locked') return nothing;
    const words = this.words();
    const { why } = this.state;
    return html`<form data-testid="lock" @submit=${this.onSubmit}>
      <h2>${words.intro}</h2>
      <label for="key">${words.keyLabel}</label>
      <input
        id="key"
        name="key"
        type="password"
        autocomplete="off"
        required
        minlength=${this.leastKeyLength}
        data-testid="key"
        aria-describedby="key-help"
      />
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

  private openView(overview: Overview, isReached: boolean) {
    const words = this.words();
    return html`
      ${isReached ? nothing : html`<p class="notice problem" role="alert">${words.unreachable}</p>`}
      ${overview.isDraining ? html`<p class="notice" data-testid="draining">${words.draining}</p>` : nothing}
      ${this.bar(overview)} ${this.above(overview)}
      <section aria-labelledby="curves">
        <h2 id="curves">${words.curves}</h2>
        <div class="plots">
          ${this.charts(overview).map(
            (chart) => html`<maru-lens-plot .chart=${chart} .series=${this.series} .revision=${this.revision}></maru-lens-plot>`,
          )}
        </div>
      </section>
      ${this.details(overview)}
    `;
  }
}
