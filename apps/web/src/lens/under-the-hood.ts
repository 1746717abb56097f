import type { Call, Off } from '@maru/client';
import { css, html, nothing, type PropertyValues } from 'lit';
import { ArrowLeft, FolderOpen } from 'lucide';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons } from '../ui/styles.js';
import './lens.js';
import './media/media-why.js';
import { saveInspection } from './save.js';
import { lensWords } from './texts.js';
import './viewer.js';

/** At most this often the view is drawn again; more cannot be read. */
const REFRESH_MS = 400;

/** The panel "Under the hood" of a call that is going on. */
export class UnderTheHood extends MaruElement {
  static override properties = { session: { attribute: false }, revision: { state: true }, viewing: { state: true } };
  declare session: Call | undefined;
  declare private revision: number;
  /** A saved call is being looked at instead of this one. */
  declare private viewing: boolean;

  private offs: Off[] = [];
  private refreshTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.session = undefined;
    this.revision = 0;
    this.viewing = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.watch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unwatch();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('session')) this.watch();
  }

  protected override render() {
    if (!this.session) return nothing;
    const words = lensWords();
    const toggle = () => {
      this.viewing = !this.viewing;
    };
    if (this.viewing)
      return html`<button class="quiet" @click=${toggle}>${icon(ArrowLeft, 18)}${words.backToCall}</button>
        <maru-lens-viewer></maru-lens-viewer>`;
    return html`<maru-media-why .call=${this.session}></maru-media-why>
    <maru-lens .inspection=${this.session.inspector} .revision=${this.revision} saveable @lens-save=${this.save}>
      <button slot="tools" class="square" aria-label=${words.open} title=${words.open} @click=${toggle}>${icon(FolderOpen)}</button>
    </maru-lens>`;
  }

  private watch(): void {
    this.unwatch();
    if (!this.session || !this.isConnected) return;
    const { inspector } = this.session;
    this.offs = [inspector.on('entry-added', this.refreshSoon), inspector.on('connection-changed', this.refreshSoon)];
  }

  private unwatch(): void {
    for (const off of this.offs) off();
    this.offs = [];
    clearTimeout(this.refreshTimer);
    this.refreshTimer = undefined;
  }

  private readonly refreshSoon = (): void => {
    this.refreshTimer ??= setTimeout(() => {
      this.refreshTimer = undefined;
      this.revision += 1;
    }, REFRESH_MS);
  };

  private readonly save = (): void => {
    if (this.session) saveInspection(this.session.inspector);
  };

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
        min-width: 0;
        min-height: 0;
        height: 100%;
        overflow-y: auto;
        overscroll-behavior: contain;
        padding: 0 1rem 1.5rem;
        background: var(--paper);
      }
    `,
  ];
}

customElements.define('maru-under-the-hood', UnderTheHood);
