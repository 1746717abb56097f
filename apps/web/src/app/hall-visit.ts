import type { Session } from '@maru/client';
import { html, nothing } from 'lit';
import '../after/after.js';
import type { VisitSummary } from '../after/summary.js';
import { type Problem, problemOfError } from '../errors/problem.js';
import type { HallModel } from '../hall/model/hall-model.js';
import { appConfig, askForSeat, createHall, hallInfo } from '../halls/api.js';
import { modeOfLink } from '../halls/link-mode.js';
import { recentHalls } from '../halls/recent-halls.js';
import { words } from '../i18n/index.js';
import { LocalMedia } from '../media/local-media.js';
import '../threshold/threshold.js';
import { MaruElement } from '../ui/element.js';
import { navigation } from './navigation.js';

/** How often somebody at the threshold learns who is in. */
const COUNT_EVERY_MS = 10_000;

/** Where a visit to a hall stands. */
type Visit =
  | { readonly name: 'threshold'; readonly problem: Problem | undefined }
  | { readonly name: 'joining' }
  | { readonly name: 'hall'; readonly model: HallModel }
  | { readonly name: 'after'; readonly summary: VisitSummary };

/** A visit from the threshold through the hall to the goodbye. It owns the devices and the call. */
export class HallVisit extends MaruElement {
  static override properties = {
    hall: { attribute: false },
    visit: { state: true },
    secureUrl: { state: true },
    peopleIn: { state: true },
  };
  declare hall: string;
  declare visit: Visit;
  declare secureUrl: string | undefined;
  declare peopleIn: number | undefined;

  private media: LocalMedia | undefined;
  private countTimer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.hall = '';
    this.visit = { name: 'threshold', problem: undefined };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('pagehide', this.leave);
    this.countTimer = setInterval(() => void this.count(), COUNT_EVERY_MS);
    void this.learnAddress();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('pagehide', this.leave);
    clearInterval(this.countTimer);
    this.leave();
    this.media?.close();
    this.media = undefined;
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('hall')) this.goElsewhere();
    if (this.visit.name === 'threshold' && !this.media) {
      this.media = new LocalMedia();
      void this.media.open();
      void loadHall(); // while the person looks into the mirror
      void this.count();
    }
  }

  protected override render() {
    const { visit } = this;
    switch (visit.name) {
      case 'threshold':
      case 'joining':
        return html`<maru-threshold
          .media=${this.media}
          .hall=${this.hall}
          .secureUrl=${this.secureUrl}
          .peopleIn=${this.peopleIn}
          .joining=${visit.name === 'joining'}
          .problem=${visit.name === 'threshold' ? visit.problem : undefined}
          @join=${(event: CustomEvent<string>) => void this.join(event.detail)}
          @start-new=${() => void this.startNew()}
        ></maru-threshold>`;
      case 'hall':
        return html`<maru-hall .model=${visit.model} @leave=${() => void visit.model.leave()}></maru-hall>`;
      case 'after':
        return html`<maru-after
          .summary=${visit.summary}
          @come-back=${() => this.comeBack()}
          @start-new=${() => void this.startNew()}
        ></maru-after>`;
      default:
        return nothing;
    }
  }

  /** Another hall: what was in this one ends without a goodbye. */
  private goElsewhere(): void {
    if (this.visit.name === 'hall') this.visit.model.onEnded = () => undefined;
    this.leave();
    if (this.visit.name !== 'threshold') {
      this.media?.close();
      this.media = undefined;
    }
    this.visit = { name: 'threshold', problem: undefined };
    this.peopleIn = undefined;
  }

  /** Asks for a seat and takes it. A token lives for a short time and is asked for only now, so that waiting here costs nothing. */
  private async join(name: string): Promise<void> {
    const { media, hall } = this;
    if (!media || this.visit.name === 'joining') return;
    const visit: Visit = { name: 'joining' };
    this.visit = visit;
    let session: Session | undefined;
    let model: HallModel | undefined;
    try {
      const { HallModel, Session } = await loadHall();
      const call = new Session({
        url: location.origin,
        token: async () => (await askForSeat(hall, name, modeOfLink(location.search))).token,
      });
      session = call;
      model = new HallModel(call, media, { hall, name });
      await call.join();
      if (this.visit !== visit || !this.isConnected) {
        model.close(); // the person went elsewhere meanwhile
        return await call.leave();
      }
      recentHalls.visit(hall);
      model.onEnded = (summary) => this.ended(summary);
      this.visit = { name: 'hall', model };
      await model.start();
    } catch (error) {
      model?.close();
      void session?.leave();
      if (this.visit === visit) this.visit = { name: 'threshold', problem: problemOfError(words(), error) };
    }
  }

  /** How many are in, for whoever stands at the threshold. */
  private async count(): Promise<void> {
    if (this.visit.name !== 'threshold') return;
    try {
      this.peopleIn = (await hallInfo(this.hall)).connections;
    } catch {
      this.peopleIn = undefined; // joining will say what is the matter
    }
  }

  private ended(summary: VisitSummary): void {
    this.media?.close();
    this.media = undefined;
    this.visit = { name: 'after', summary };
  }

  private comeBack(): void {
    this.visit = { name: 'threshold', problem: undefined };
  }

  private async startNew(): Promise<void> {
    try {
      const { hall } = await createHall();
      navigation.go(`/h/${hall}`);
    } catch (error) {
      this.visit = { name: 'threshold', problem: problemOfError(words(), error) };
    }
  }

  private readonly leave = (): void => {
    if (this.visit.name === 'hall') void this.visit.model.leave();
  };

  /** Where this server is reached with encryption: needed only when the page was opened without. */
  private async learnAddress(): Promise<void> {
    if (isSecureContext) return;
    try {
      const { shareUrl } = await appConfig();
      if (shareUrl?.startsWith('https:')) this.secureUrl = new URL(location.pathname, shareUrl).href;
    } catch {
      // The button then tries https at this very address.
    }
  }
}

/** The call itself: the SDK and the hall, loaded while the person gets ready. */
function loadHall() {
  return import('../hall/hall.js');
}

customElements.define('maru-hall-visit', HallVisit);
