import { type InspectedConnection, type Inspection, SERVER_ID } from '@maru/client';
import { css, html, nothing } from 'lit';
import { Download, Maximize2, Minimize2 } from 'lucide';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons, fields } from '../ui/styles.js';
import './keys.js';
import './path/addresses.js';
import './path/path-picture.js';
import { CHARTS } from './plots/charts.js';
import './plots/plot.js';
import { LensDescriptions } from './sdp/descriptions.js';
import { lensStyles } from './styles.js';
import { lensWords } from './texts.js';
import './timeline/steps.js';

const SECTIONS = ['path', 'steps', 'curves', 'descriptions', 'candidates', 'keys'] as const;
type SectionName = (typeof SECTIONS)[number];

/** A call looked into, live or from a file: the one view behind {@link UnderTheHood} and {@link LensViewer}. */
export class Lens extends MaruElement {
  static override properties = {
    inspection: { attribute: false },
    revision: { attribute: false },
    saveable: { type: Boolean },
    chosenId: { state: true },
    large: { state: true },
  };
  declare inspection: Inspection | undefined;
  /** Changes whenever the inspection, which stays the same object, has something new. */
  declare revision: number;
  /** Whether "Save as a file" is offered; the owner answers the event `lens-save`. */
  declare saveable: boolean;
  declare private chosenId: string | undefined;
  declare private large: boolean;

  constructor() {
    super();
    this.inspection = undefined;
    this.revision = 0;
    this.saveable = false;
    this.chosenId = undefined;
    this.large = false;
  }

  /** The connection looked at: the chosen one, or the first that is still there. */
  private get connection(): InspectedConnection | undefined {
    const connections = this.inspection?.connections;
    if (!connections) return undefined;
    const chosen = this.chosenId === undefined ? undefined : connections.get(this.chosenId);
    return chosen ?? [...connections.values()].find((each) => each.leftAtMs === undefined) ?? [...connections.values()].at(-1);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('fullscreenchange', this.onFullSize);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('fullscreenchange', this.onFullSize);
  }

  protected override render() {
    const words = lensWords();
    const { connection } = this;
    return html`
      <header>
        <div class="tools">
          ${this.renderChoice(connection)}
          <span class="buttons">
            ${
              this.saveable
                ? html`<button data-testid="lens-save" aria-label=${words.save} title=${words.save} @click=${() => this.tell('lens-save')}>
                    ${icon(Download)}<span class="label-text">${words.save}</span>
                  </button>`
                : nothing
            }
            <slot name="tools"></slot>
            ${
              document.fullscreenEnabled
                ? html`<button
                    class="square"
                    @click=${this.toggleFullSize}
                    aria-label=${this.large ? words.leaveFullSize : words.fullSize}
                    title=${this.large ? words.leaveFullSize : words.fullSize}
                  >
                    ${this.large ? icon(Minimize2) : icon(Maximize2)}
                  </button>`
                : nothing
            }
          </span>
        </div>
        <nav aria-label=${words.sections}>
          ${SECTIONS.map((section) => html`<a href="#lens-${section}" @click=${(event: Event) => this.jump(event, section)}>${words[section]}</a>`)}
        </nav>
      </header>
      ${this.renderSection('path', connection ? html`<maru-lens-path .connection=${connection} .revision=${this.revision} .hasServer=${this.hasServer}></maru-lens-path>` : this.renderNobody())}
      ${this.renderSection(
        'steps',
        html`<maru-lens-steps
          class="card"
          .inspection=${this.inspection}
          .connectionId=${connection?.connectionId}
          .revision=${this.revision}
          .live=${this.saveable}
          @lens-show-description=${this.onShowDescription}
        ></maru-lens-steps>`,
      )}
      ${
        connection
          ? html`
              ${this.renderSection('curves', this.renderCurves(connection))}
              ${this.renderSection('descriptions', html`<maru-lens-descriptions .descriptions=${connection.descriptions} .revision=${this.revision}></maru-lens-descriptions>`)}
              ${this.renderSection('candidates', html`<maru-lens-addresses .connection=${connection} .revision=${this.revision}></maru-lens-addresses>`)}
              ${this.renderSection('keys', html`<maru-lens-keys .connection=${connection} .revision=${this.revision}></maru-lens-keys>`)}
            `
          : nothing
      }
    `;
  }

  private get hasServer(): boolean {
    return (
      this.inspection?.entries.some((entry) => entry.meaning?.key === 'token-shown' || entry.meaning?.key === 'welcomed') ?? false
    );
  }

  private renderChoice(current: InspectedConnection | undefined) {
    const words = lensWords();
    const connections = [...(this.inspection?.connections.values() ?? [])];
    if (!current) return html`<span></span>`;
    const label = (each: InspectedConnection) =>
      `${each.connectionId === SERVER_ID ? words.withServer : words.connectionTo(each.name ?? words.unnamed)}${each.leftAtMs === undefined ? '' : ` (${words.left})`}`;
    if (connections.length === 1) return html`<strong>${label(current)}</strong>`;
    return html`<label
      ><span class="unseen">${words.connection}</span>
      <select @change=${this.onChoice}>
        ${connections.map((each) => html`<option value=${each.connectionId} ?selected=${each === current}>${label(each)}</option>`)}
      </select></label
    >`;
  }

  private renderSection(name: SectionName, content: unknown) {
    return html`<section id="lens-${name}" aria-labelledby="title-${name}">
      <h2 id="title-${name}" tabindex="-1">${lensWords()[name]}</h2>
      ${content}
    </section>`;
  }

  private renderCurves(connection: InspectedConnection) {
    if (connection.series.atMs.length === 0) return html`<p class="soft">${lensWords().noFigures}</p>`;
    return html`<div class="plots">
      ${CHARTS.map(
        (chart) =>
          html`<maru-lens-plot class="card" .chart=${chart} .series=${connection.series} .revision=${this.revision}></maru-lens-plot>`,
      )}
    </div>`;
  }

  private renderNobody() {
    return html`<p class="soft">${lensWords().noConnection}</p>`;
  }

  private readonly onChoice = (event: Event): void => {
    this.chosenId = (event.currentTarget as HTMLSelectElement).value; // the select that the listener is on
  };

  private readonly onFullSize = (): void => {
    this.large =
      this.shadowRoot?.fullscreenElement === this || document.fullscreenElement === this || this.matches(':fullscreen');
  };

  private readonly toggleFullSize = (): void => {
    void (this.large ? document.exitFullscreen() : this.requestFullscreen());
  };

  private jump(event: Event, section: SectionName): void {
    event.preventDefault(); // the address belongs to the page's own navigation
    const title = this.renderRoot.querySelector<HTMLElement>(`#title-${section}`);
    title?.scrollIntoView({ block: 'start' });
    title?.focus({ preventScroll: true });
  }

  private readonly onShowDescription = (event: CustomEvent<number>): void => {
    const descriptions = this.renderRoot.querySelector('maru-lens-descriptions');
    if (!(descriptions instanceof LensDescriptions)) return;
    descriptions.show(event.detail);
    this.jump(event, 'descriptions');
  };

  static override styles = [
    base,
    buttons,
    fields,
    lensStyles,
    css`
      :host {
        display: block;
        container-type: inline-size;
        background: var(--paper);
      }
      :host(:fullscreen) {
        overflow-y: auto;
        padding: 0 max(1.25rem, calc(50vw - 46rem)) 3rem;
      }
      header {
        position: sticky;
        top: 0;
        z-index: 2;
        background: var(--paper);
        padding: 0.5rem 0 0.35rem;
        border-bottom: 1px solid var(--line, var(--ink-soft));
      }
      .tools {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 0.5rem 1rem;
      }
      .tools select {
        width: auto;
        min-width: 10rem;
        max-width: 16rem;
      }
      .buttons {
        display: flex;
        gap: 0.5rem;
        margin-left: auto;
      }
      nav {
        display: flex;
        flex-wrap: wrap;
        gap: 0 1rem;
      }
      nav a {
        padding: 0.4rem 0;
        min-height: 32px;
        font-size: var(--text-s, 0.8125rem);
        font-weight: 500;
        text-decoration: none;
      }
      nav a:hover {
        text-decoration: underline;
      }
      @container (max-width: 30rem) {
        .label-text {
          display: none;
        }
        nav {
          flex-wrap: nowrap;
          overflow-x: auto;
          white-space: nowrap;
          scrollbar-width: none;
        }
      }
      section {
        margin-top: 1.4rem;
      }
      h2 {
        margin: 0 0 0.6rem;
        font-size: var(--text-l, 1.25rem);
        font-weight: 600;
        line-height: 1.3;
        scroll-margin-top: 7.5rem;
      }
      h2:focus-visible {
        outline-offset: 4px;
        border-radius: 4px;
      }
      .card {
        border: 1px solid var(--line, var(--ink-soft));
        border-radius: var(--radius, 12px);
        background: var(--panel);
      }
      .plots {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(21rem, 100%), 1fr));
        gap: 0.75rem;
      }
      .plots .card {
        padding: 0.7rem 0.9rem;
        min-width: 0;
      }
    `,
  ];
}

customElements.define('maru-lens', Lens);
