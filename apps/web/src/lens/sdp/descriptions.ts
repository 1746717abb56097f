import type { InspectedDescription } from '@maru/client';
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { MaruElement } from '../../ui/element.js';
import { base, buttons, fields } from '../../ui/styles.js';
import { spoken } from '../bilingual.js';
import { lensStyles } from '../styles.js';
import { formatInstant, lensWords } from '../texts.js';
import { compareDescriptions, type Standing } from './differences.js';
import { type Exchange, pairExchanges } from './exchange.js';
import { explainLine } from './explain.js';
import type { Explanation } from './explanation.js';
import { type SdpLine, type SdpSection, splitSdp } from './line.js';
import { groupLines, type SdpGroup } from './tree.js';

interface ReadDescription {
  readonly sections: readonly SdpSection[];
  readonly standings: ReadonlyMap<SdpLine, Standing>;
}

/** Standings that are worth a mark: where the two sides really differ. */
const DIFFERENT = new Set<Standing['name']>(['changed', 'left-out', 'added']);

/** The offers and answers of a connection: each a tree whose every line is explained, with the differences between the two marked. */
export class LensDescriptions extends MaruElement {
  static override properties = {
    descriptions: { attribute: false },
    revision: { attribute: false },
    chosenExchange: { state: true },
    shownType: { state: true },
    onlyDifferences: { state: true },
    openSections: { state: true },
  };
  declare descriptions: readonly InspectedDescription[];
  /** Changes whenever what is shown, which stays the same object, has something new. */
  declare revision: number;
  /** Index of the exchange shown; undefined: the newest. */
  declare private chosenExchange: number | undefined;
  declare private shownType: 'offer' | 'answer';
  declare private onlyDifferences: boolean;
  /** Indices of the sections whose tree is open. */
  declare private openSections: ReadonlySet<number>;

  /** Parsed once for each exchange: descriptions never change. */
  private readonly readBySdp = new Map<string, ReadDescription>();

  constructor() {
    super();
    this.descriptions = [];
    this.revision = 0;
    this.chosenExchange = undefined;
    this.shownType = 'offer';
    this.onlyDifferences = false;
    this.openSections = new Set([-1]);
  }

  /** Brings one description into view, by the inspector's id for it. */
  show(descriptionId: number): void {
    const exchanges = pairExchanges(this.descriptions);
    const index = exchanges.findIndex(({ offer, answer }) => offer?.id === descriptionId || answer?.id === descriptionId);
    const exchange = exchanges[index];
    if (!exchange) return;
    this.chosenExchange = index;
    this.shownType = exchange.offer?.id === descriptionId ? 'offer' : 'answer';
  }

  protected override render() {
    const words = lensWords();
    const exchanges = pairExchanges(this.descriptions);
    const index = Math.min(this.chosenExchange ?? exchanges.length - 1, exchanges.length - 1);
    const exchange = exchanges[index];
    if (!exchange) return html`<p class="soft">${words.noDescriptions}</p>`;
    const shown = (this.shownType === 'offer' ? exchange.offer : exchange.answer) ?? exchange.offer ?? exchange.answer;
    if (!shown) return nothing;
    const read = this.read(exchange, shown);
    return html`
      <div class="tools">
        ${exchanges.length > 1 ? this.renderExchangeChoice(exchanges, index) : nothing}
        <div class="tabs" role="group" aria-label=${words.exchange}>
          ${this.renderTab('offer', exchange.offer, shown)} ${this.renderTab('answer', exchange.answer, shown)}
        </div>
        <label class="check"
          ><input type="checkbox" .checked=${this.onlyDifferences} @change=${this.toggleOnlyDifferences} /> ${words.onlyDifferences}</label
        >
        <button class="quiet" @click=${() => this.toggleAll(read.sections)}>
          ${this.openSections.size >= read.sections.length ? words.closeAll : words.openAll}
        </button>
      </div>
      ${exchange.offer && exchange.answer ? nothing : html`<p class="soft small">${words.oneSideOnly}</p>`}
      ${repeat(
        read.sections,
        (section) => `${shown.id}/${section.index}`,
        (section) => this.renderSection(section, read.standings),
      )}
    `;
  }

  private renderExchangeChoice(exchanges: readonly Exchange[], index: number) {
    const words = lensWords();
    return html`<label
      >${words.exchange}
      <select @change=${this.onExchange}>
        ${exchanges.map(
          (exchange, at) =>
            html`<option value=${at} ?selected=${at === index}>${words.exchangeNumber(at + 1, formatInstant(exchange.atMs))}</option>`,
        )}
      </select></label
    >`;
  }

  private renderTab(type: 'offer' | 'answer', description: InspectedDescription | undefined, shown: InspectedDescription) {
    const words = lensWords();
    const whose = description ? ` (${description.side === 'local' ? words.ours : words.theirs})` : '';
    return html`<button
      aria-pressed=${description === shown ? 'true' : 'false'}
      ?disabled=${!description}
      @click=${() => (this.shownType = type)}
    >
      ${type === 'offer' ? words.offer : words.answer}${whose}
    </button>`;
  }

  private renderSection(section: SdpSection, standings: ReadonlyMap<SdpLine, Standing>) {
    const words = lensWords();
    const different = section.lines.filter((line) => isDifferent(standings.get(line))).length;
    if (this.onlyDifferences && different === 0) return nothing;
    return html`<details class="section" ?open=${this.openSections.has(section.index)} @toggle=${(event: Event) => this.onToggle(event, section.index)}>
      <summary>
        <h3>${titleOf(section)}</h3>
        <span class="soft small">${words.lines(section.lines.length)}</span>
        ${different ? html`<span class="mark warn">${words.differenceCount(different)}</span>` : nothing}
      </summary>
      ${this.openSections.has(section.index) ? groupLines(section).map((group) => this.renderGroup(group, section, standings)) : nothing}
    </details>`;
  }

  private renderGroup(group: SdpGroup, section: SdpSection, standings: ReadonlyMap<SdpLine, Standing>) {
    const words = lensWords();
    const lines = this.onlyDifferences ? group.lines.filter((line) => isDifferent(standings.get(line))) : group.lines;
    if (lines.length === 0) return nothing;
    const title =
      group.topic === 'codecs'
        ? `${words.topics.codecs}: ${group.encoding || '?'} (${group.payloadType})`
        : words.topics[group.topic];
    return html`<section>
      <h4>${title}</h4>
      <ol>
        ${lines.map((line) => this.renderLine(line, section, standings.get(line)))}
      </ol>
    </section>`;
  }

  private renderLine(line: SdpLine, section: SdpSection, standing: Standing | undefined) {
    const words = lensWords();
    const explanation = explainLine(line, section);
    return html`<li class=${isDifferent(standing) ? 'different' : ''}>
      <div class="source"><span class="number soft" aria-hidden="true">${line.number}</span><code>${line.text}</code></div>
      <div class="explanation">
        <p>
          ${explanation ? spoken(explanation.meaning) : words.unexplained}
          ${standing && isDifferent(standing) ? html`<span class="mark warn">${words.marks[standing.name]}</span>` : nothing}
        </p>
        ${standing ? this.renderStanding(standing) : nothing} ${explanation ? this.renderTerm(explanation) : nothing}
      </div>
    </li>`;
  }

  private renderStanding(standing: Standing) {
    const words = lensWords();
    if (!isDifferent(standing)) return nothing;
    const text = standing.name === 'changed' ? words.standingOfLine.changed(standing.other) : words.standingOfLine[standing.name];
    return html`<p class="small difference">${text}</p>`;
  }

  private renderTerm(explanation: Explanation) {
    const head = html`<span class="term">${explanation.term}</span> · ${explanation.standard}`;
    if (!explanation.parts?.length) return html`<p class="soft small">${head}</p>`;
    return html`<details class="parts">
      <summary class="soft small">${head}</summary>
      <dl class="small">
        ${explanation.parts.map((part) => html`<dt><code>${part.text}</code></dt><dd>${spoken(part.meaning)}</dd>`)}
      </dl>
    </details>`;
  }

  private read(exchange: Exchange, shown: InspectedDescription): ReadDescription {
    const other = shown === exchange.offer ? exchange.answer : exchange.offer;
    const key = `${shown.id}/${other?.id ?? ''}`;
    const known = this.readBySdp.get(key);
    if (known) return known;
    const sections = splitSdp(shown.sdp);
    const otherSections = other ? splitSdp(other.sdp) : undefined;
    const standings = !otherSections
      ? new Map<SdpLine, Standing>()
      : shown === exchange.offer
        ? compareDescriptions(sections, otherSections)
        : compareDescriptions(otherSections, sections);
    const read = { sections, standings };
    this.readBySdp.set(key, read);
    return read;
  }

  private readonly onExchange = (event: Event): void => {
    this.chosenExchange = Number((event.currentTarget as HTMLSelectElement).value); // the select that the listener is on
  };

  private readonly toggleOnlyDifferences = (): void => {
    this.onlyDifferences = !this.onlyDifferences;
  };

  private toggleAll(sections: readonly SdpSection[]): void {
    const all = this.openSections.size >= sections.length;
    this.openSections = new Set(all ? [] : sections.map((section) => section.index));
  }

  private onToggle(event: Event, index: number): void {
    const { open } = event.currentTarget as HTMLDetailsElement; // the details that the listener is on
    if (open === this.openSections.has(index)) return;
    const next = new Set(this.openSections);
    if (open) next.add(index);
    else next.delete(index);
    this.openSections = next;
  }

  static override styles = [
    base,
    buttons,
    fields,
    lensStyles,
    css`
      :host {
        container-type: inline-size;
      }
      .tools {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: 0.5rem 1rem;
        margin-bottom: 0.75rem;
      }
      .tools select {
        width: auto;
        min-width: 11rem;
      }
      .tabs {
        display: flex;
      }
      .tabs button {
        border-radius: 0;
      }
      .tabs button:first-child {
        border-start-start-radius: var(--radius, 12px);
        border-end-start-radius: var(--radius, 12px);
      }
      .tabs button:last-child {
        border-start-end-radius: var(--radius, 12px);
        border-end-end-radius: var(--radius, 12px);
        margin-left: -1px;
      }
      .tabs button[aria-pressed='true'] {
        background: var(--wood-wash, var(--raised));
        border-color: var(--wood);
        font-weight: 600;
        z-index: 1;
      }
      .check {
        display: inline-flex;
        align-items: center;
        gap: 0.45rem;
        min-height: 44px;
        color: var(--ink);
      }
      .check input {
        width: 1.15rem;
        height: 1.15rem;
        accent-color: var(--wood);
      }
      .section {
        border: 1px solid var(--line, var(--ink-soft));
        border-radius: var(--radius, 12px);
        background: var(--panel);
        margin-bottom: 0.6rem;
      }
      .section > summary {
        min-height: 44px;
        padding: 0.55rem 0.9rem 0.3rem;
      }
      .section > summary > h3 {
        display: inline;
      }
      .section > summary > * + * {
        margin-left: 0.5rem;
      }
      section {
        padding: 0 0.9rem 0.75rem;
      }
      h4 {
        margin: 0.35rem 0 0.25rem;
        font: 600 var(--text-s, 0.8125rem) / 1.4 var(--font, system-ui, sans-serif);
        color: var(--ink-soft);
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1.1fr);
        gap: 0.2rem 1.25rem;
        padding: 0.45rem 0.5rem;
        border-top: 1px solid var(--line, transparent);
      }
      li.different {
        background: var(--amber-wash, transparent);
        box-shadow: inset 3px 0 var(--amber);
      }
      .source {
        display: grid;
        grid-template-columns: 2.2rem minmax(0, 1fr);
        align-items: baseline;
      }
      .number {
        font-size: 0.75rem;
        user-select: none;
      }
      .difference {
        color: var(--amber-ink, var(--ink));
        overflow-wrap: anywhere;
      }
      .term {
        font-weight: 600;
      }
      dl {
        display: grid;
        grid-template-columns: fit-content(45%) minmax(0, 1fr);
        gap: 0.15rem 0.8rem;
        margin-top: 0.3rem;
      }
      dd {
        color: var(--ink-soft);
      }
      @container (max-width: 639px) {
        li {
          grid-template-columns: minmax(0, 1fr);
        }
        .explanation {
          padding-left: 2.2rem;
        }
      }
    `,
  ];
}

function isDifferent(standing: Standing | undefined): boolean {
  return standing !== undefined && DIFFERENT.has(standing.name);
}

function titleOf(section: SdpSection): string {
  const words = lensWords();
  if (section.index < 0) return words.sessionPart;
  const kinds = words.sectionOf;
  const kind =
    section.kind === 'audio' || section.kind === 'video' || section.kind === 'application' ? kinds[section.kind] : kinds.other;
  return `${kind} (mid ${section.mid || section.index})`;
}

customElements.define('maru-lens-descriptions', LensDescriptions);
