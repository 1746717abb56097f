import { DirectCall, kindOfDirectCode } from '@maru/client';
import { html, nothing, type PropertyValues } from 'lit';
import { ArrowLeft, Download, Send } from 'lucide';
import '../after/after.js';
import type { VisitSummary } from '../after/summary.js';
import '../app/page-menu.js';
import { HallModel } from '../hall/model/hall-model.js';
import { LocalMedia } from '../media/local-media.js';
import { preferences } from '../preferences/current.js';
import { shelf } from '../preferences/shelf.js';
import '../threshold/preview.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { Watch } from '../ui/store.js';
import { base, buttons, fields } from '../ui/styles.js';
import '../ui/wordmark.js';
import { codeFromText } from './code.js';
import { deliverAnswer, receiveAnswers } from './delivery.js';
import { directStyles } from './direct.css.js';
import './pass-on.js';
import { parseStunAddress } from './stun-address.js';
import './take-code.js';
import { directWords } from './texts.js';
import { type DirectProblem, type DirectStep, DirectVisit } from './visit.js';

const STUN_KEY = 'maru.direct.stun';

/** An answer that was opened as a link: on its way to the tab that waits for it. */
type Delivery = { readonly name: 'under-way' | 'done' } | { readonly name: 'failed'; readonly code: string };

/** The page on which two people call each other without any server, from the first word to the goodbye. */
export class Direct extends MaruElement {
  static override properties = {
    standalone: { type: Boolean },
    model: { state: true },
    summary: { state: true },
    delivery: { state: true },
    missing: { state: true },
    stunInvalid: { state: true },
  };
  /** Whether this is the page that is one file, without the app around it. */
  declare standalone: boolean;
  declare private model: HallModel | undefined;
  declare private summary: VisitSummary | undefined;
  declare private delivery: Delivery | undefined;
  /** Something was pasted that holds no code at all. */
  declare private missing: boolean;
  declare private stunInvalid: boolean;

  private media: LocalMedia | undefined;
  private readonly visit = new DirectVisit(() => this.makeCall(), kindOfDirectCode);
  protected readonly visitWatch = new Watch(this, this.visit);
  private stopReceiving: (() => void) | undefined;
  private shownStep: DirectStep['name'] = 'start';

  constructor() {
    super();
    this.standalone = false;
    this.model = undefined;
    this.summary = undefined;
    this.delivery = undefined;
    this.missing = false;
    this.stunInvalid = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopReceiving = receiveAnswers((code) => this.takeDelivered(code));
    addEventListener('hashchange', this.readAddress);
    addEventListener('pagehide', this.leave);
    addEventListener('beforeunload', this.askBeforeLeaving);
    this.addEventListener('click', this.stayHere);
    this.readAddress();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopReceiving?.();
    removeEventListener('hashchange', this.readAddress);
    removeEventListener('pagehide', this.leave);
    removeEventListener('beforeunload', this.askBeforeLeaving);
    this.removeEventListener('click', this.stayHere);
    this.leave();
    this.closeMedia();
  }

  protected override willUpdate(): void {
    const { step } = this.visit;
    if (step.name === 'joined' && !this.model && !this.summary) void this.enterHall();
  }

  protected override updated(_changed: PropertyValues): void {
    if (!this.model && !this.summary) document.title = `${directWords().title} · maru`;
    const { name } = this.visit.step;
    if (name === this.shownStep) return;
    this.shownStep = name;
    this.renderRoot.querySelector<HTMLElement>('[data-focus]')?.focus(); // so that a screen reader hears where we are now
  }

  protected override render() {
    if (this.summary) {
      return html`<maru-after .summary=${this.summary} @come-back=${this.startOver} @start-new=${this.startOver}></maru-after>`;
    }
    if (this.model) return html`<maru-hall .model=${this.model} @leave=${() => void this.model?.leave()}></maru-hall>`;
    return html`<div class="page">
      <header>
        ${
          this.standalone
            ? html`<span class="name-of-app">maru <span lang="ko">마루</span></span>`
            : html`<maru-wordmark></maru-wordmark>`
        }
        <maru-page-menu></maru-page-menu>
      </header>
      ${this.delivery ? this.renderDelivery(this.delivery) : this.renderVisit(this.visit.step)}
    </div>`;
  }

  private renderVisit(step: DirectStep) {
    if (step.name === 'start') return this.renderStart(step.problem);
    return html`<main data-testid="direct-${step.name}" class=${step.name === 'was-invited' ? '' : 'steps-first'}>
      <section class="stack self">
        ${this.media ? html`<maru-preview .media=${this.media} .name=${this.name}></maru-preview>` : nothing} ${this.renderName()}
      </section>
      <section class="stack">${this.renderStep(step)}</section>
    </main>`;
  }

  private renderStart(problem: DirectProblem | undefined) {
    const words = directWords();
    return html`<main class="alone" data-testid="direct-start">
      <div>
        <h1 tabindex="-1" data-focus>${words.title}</h1>
        <p class="lead">${words.intro}</p>
      </div>
      ${this.renderProblem(problem)}
      <ol class="how" aria-label=${words.how}>
        ${words.steps.map((text) => html`<li><span>${text}</span></li>`)}
      </ol>
      ${this.renderName()}
      <button class="primary wide" data-testid="direct-invite" @click=${() => void this.invite()}>${icon(Send, 18)}${words.invite}</button>
      <section class="card">
        <h2>${words.haveInvite}</h2>
        <p class="soft">${words.haveInviteHint}</p>
        <maru-take-code .label=${words.haveInvite} @code-taken=${this.onCode} @code-missing=${this.onMissing}></maru-take-code>
      </section>
      ${this.renderStun()} ${this.renderSaving()}
    </main>`;
  }

  private renderStep(step: DirectStep) {
    const words = directWords();
    switch (step.name) {
      case 'inviting':
        return this.renderBusy(words.inviting);
      case 'invited':
        return html`
          <div class="card">
            <p class="step">${words.stepOf(1, 2)}</p>
            <h1 tabindex="-1" data-focus>${words.passOnInvite}</h1>
            <p class="soft">${words.passOnInviteHint}</p>
            <maru-pass-on .code=${step.invite}></maru-pass-on>
          </div>
          <div class="card">
            <p class="step">${words.stepOf(2, 2)}</p>
            <h2>${words.takeAnswer}</h2>
            <p class="soft">${words.takeAnswerHint}</p>
            ${this.renderProblem(step.problem)}
            <maru-take-code .label=${words.takeAnswer} @code-taken=${this.onCode} @code-missing=${this.onMissing}></maru-take-code>
          </div>
          ${this.renderStartOver()}
        `;
      case 'was-invited':
        return html`
          <div class="card">
            <h1 tabindex="-1" data-focus>${words.wasInvited}</h1>
            <p class="soft">${words.wasInvitedHint}</p>
            <button class="primary wide" data-testid="direct-answer" @click=${() => void this.visit.answer()}>${words.answer}</button>
          </div>
          ${this.renderStun()} ${this.renderStartOver()}
        `;
      case 'answering':
        return this.renderBusy(words.answering);
      case 'answered':
        return html`
          <div class="card">
            <h1 tabindex="-1" data-focus>${words.passOnAnswer}</h1>
            <p class="soft">${words.passOnAnswerHint}</p>
            <maru-pass-on .code=${step.answer}></maru-pass-on>
            <p class="busy" role="status">${words.waiting}</p>
          </div>
          ${this.renderStartOver()}
        `;
      case 'connecting':
      case 'joined':
        return html`${this.renderBusy(words.connecting)} ${this.renderStartOver()}`;
      case 'over':
        return html`<div class="card">
          <h1 tabindex="-1" data-focus>${step.reason.type === 'lost' ? words.overLost : words.over}</h1>
          <button class="primary wide" @click=${this.startOver}>${words.again}</button>
        </div>`;
      case 'start':
        return nothing;
    }
  }

  private renderDelivery(delivery: Delivery) {
    const words = directWords();
    const main = (title: string, content: unknown) =>
      html`<main class="alone" data-testid="direct-delivery"><h1 tabindex="-1">${title}</h1>${content}</main>`;
    switch (delivery.name) {
      case 'under-way':
        return html`<main class="alone">${this.renderBusy(words.delivering)}</main>`;
      case 'done':
        return main(words.delivered, html`<p class="lead">${words.deliveredHint}</p>`);
      case 'failed':
        return main(
          words.undelivered,
          html`<p class="lead">${words.undeliveredHint}</p>
            <div class="card"><maru-pass-on .code=${delivery.code}></maru-pass-on></div>`,
        );
    }
  }

  private renderBusy(text: string) {
    return html`<div class="card"><h1 class="busy" tabindex="-1" data-focus>${text}</h1></div>`;
  }

  private renderProblem(problem: DirectProblem | undefined) {
    const { problems } = directWords();
    const shown = this.missing ? 'not-a-code' : problem;
    return html`<p role="alert" class="problem">${shown ? problems[shown] : nothing}</p>`;
  }

  private renderName() {
    const words = directWords();
    return html`<div>
      <label for="name">${words.name}</label>
      <input
        id="name"
        type="text"
        maxlength="60"
        autocomplete="nickname"
        .value=${preferences.current.name}
        placeholder=${words.namePlaceholder}
        ?disabled=${this.visit.step.name !== 'start' && this.visit.step.name !== 'was-invited'}
        @change=${(event: Event) => preferences.change({ name: (event.currentTarget as HTMLInputElement).value.trim() })}
      />
    </div>`;
  }

  private renderStun() {
    const words = directWords();
    const stored = shelf.read(STUN_KEY) ?? '';
    return html`<details ?open=${this.visit.step.name === 'start' && this.visit.step.problem === 'no-way'}>
      <summary>${words.across}</summary>
      <p class="soft" id="stun-hint">${words.acrossHint}</p>
      <label for="stun">${words.stun}</label>
      <input
        id="stun"
        type="text"
        inputmode="url"
        autocapitalize="off"
        spellcheck="false"
        data-testid="direct-stun"
        .value=${stored.replace(/^stun:/, '')}
        placeholder=${words.stunPlaceholder}
        aria-describedby="stun-hint stun-problem"
        aria-invalid=${this.stunInvalid ? 'true' : 'false'}
        @change=${this.onStun}
      />
      <p id="stun-problem" role="alert" class="problem">${this.stunInvalid ? words.stunInvalid : nothing}</p>
    </details>`;
  }

  private renderSaving() {
    const words = directWords();
    if (location.protocol === 'file:') return html`<p class="soft">${words.savedPage}</p>`;
    const page = this.standalone ? location.pathname : '/direct.html';
    return html`<div class="row">
      <a class="button" href=${page} download="maru-direct.html" data-testid="direct-save">${icon(Download, 18)}${words.savePage}</a>
      <p class="soft">${words.savePageHint}</p>
    </div>`;
  }

  private renderStartOver() {
    return html`<button class="quiet" @click=${this.startOver}>${icon(ArrowLeft, 18)}${directWords().startOver}</button>`;
  }

  private get name(): string {
    return preferences.current.name || directWords().guest;
  }

  private makeCall(): DirectCall {
    const stun = parseStunAddress(shelf.read(STUN_KEY) ?? '');
    return new DirectCall({ metadata: { name: this.name }, ...(stun ? { iceServers: [{ urls: stun }] } : {}) });
  }

  /** First the devices, then the invitation: with the camera allowed, browsers tell real addresses. */
  private async invite(): Promise<void> {
    this.missing = false;
    await this.openMedia();
    await this.visit.invite();
  }

  private async openMedia(): Promise<void> {
    if (this.media) return;
    this.media = new LocalMedia();
    this.requestUpdate();
    await this.media.open();
  }

  private closeMedia(): void {
    this.media?.close();
    this.media = undefined;
  }

  private readonly onCode = (event: CustomEvent<string>): void => {
    this.missing = false;
    void this.takeCode(event.detail);
  };

  private readonly onMissing = (): void => {
    this.missing = true;
  };

  private async takeCode(code: string): Promise<void> {
    const useful = await this.visit.take(code);
    if (useful && this.visit.step.name === 'was-invited') await this.openMedia();
  }

  /** An answer that another tab was opened with. Only the tab whose invitation is open takes it. */
  private takeDelivered(code: string): boolean {
    if (this.visit.step.name !== 'invited') return false;
    void this.takeCode(code);
    return true;
  }

  /** A link that was passed on carries its code behind the `#`: it is taken out of the address, since it is good for one call only. */
  private readonly readAddress = (): void => {
    const code = location.hash.length > 1 ? codeFromText(location.hash) : undefined;
    if (code === undefined) return;
    history.replaceState(history.state, '', location.pathname + location.search);
    if (kindOfDirectCode(code) === 'answer' && this.visit.step.name === 'start') void this.deliver(code);
    else void this.takeCode(code);
  };

  private async deliver(code: string): Promise<void> {
    this.delivery = { name: 'under-way' };
    this.delivery = (await deliverAnswer(code)) ? { name: 'done' } : { name: 'failed', code };
  }

  private async enterHall(): Promise<void> {
    const { call } = this.visit;
    if (!call || !this.media) return;
    const model = new HallModel(call, this.media, { hall: undefined, name: this.name });
    model.onEnded = (summary) => this.onEnded(summary);
    this.model = model;
    await Promise.all([import('../hall/hall.js'), model.start()]);
  }

  private onEnded(summary: VisitSummary): void {
    this.model = undefined;
    this.summary = summary;
    this.closeMedia();
  }

  private readonly startOver = (): void => {
    this.summary = undefined;
    this.model = undefined;
    this.missing = false;
    this.closeMedia();
    this.visit.restart();
  };

  /** The page that is one file has no app around it: links to its front door lead to its own beginning. */
  private readonly stayHere = (event: Event): void => {
    if (!this.standalone) return;
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
    if (link?.getAttribute('href') !== '/') return;
    event.preventDefault();
    this.startOver();
  };

  private readonly leave = (): void => {
    this.visit.leave();
  };

  /** A code that is on its way is good only while this page is open. */
  private readonly askBeforeLeaving = (event: BeforeUnloadEvent): void => {
    const { name } = this.visit.step;
    if (name === 'invited' || name === 'answered') event.preventDefault();
  };

  private readonly onStun = (event: Event): void => {
    const { value } = event.currentTarget as HTMLInputElement; // the field that the listener is on
    const address = parseStunAddress(value);
    this.stunInvalid = address === undefined;
    if (address !== undefined) shelf.write(STUN_KEY, address);
  };

  static override styles = [base, buttons, fields, directStyles];
}

customElements.define('maru-direct', Direct);
