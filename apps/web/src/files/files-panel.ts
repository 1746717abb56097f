import type { Call } from '@maru/client';
import { css, html, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { FilePlus2 } from 'lucide';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons } from '../ui/styles.js';
import { deskOf, type FileDesk } from './desk.js';
import { filesWords } from './texts.js';
import './transfer-row.js';

/** The files of a call: choose what to send and to whom, and see every transfer. */
export class FilesPanel extends MaruElement {
  static override properties = { session: { attribute: false }, revision: { state: true } };
  declare session: Call | undefined;
  declare private revision: number;

  private unsubscribe: (() => void) | undefined;

  constructor() {
    super();
    this.session = undefined;
    this.revision = 0;
  }

  private get desk(): FileDesk | undefined {
    return this.session && deskOf(this.session);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.watch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unsubscribe?.();
    this.unsubscribe = undefined;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('session')) this.watch();
  }

  private watch(): void {
    this.unsubscribe?.();
    this.unsubscribe = this.isConnected ? this.desk?.subscribe(() => (this.revision += 1)) : undefined;
  }

  protected override render() {
    const { desk } = this;
    if (!desk) return nothing;
    const words = filesWords();
    const { transfers, pendingOffers } = desk;
    return html`
      <div class="send">
        <p class="soft">${words.intro}</p>
        ${desk.people.length === 0 ? html`<p class="soft">${words.alone}</p>` : this.renderSending(desk)}
      </div>
      ${
        pendingOffers.length > 1
          ? html`<button class="wide" @click=${() => this.acceptAll(desk)}>${words.acceptAll(pendingOffers.length)}</button>`
          : nothing
      }
      ${transfers.length === 0 && desk.people.length > 0 ? html`<p class="soft empty">${words.empty}</p>` : nothing}
      <ul aria-label=${words.list}>
        ${repeat(
          transfers,
          (transfer) => transfer.id,
          (transfer) =>
            html`<li><maru-transfer .transfer=${transfer} .desk=${desk} .revision=${this.revision}></maru-transfer></li>`,
        )}
      </ul>
      ${desk.hasEnded ? html`<button class="quiet" @click=${() => desk.forgetEnded()}>${words.forgetEnded}</button>` : nothing}
    `;
  }

  private renderSending(desk: FileDesk) {
    const words = filesWords();
    const nobody = desk.recipients?.size === 0;
    return html`
      ${desk.people.length > 1 ? this.renderRecipients(desk) : nothing}
      <button class="primary wide" ?disabled=${nobody} @click=${this.choose}>${icon(FilePlus2)}${words.choose}</button>
      <p class="soft small">${nobody ? words.noneChosen : words.orDrop}</p>
      <input class="unseen" type="file" multiple tabindex="-1" aria-hidden="true" @change=${this.onChosen} />
    `;
  }

  private renderRecipients(desk: FileDesk) {
    const words = filesWords();
    const all = desk.recipients === undefined;
    return html`<fieldset>
      <legend>${words.toWhom}</legend>
      <label><input type="checkbox" .checked=${all} @change=${() => desk.chooseRecipients(all ? new Set() : undefined)} />${words.everybody}</label>
      ${desk.people.map(
        (person) =>
          html`<label
            ><input
              type="checkbox"
              .checked=${all || desk.recipients?.has(person.id) === true}
              @change=${() => this.toggle(desk, person.id)}
            />${person.name ?? words.unnamed}</label
          >`,
      )}
    </fieldset>`;
  }

  private toggle(desk: FileDesk, id: string): void {
    const everybody = desk.people.map((person) => person.id);
    const next = new Set(desk.recipients ?? everybody);
    if (!next.delete(id)) next.add(id);
    desk.chooseRecipients(everybody.every((each) => next.has(each)) ? undefined : next);
  }

  private acceptAll(desk: FileDesk): void {
    for (const transfer of desk.pendingOffers) void desk.accept(transfer);
  }

  private readonly choose = (): void => {
    this.renderRoot.querySelector<HTMLInputElement>('input[type=file]')?.click();
  };

  private readonly onChosen = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement; // the input that the listener is on
    this.desk?.send([...(input.files ?? [])]);
    input.value = ''; // so that the same file can be sent again
  };

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: grid;
        align-content: start;
        gap: 0.75rem;
        min-width: 0;
        min-height: 0;
        height: 100%;
        overflow-y: auto;
        overscroll-behavior: contain;
        padding: 0.9rem 1rem 1.5rem;
        font: 400 var(--text-m, 1rem) / 1.5 var(--font, system-ui, sans-serif);
        font-variant-numeric: tabular-nums;
      }
      .send {
        display: grid;
        gap: 0.5rem;
      }
      .soft {
        color: var(--ink-soft);
      }
      .small {
        font-size: var(--text-s, 0.8125rem);
        margin-bottom: 0.25rem;
        text-align: center;
      }
      .wide {
        width: 100%;
      }
      .empty {
        text-align: center;
      }
      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: 0 1.1rem;
        margin: 0;
        padding: 0.2rem 0.8rem 0.4rem;
        border: 1px solid var(--line, var(--ink-soft));
        border-radius: var(--radius, 12px);
      }
      legend {
        padding: 0 0.3rem;
        font-size: var(--text-s, 0.8125rem);
        color: var(--ink-soft);
      }
      label {
        display: inline-flex;
        align-items: center;
        gap: 0.45rem;
        min-height: 44px;
      }
      input[type='checkbox'] {
        width: 1.15rem;
        height: 1.15rem;
        accent-color: var(--wood);
      }
      ul {
        display: grid;
        gap: 0.5rem;
      }
    `,
  ];
}

customElements.define('maru-files-panel', FilesPanel);
