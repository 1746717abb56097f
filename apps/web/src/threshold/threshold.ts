import { html, nothing } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import { ArrowLeft, ChevronDown, LogIn } from 'lucide';
import '../app/page-menu.js';
import { mediaProblem, type Problem, type ProblemAction } from '../errors/problem.js';
import '../errors/problem-card.js';
import { words } from '../i18n/index.js';
import { browserOf } from '../media/browser.js';
import '../media/device-choice.js';
import type { LocalMedia } from '../media/local-media.js';
import { preferences } from '../preferences/current.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons, fields } from '../ui/styles.js';
import '../ui/wordmark.js';
import './preview.js';
import { thresholdStyles } from './threshold.css.js';

/** Before the hall: how one looks, how one sounds, what one is called. Tells `join` with the name. */
export class Threshold extends MaruElement {
  static override properties = {
    media: { attribute: false },
    hall: {},
    joining: { type: Boolean },
    problem: { attribute: false },
    secureUrl: { attribute: false },
    peopleIn: { type: Number },
    name: { state: true },
  };
  declare media: LocalMedia | undefined;
  declare hall: string;
  declare joining: boolean;
  /** Why joining did not work. */
  declare problem: Problem | undefined;
  /** Where this page is served with encryption. */
  declare secureUrl: string | undefined;
  /** How many are in the hall now; undefined while unknown. */
  declare peopleIn: number | undefined;
  declare name: string;

  static override styles = [base, buttons, fields, thresholdStyles];

  private readonly nameField = createRef<HTMLInputElement>();
  private readonly joinButton = createRef<HTMLButtonElement>();
  private stop: (() => void) | undefined;

  constructor() {
    super();
    this.hall = '';
    this.joining = false;
    this.name = preferences.current.name;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = `${words().threshold.hall(this.hall)} · maru`;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop?.();
    this.stop = undefined;
  }

  protected override willUpdate(): void {
    this.stop ??= this.media?.subscribe(() => this.requestUpdate());
  }

  /** One key press joins: the button has the focus when the name is known, the name field when it is not. */
  protected override firstUpdated(): void {
    (this.name ? this.joinButton.value : this.nameField.value)?.focus({ preventScroll: true });
  }

  protected override render() {
    const { media } = this;
    if (!media) return nothing;
    const { threshold } = words();
    return html`
      <div class="page">
        <header>
          <maru-wordmark></maru-wordmark>
          <maru-page-menu></maru-page-menu>
        </header>
        <main data-testid="threshold">
          <maru-preview .media=${media} .name=${this.name}></maru-preview>
          <form class="card" @submit=${this.submit}>
            <div>
              <p class="hall">${threshold.hall(this.hall)}${this.peopleIn === undefined ? nothing : html`. <span data-testid="people-in">${this.peopleIn === 0 ? threshold.nobodyIn : threshold.peopleIn(this.peopleIn)}</span>`}</p>
              <h1>${threshold.title}</h1>
            </div>
            ${this.troubles(media)}
            <div class="name">
              <label for="name">${threshold.nameLabel}</label>
              <input
                ${ref(this.nameField)}
                id="name"
                type="text"
                maxlength="64"
                autocomplete="nickname"
                data-testid="name"
                placeholder=${threshold.namePlaceholder}
                .value=${this.name}
                @input=${(event: Event) => {
                  this.name = (event.target as HTMLInputElement).value;
                }}
              />
            </div>
            <details class="devices" ?open=${matchMedia('(min-width: 54rem)').matches}>
              <summary>${threshold.settings}${icon(ChevronDown, 18)}</summary>
              <maru-device-choice .media=${media}></maru-device-choice>
            </details>
            <p class="shares" data-testid="shares">
              ${threshold.sharesTitle}: <b>${this.shares(media)}</b>${this.name.trim() ? `, ${threshold.sharesName(this.name.trim())}` : nothing}
            </p>
            <div class="go">
              <button ${ref(this.joinButton)} class="primary" data-testid="join" ?disabled=${this.joining}>
                ${icon(LogIn, 22)}${this.joining ? threshold.joining : threshold.join}
              </button>
              <a class="button quiet back" href="/">${icon(ArrowLeft, 18)}${threshold.back}</a>
            </div>
          </form>
        </main>
      </div>
    `;
  }

  private shares(media: LocalMedia): string {
    const { threshold } = words();
    if (media.cameraOn && media.microphoneOn) return threshold.sharesBoth;
    if (media.cameraOn) return threshold.sharesCamera;
    return media.microphoneOn ? threshold.sharesMicrophone : threshold.sharesNothing;
  }

  private troubles(media: LocalMedia) {
    const devices = mediaProblem(
      words(),
      browserOf(navigator.userAgent, navigator.maxTouchPoints),
      media.camera.name === 'failed' ? media.camera.problem : undefined,
      media.microphone.name === 'failed' ? media.microphone.problem : undefined,
    );
    return html`
      ${
        this.problem &&
        html`<maru-problem
          data-testid="join-problem"
          .problem=${this.problem}
          @problem-action=${(event: CustomEvent<ProblemAction>) => this.actOnJoin(event.detail)}
        ></maru-problem>`
      }
      ${
        devices &&
        html`<maru-problem
          data-testid="media-problem"
          .problem=${devices}
          @problem-action=${(event: CustomEvent<ProblemAction>) => this.actOnMedia(event.detail)}
        ></maru-problem>`
      }
    `;
  }

  private actOnMedia(action: ProblemAction): void {
    if (action === 'open-secure') location.assign(this.secureUrl ?? `https://${location.host}${location.pathname}`);
    else void this.media?.retry();
  }

  private actOnJoin(action: ProblemAction): void {
    if (action === 'start-new') this.tell('start-new');
    else if (action === 'reload') location.reload();
    else this.join();
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    this.join();
  };

  private join(): void {
    if (this.joining) return;
    const name = this.name.trim();
    preferences.change({ name });
    this.tell('join', name || words().hall.guest);
  }
}

customElements.define('maru-threshold', Threshold);
