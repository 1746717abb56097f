import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import {
  EllipsisVertical,
  Hand,
  Mic,
  MicOff,
  Pin,
  ScreenShare,
  ScreenShareOff,
  UserMinus,
  UserPlus,
  Video,
  VideoOff,
} from 'lucide';
import { words } from '../../i18n/index.js';
import { MaruElement } from '../../ui/element.js';
import { icon } from '../../ui/icon.js';
import '../../ui/portrait.js';
import { base, buttons } from '../../ui/styles.js';
import type { HallModel } from '../model/hall-model.js';
import { explainQuality } from '../model/quality.js';
import type { PersonView } from '../model/views.js';
import './panel-frame.js';

/** Who is here, how they are, and what may be done: pin for everybody, mute and remove for the host. Tells `invite`. */
export class PeoplePanel extends MaruElement {
  static override properties = { model: { attribute: false }, openFor: { state: true }, removing: { state: true } };
  declare model: HallModel | undefined;
  /** Whose actions are open. */
  declare openFor: string | undefined;
  /** Whom one is about to remove. */
  declare removing: string | undefined;

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
        height: 100%;
        min-height: 0;
      }
      .body {
        display: grid;
        grid-template-rows: minmax(0, 1fr) auto;
        min-height: 0;
      }
      ul {
        padding: 0.5rem;
        overflow-y: auto;
      }
      .row {
        display: grid;
        grid-template-columns: 40px minmax(0, 1fr) auto auto;
        gap: 0.75rem;
        align-items: center;
        min-height: 56px;
        padding: 0.25rem 0.25rem 0.25rem 0.6rem;
        border-radius: var(--radius-small);
      }
      .row:hover {
        background: var(--raised);
      }
      maru-portrait {
        width: 40px;
        height: 40px;
        border-radius: 50%;
      }
      .who b,
      .who small {
        display: block;
        overflow: hidden;
        line-height: 1.35;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .who b {
        font-weight: 550;
      }
      .who small {
        color: var(--ink-soft);
        font-size: var(--text-s);
      }
      .who small[data-level] {
        white-space: normal;
      }
      .who small[data-level='weak'] {
        color: var(--amber-ink);
      }
      .who small[data-level='bad'] {
        color: var(--vermilion-ink);
      }
      .marks {
        display: flex;
        gap: 0.5rem;
        color: var(--ink-soft);
      }
      .marks .off {
        color: var(--vermilion-ink);
      }
      .marks .hand {
        color: var(--amber-ink);
      }
      .actions {
        display: grid;
        gap: 0.1rem;
        padding: 0.1rem 0.6rem 0.6rem 3.7rem;
      }
      .actions button {
        justify-content: flex-start;
        font-size: 0.9375rem;
      }
      .actions .remove {
        color: var(--vermilion-ink);
      }
      .confirm {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        align-items: center;
        padding: 0.5rem 0;
      }
      .confirm p {
        flex-basis: 100%;
      }
      footer {
        padding: 0.8rem max(1rem, env(safe-area-inset-right)) max(0.9rem, env(safe-area-inset-bottom)) 1rem;
        border-top: 1px solid var(--line);
      }
      footer button {
        width: 100%;
      }
    `,
  ];

  private stop: (() => void) | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop?.();
    this.stop = undefined;
  }

  protected override willUpdate(): void {
    this.stop ??= this.model?.subscribe(() => this.requestUpdate());
  }

  protected override render() {
    const { model } = this;
    if (!model) return nothing;
    const texts = words().people;
    const people = model.people;
    return html`<maru-panel .heading=${texts.title} .detail=${texts.count(people.length)}>
      <div class="body">
        <ul data-testid="people">
          ${repeat(
            people,
            (person) => person.id,
            (person) => html`<li data-testid="person" data-person=${person.id}>${this.person(person, model)}</li>`,
          )}
        </ul>
        ${
          model.place.hall
            ? html`<footer>
                <button data-testid="people-invite" @click=${() => this.tell('invite')}>${icon(UserPlus, 18)}${texts.invite}</button>
              </footer>`
            : nothing
        }
      </div>
    </maru-panel>`;
  }

  private person(person: PersonView, model: HallModel) {
    const texts = words().people;
    const isOpen = this.openFor === person.id;
    return html`<div class="row">
        <maru-portrait .name=${person.name}></maru-portrait>
        <div class="who">
          <b data-testid="person-name">${person.name}</b>
          ${this.remark(person)}
        </div>
        <div class="marks">
          ${person.handRaised ? this.mark(Hand, texts.handRaised, 'hand') : nothing}
          ${person.sharing ? this.mark(ScreenShare, texts.sharing, '') : nothing}
          ${person.micOn ? this.mark(Mic, texts.micOn, '') : this.mark(MicOff, texts.micOff, 'off')}
          ${person.cameraOn ? this.mark(Video, texts.cameraOn, '') : this.mark(VideoOff, texts.cameraOff, '')}
        </div>
        <button
          class="quiet square"
          data-testid="person-actions"
          aria-expanded=${isOpen ? 'true' : 'false'}
          aria-label=${texts.actions(person.name)}
          @click=${() => {
            this.openFor = isOpen ? undefined : person.id;
            this.removing = undefined;
          }}
        >
          ${icon(EllipsisVertical, 18)}
        </button>
      </div>
      ${isOpen ? this.actions(person, model) : nothing}`;
  }

  private remark(person: PersonView) {
    const { people, quality } = words();
    const parts: string[] = [];
    if (person.isSelf) parts.push(people.you);
    if (person.role === 'moderator') parts.push(people.moderator);
    if (person.role === 'subscriber') parts.push(people.subscriber);
    const level = person.away ? 'bad' : person.quality?.quality.level;
    if (person.away) return html`<small data-level="bad">${quality.awayText(person.name)}</small>`;
    if (person.quality && (level === 'weak' || level === 'bad')) {
      const sentence = explainQuality(words(), person.name, person.quality);
      return html`<small data-level=${level} title=${sentence}>${sentence}</small>`;
    }
    return parts.length > 0 ? html`<small>${parts.join(', ')}</small>` : nothing;
  }

  private mark(node: Parameters<typeof icon>[0], label: string, className: string) {
    return html`<span class=${className} role="img" aria-label=${label} title=${label}>${icon(node, 18)}</span>`;
  }

  private actions(person: PersonView, model: HallModel) {
    const texts = words().people;
    if (this.removing === person.id) {
      return html`<div class="actions">
        <div class="confirm" role="group" aria-label=${texts.removeConfirm(person.name)}>
          <p>${texts.removeConfirm(person.name)}</p>
          <button class="danger" data-testid="confirm-remove" @click=${() => void model.removePerson(person.id)}>${texts.removeYes}</button>
          <button
            @click=${() => {
              this.removing = undefined;
            }}
          >
            ${texts.removeNo}
          </button>
        </div>
      </div>`;
    }
    const mayModerate = model.isModerator && !person.isSelf;
    return html`<div class="actions">
      <button class="quiet" data-testid="person-pin" @click=${() => model.pinPerson(person.id)}>
        ${icon(Pin, 18)}${person.pinned ? texts.unpin : texts.pin}
      </button>
      ${
        mayModerate
          ? html`
              ${
                person.micOn
                  ? html`<button class="quiet" data-testid="person-mute" @click=${() => void model.mutePerson(person.id)}>
                      ${icon(MicOff, 18)}${texts.mute}
                    </button>`
                  : nothing
              }
              ${
                person.sharing
                  ? html`<button class="quiet" data-testid="person-stop-screen" @click=${() => void model.stopScreenOf(person.id)}>
                      ${icon(ScreenShareOff, 18)}${texts.stopScreen}
                    </button>`
                  : nothing
              }
              <button
                class="quiet remove"
                data-testid="person-remove"
                @click=${() => {
                  this.removing = person.id;
                }}
              >
                ${icon(UserMinus, 18)}${texts.remove}
              </button>
            `
          : nothing
      }
    </div>`;
  }
}

customElements.define('maru-people-panel', PeoplePanel);
