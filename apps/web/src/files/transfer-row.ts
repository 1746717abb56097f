import type { Transfer } from '@maru/client/files';
import { css, html, nothing } from 'lit';
import { ArrowDown, ArrowUp, BadgeCheck, Download, Pause, Play, X } from 'lucide';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons } from '../ui/styles.js';
import type { FileDesk } from './desk.js';
import { filesWords } from './texts.js';
import { arrivedBytes, describeState, formatBytes, isEnded, percentOf, sentBytes } from './wording.js';

/** One transfer: what, with whom, how far at both ends, and what can be done about it. */
export class TransferRow extends MaruElement {
  static override properties = {
    transfer: { attribute: false },
    desk: { attribute: false },
    /** Changes whenever the transfer, which stays the same object, has changed. */
    revision: { attribute: false },
  };
  declare transfer: Transfer | undefined;
  declare desk: FileDesk | undefined;
  declare revision: number;

  constructor() {
    super();
    this.transfer = undefined;
    this.desk = undefined;
    this.revision = 0;
  }

  protected override render() {
    const { transfer } = this;
    if (!transfer) return nothing;
    const words = filesWords();
    const name = transfer.connection.name ?? words.unnamed;
    const sending = transfer.direction === 'sending';
    return html`
      <div class="row ${transfer.state.name} ${transfer.direction}">
        <span class="way" aria-hidden="true">${sending ? icon(ArrowUp) : icon(ArrowDown)}</span>
        <div class="what">
          <p class="name">${transfer.name}</p>
          <p class="soft">${formatBytes(transfer.sizeBytes)} · ${sending ? words.to(name) : words.from(name)}</p>
        </div>
        <div class="actions">${this.renderActions(transfer)}</div>
        ${this.renderProgress(transfer)}
        <p class="state">${this.renderState(transfer, name)}</p>
      </div>
    `;
  }

  private renderProgress(transfer: Transfer) {
    const words = filesWords();
    const { state } = transfer;
    if (state.name === 'offered' || isEnded(state)) return nothing;
    const arrived = percentOf(arrivedBytes(transfer), transfer.sizeBytes);
    const sent = percentOf(sentBytes(transfer), transfer.sizeBytes);
    return html`<div
      class="progress"
      role="progressbar"
      aria-label=${transfer.name}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${Math.floor(arrived)}
      aria-valuetext=${`${Math.floor(arrived)} % ${words.arrived}, ${Math.floor(sent)} % ${words.onTheWay}`}
      title=${`${words.arrived}: ${Math.floor(arrived)} % · ${words.onTheWay}: ${Math.floor(sent)} %`}
    >
      <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        <rect class="sent" width=${sent} height="1" /><rect class="arrived" width=${arrived} height="1" />
      </svg>
    </div>`;
  }

  private renderState(transfer: Transfer, name: string) {
    const words = filesWords();
    const text = describeState(transfer, name, words);
    if (transfer.state.name !== 'done') return text;
    const hint = transfer.sha256 ? words.verifiedHint(transfer.sha256) : '';
    return html`<span class="verified" title=${hint}>${icon(BadgeCheck, 18)}${text}</span>${
      transfer.sha256 ? html`<details><summary>SHA-256</summary><code>${transfer.sha256}</code></details>` : nothing
    }`;
  }

  private renderActions(transfer: Transfer) {
    const { state } = transfer;
    if (isEnded(state)) return this.renderAfterwards(transfer);
    if (state.name === 'offered' && transfer.direction === 'receiving') return this.renderOffer(transfer);
    return html`${this.renderPause(transfer)} ${this.square(X, filesWords().cancel, () => transfer.cancel())}`;
  }

  private renderOffer(transfer: Transfer) {
    const words = filesWords();
    return html`
      <button class="primary" aria-label=${words.actionOn(words.accept, transfer.name)} @click=${() => void this.desk?.accept(transfer)}>
        ${words.accept}
      </button>
      ${
        this.desk?.canChoosePlace
          ? html`<button aria-label=${words.actionOn(words.saveAs, transfer.name)} @click=${() => void this.desk?.acceptInto(transfer)}>
              ${words.saveAs}
            </button>`
          : nothing
      }
      <button class="quiet" aria-label=${words.actionOn(words.decline, transfer.name)} @click=${() => transfer.decline()}>${words.decline}</button>
    `;
  }

  private renderPause(transfer: Transfer) {
    const words = filesWords();
    const { state } = transfer;
    if (state.name === 'active') return this.square(Pause, words.pause, () => transfer.pause());
    if (state.name === 'paused' && state.by !== 'them') return this.square(Play, words.resume, () => transfer.resume());
    return nothing;
  }

  private renderAfterwards(transfer: Transfer) {
    const words = filesWords();
    const url = this.desk?.urlOf(transfer);
    return html`
      ${
        url
          ? html`<a class="button square" href=${url} download=${transfer.name} aria-label=${words.actionOn(words.save, transfer.name)} title=${words.save}
              >${icon(Download)}</a
            >`
          : nothing
      }
      ${this.square(X, words.forget, () => this.desk?.forget(transfer))}
    `;
  }

  private square(node: Parameters<typeof icon>[0], label: string, act: () => void) {
    const name = this.transfer?.name ?? '';
    return html`<button class="quiet square" aria-label=${filesWords().actionOn(label, name)} title=${label} @click=${act}>${icon(node)}</button>`;
  }

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
      }
      .row {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: center;
        gap: 0.15rem 0.7rem;
        padding: 0.7rem 0.8rem;
        border: 1px solid var(--line, var(--ink-soft));
        border-radius: var(--radius, 12px);
        background: var(--panel);
      }
      .way {
        color: var(--wood);
      }
      .name {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .soft,
      .state {
        color: var(--ink-soft);
        font-size: var(--text-s, 0.8125rem);
      }
      .row.offered.receiving .actions {
        grid-column: 1 / -1;
        margin-top: 0.35rem;
        flex-wrap: wrap;
      }
      .actions {
        display: flex;
        gap: 0.4rem;
      }
      .actions .square {
        width: 44px;
        padding: 0;
      }
      .actions .button.square {
        border-color: transparent;
        background: transparent;
        color: var(--ink);
      }
      .progress,
      .state {
        grid-column: 1 / -1;
      }
      .progress {
        margin-top: 0.4rem;
        height: 8px;
        border-radius: 4px;
        overflow: hidden;
        background: var(--raised);
      }
      .progress svg {
        width: 100%;
        height: 100%;
      }
      .sent {
        fill: var(--wood);
        opacity: 0.35;
      }
      .arrived {
        fill: var(--wood);
      }
      .failed .state,
      .row.failed .way {
        color: var(--vermilion-ink, var(--vermilion));
      }
      .verified {
        display: inline-flex;
        align-items: center;
        gap: 0.3rem;
        color: var(--celadon-ink, var(--celadon));
        font-weight: 500;
      }
      details {
        display: inline-block;
        margin-left: 0.6rem;
        vertical-align: top;
      }
      summary {
        cursor: pointer;
      }
      code {
        font-family: var(--mono, monospace);
        overflow-wrap: anywhere;
      }
    `,
  ];
}

customElements.define('maru-transfer', TransferRow);
