import type { TurnOverview } from '@maru/signaling/turn';
import { html } from 'lit';
import type { PlotSeries } from '../lens/plots/charts.js';
import { OperatorPage } from '../operator/operator-page.js';
import { RELAY_CHARTS } from './charts.js';
import { formatAge } from './figures.js';
import { History } from './history.js';
import { type RelayRefusal, RelaySource } from './relay-source.js';
import { allocationTable, meters, refusalTable, userTable } from './tables.js';
import { relayWords } from './texts.js';

/** What the STUN/TURN server does now. */
export class RelayPage extends OperatorPage<TurnOverview, RelaySource, RelayRefusal> {
  protected readonly keyName = 'maru.relay.key';
  protected override readonly leastKeyLength = 32;
  private history = new History();

  protected words() {
    return relayWords();
  }

  protected sourceOf(key: string): RelaySource {
    return new RelaySource(key);
  }

  protected began(): void {
    this.history = new History();
  }

  protected take(overview: TurnOverview): void {
    this.history.add(overview);
  }

  protected get series(): PlotSeries {
    return this.history.series;
  }

  protected charts() {
    return RELAY_CHARTS;
  }

  private async endAllocation(id: number): Promise<void> {
    if (!(await this.source?.endAllocation(id))) return;
    this.said = relayWords().ended;
    await this.ask();
  }

  private async setDraining(draining: boolean): Promise<void> {
    if (await this.source?.setDraining(draining)) await this.ask();
  }

  private async reload(): Promise<void> {
    const { source } = this;
    if (!source) return;
    const words = relayWords();
    const done = await source.reload();
    if (!done) this.said = words.reloadFailed;
    else this.said = done.needsRestart.length > 0 ? words.reloadedPartly(done.needsRestart.join(', ')) : words.reloaded;
  }

  protected bar(overview: TurnOverview) {
    const words = relayWords();
    const listeners = new Map<string, number[]>();
    for (const { transport, port } of overview.listeners) {
      const ports = listeners.get(transport) ?? [];
      listeners.set(transport, ports.includes(port) ? ports : [...ports, port]);
    }
    const upSeconds = (Date.parse(overview.at) - Date.parse(overview.startedAt)) / 1_000;
    return html`<section class="bar" aria-label=${words.listeners}>
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
    </section>`;
  }

  protected details(overview: TurnOverview) {
    const words = relayWords();
    return html`
      <section aria-labelledby="use">
        <h2 id="use">${words.use}</h2>
        ${meters(overview)}
      </section>
      ${allocationTable(overview, (id) => this.endAllocation(id))} ${userTable(overview)} ${refusalTable(overview)}
    `;
  }
}

customElements.define('maru-relay', RelayPage);
