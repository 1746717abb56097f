import { html, nothing } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import { ArrowRight, Home, Link2, Route, Telescope, Video, X } from 'lucide';
import '../app/page-menu.js';
import { navigation } from '../app/navigation.js';
import { type Problem, type ProblemAction, problemOfError } from '../errors/problem.js';
import '../errors/problem-card.js';
import { appConfig, createHall } from '../halls/api.js';
import { hallPath } from '../halls/link-mode.js';
import { hallOf, type RecentHall, recentHalls } from '../halls/recent-halls.js';
import { language, words } from '../i18n/index.js';
import { relativeTime } from '../i18n/relative-time.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons, fields } from '../ui/styles.js';
import '../ui/wordmark.js';
import { doorStyles } from './door.css.js';

/** How media may travel in a hall. */
type HallMode = 'auto' | 'p2p' | 'sfu';

/** The front door: start a call, join one by its link, or go back to a hall one knows. */
export class Door extends MaruElement {
  static override properties = {
    starting: { state: true },
    invalid: { state: true },
    problem: { state: true },
    halls: { state: true },
    modes: { state: true },
  };
  declare starting: boolean;
  declare invalid: boolean;
  declare problem: Problem | undefined;
  declare halls: readonly RecentHall[];
  /** How media may travel here, the server's own choice first; empty while that is not known, or there is no choice. */
  declare modes: readonly HallMode[];

  static override styles = [base, buttons, fields, doorStyles];

  private readonly link = createRef<HTMLInputElement>();
  private readonly mode = createRef<HTMLSelectElement>();

  constructor() {
    super();
    this.starting = false;
    this.invalid = false;
    this.halls = recentHalls.list();
    this.modes = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = 'maru 마루';
    void this.learnModes();
  }

  protected override render() {
    const { door } = words();
    return html`
      <div class="page">
        <header>
          <maru-wordmark></maru-wordmark>
          <maru-page-menu></maru-page-menu>
        </header>
        <main data-testid="door">
          <section class="welcome">
            <h1>${door.title}</h1>
            <p class="subtitle">${door.subtitle}</p>
            ${
              this.problem &&
              html`<maru-problem .problem=${this.problem} @problem-action=${(event: CustomEvent<ProblemAction>) => this.act(event.detail)}></maru-problem>`
            }
            <button class="primary start" data-testid="start-call" ?disabled=${this.starting} @click=${this.start}>
              ${icon(Video, 22)}${this.starting ? door.starting : door.start}
            </button>
            ${this.modeChoice()} ${this.joinForm()}
            <a class="direct" href="/direct" data-testid="direct-link">
              ${icon(Route, 20)}<span><b>${door.direct}</b><small>${door.directHint}</small></span>${icon(ArrowRight, 18)}
            </a>
            <a class="saved" href="/lens" data-testid="lens-link">${door.openSaved}</a>
          </section>
          ${this.picture()} ${this.recent()} ${this.promises()}
        </main>
      </div>
    `;
  }

  private modeChoice() {
    const { door } = words();
    if (this.modes.length < 2) return nothing;
    return html`<details class="mode">
      <summary>${door.mode}</summary>
      <select ${ref(this.mode)} data-testid="hall-mode" aria-label=${door.mode}>
        ${this.modes.map((mode) => html`<option value=${mode}>${door.modes[mode]}</option>`)}
      </select>
    </details>`;
  }

  private joinForm() {
    const { door } = words();
    return html`<form novalidate @submit=${this.join}>
      <label for="link">${door.joinLabel}</label>
      <div class="row">
        <div class="field">
          ${icon(Link2, 18)}
          <input
            ${ref(this.link)}
            id="link"
            type="text"
            inputmode="url"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            data-testid="join-link"
            placeholder=${door.joinPlaceholder}
            aria-invalid=${this.invalid ? 'true' : 'false'}
            aria-describedby="link-error"
            @input=${() => {
              this.invalid = false;
            }}
          />
        </div>
        <button data-testid="join-by-link">${door.join}</button>
      </div>
      <p id="link-error" class="error" role="alert">${this.invalid ? door.joinInvalid : nothing}</p>
    </form>`;
  }

  /** The house itself: a roof, two rooms, and between them the open wooden floor with people on it. */
  private picture() {
    return html`<div class="picture" aria-hidden="true">
      <svg viewBox="0 0 480 360" fill="none">
        <circle class="sun" cx="388" cy="76" r="34" />
        <path class="hill" d="M0 214c52-50 96-62 150-34s84 26 140-14 128-40 190 26v98H0z" />
        <path class="wall" d="M66 166h102v118H66zM312 166h102v118H312z" />
        <path class="paper" d="M84 184h66v78H84zM330 184h66v78h-66z" />
        <path class="lattice" d="M106 184v78M128 184v78M84 204h66M84 223h66M84 242h66M352 184v78M374 184v78M330 204h66M330 223h66M330 242h66" />
        <path class="post" d="M168 160h10v128h-10zM302 160h10v128h-10zM56 160h10v128H56zM414 160h10v128h-10z" />
        <path class="roof" d="M22 168c40-8 64-34 92-66h252c28 32 52 58 92 66-22 6-44 4-66-2H88c-22 6-44 8-66 2z" />
        <path class="ridge" d="M110 102c6-10 10-12 20-12h220c10 0 14 2 20 12z" />
        <path class="floor" d="M46 284h388v20H46z" />
        <path class="board" d="M110 284v20M174 284v20M240 284v20M306 284v20M370 284v20" />
        <path class="stone" d="M70 304h26v14H70zM384 304h26v14h-26zM206 304h68v12h-68z" />
        <g class="people">
          <path class="one" d="M194 284c0-22 8-34 20-34s20 12 20 34z" /><circle class="one" cx="214" cy="237" r="12" />
          <path class="two" d="M246 284c0-20 8-31 19-31s19 11 19 31z" /><circle class="two" cx="265" cy="241" r="11" />
        </g>
      </svg>
    </div>`;
  }

  private recent() {
    const { door } = words();
    if (this.halls.length === 0) return nothing;
    return html`<section class="recent" aria-labelledby="recent">
      <h2 id="recent">${door.recent}</h2>
      <ul>
        ${this.halls.map(
          ({ hall, lastAt }) => html`<li>
            <a href=${`/h/${hall}`} data-testid="recent-hall">
              <b>${hall}</b><small>${door.lastHere(relativeTime(lastAt, Date.now(), language.current))}</small>
            </a>
            <button class="quiet square" aria-label=${door.forget(hall)} @click=${() => this.forget(hall)}>${icon(X, 18)}</button>
          </li>`,
        )}
      </ul>
    </section>`;
  }

  private promises() {
    const { door } = words();
    return html`<ul class="promises">
      <li>${icon(Route, 22)}<div><b>${door.promiseDirectTitle}</b><p>${door.promiseDirect}</p></div></li>
      <li>${icon(Telescope, 22)}<div><b>${door.promiseOpenTitle}</b><p>${door.promiseOpen}</p></div></li>
      <li>${icon(Home, 22)}<div><b>${door.promiseYoursTitle}</b><p>${door.promiseYours}</p></div></li>
    </ul>`;
  }

  private readonly start = async (): Promise<void> => {
    this.starting = true;
    this.problem = undefined;
    try {
      const mode = this.modes.find((one) => one === this.mode.value?.value && one !== this.modes[0]);
      const { hall } = await createHall(mode);
      navigation.go(hallPath(hall, mode));
    } catch (error) {
      this.problem = problemOfError(words(), error);
    } finally {
      this.starting = false;
    }
  };

  private readonly join = (event: Event): void => {
    event.preventDefault();
    const hall = hallOf(this.link.value?.value ?? '');
    if (hall) navigation.go(`/h/${hall}`);
    else {
      this.invalid = true;
      this.link.value?.focus();
    }
  };

  private async learnModes(): Promise<void> {
    try {
      const { modes, hallMode } = await appConfig();
      const known = (['auto', 'p2p', 'sfu'] as const).filter((mode) => modes.includes(mode));
      this.modes = known.sort((a, b) => Number(b === hallMode) - Number(a === hallMode));
    } catch {
      this.modes = []; // the server's own choice does
    }
  }

  private forget(hall: string): void {
    recentHalls.forget(hall);
    this.halls = recentHalls.list();
  }

  private act(action: ProblemAction): void {
    if (action === 'reload') location.reload();
    else void this.start();
  }
}

customElements.define('maru-door', Door);
