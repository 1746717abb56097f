import { type Inspection, loadInspection, MaruError } from '@maru/client';
import { css, html, nothing } from 'lit';
import { FolderOpen } from 'lucide';
import { language } from '../i18n/language.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons } from '../ui/styles.js';
import './lens.js';
import { lensStyles } from './styles.js';
import { lensWords } from './texts.js';

/** Larger than any call that the inspector keeps; what is larger is something else. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

type Problem = 'invalid' | 'too-large';

/** A saved call, opened from a file, on a page of its own. Nothing leaves the device. */
export class LensViewer extends MaruElement {
  static override properties = {
    inspection: { attribute: false },
    problem: { state: true },
    detail: { state: true },
    over: { state: true },
  };
  declare inspection: Inspection | undefined;
  declare private problem: Problem | undefined;
  declare private detail: string;
  /** A file is being held over the page. */
  declare private over: boolean;

  constructor() {
    super();
    this.inspection = undefined;
    this.problem = undefined;
    this.detail = '';
    this.over = false;
  }

  /** Reads a saved call and shows it, or says why it cannot. */
  async open(file: Blob): Promise<void> {
    this.problem = undefined;
    this.detail = '';
    if (file.size > MAX_FILE_BYTES) {
      this.problem = 'too-large';
      return;
    }
    try {
      this.inspection = loadInspection(await file.text());
    } catch (error) {
      if (!(error instanceof MaruError)) throw error;
      this.problem = 'invalid';
      this.detail = error.message;
    }
  }

  protected override render() {
    return html`<div
      class="page ${this.over ? 'over' : ''}"
      @dragover=${this.onDragOver}
      @dragleave=${this.onDragLeave}
      @drop=${this.onDrop}
    >
      ${this.inspection ? this.renderCall(this.inspection) : this.renderInvitation()}
      <input class="unseen" data-testid="lens-file" type="file" accept=".json,application/json" tabindex="-1" aria-hidden="true" @change=${this.onChosen} />
    </div>`;
  }

  private renderCall(inspection: Inspection) {
    const words = lensWords();
    const when = new Intl.DateTimeFormat(language.current, { dateStyle: 'long', timeStyle: 'short' }).format(
      inspection.startedAt,
    );
    return html`
      <h1>${words.title}</h1>
      <p>${words.viewerFrom(when)}</p>
      <p class="soft small">${words.recordedBy(inspection.userAgent)}</p>
      ${this.renderProblem()}
      <maru-lens .inspection=${inspection}>
        <button slot="tools" @click=${this.choose}>${icon(FolderOpen)}${words.viewerAnother}</button>
      </maru-lens>
    `;
  }

  private renderInvitation() {
    const words = lensWords();
    return html`
      <h1>${words.viewerTitle}</h1>
      <p class="soft">${words.viewerIntro}</p>
      <div class="target">
        <span>${words.viewerDrop}</span>
        <button class="primary" @click=${this.choose}>${icon(FolderOpen)}${words.viewerChoose}</button>
      </div>
      ${this.renderProblem()}
    `;
  }

  private renderProblem() {
    const words = lensWords();
    if (!this.problem) return html`<div role="alert"></div>`;
    return html`<div role="alert" class="problem">
      <p><strong>${this.problem === 'invalid' ? words.viewerInvalid : words.viewerTooLarge}</strong></p>
      <p>${words.viewerInvalidHint}</p>
      ${this.detail ? html`<p class="soft small">${this.detail}</p>` : nothing}
    </div>`;
  }

  private readonly choose = (): void => {
    this.renderRoot.querySelector('input')?.click();
  };

  private readonly onChosen = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement; // the input that the listener is on
    const [file] = input.files ?? [];
    input.value = ''; // so that the same file can be chosen again
    if (file) void this.open(file);
  };

  private readonly onDragOver = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.stopPropagation(); // within a call, a dropped file would be sent to the others
    this.over = true;
  };

  private readonly onDragLeave = (): void => {
    this.over = false;
  };

  private readonly onDrop = (event: DragEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    this.over = false;
    const [file] = event.dataTransfer?.files ?? [];
    if (file) void this.open(file);
  };

  static override styles = [
    base,
    buttons,
    lensStyles,
    css`
      .page {
        box-sizing: border-box;
        min-height: 100%;
        max-width: 74rem;
        margin: 0 auto;
        padding: 1.5rem max(1rem, env(safe-area-inset-right)) 3rem max(1rem, env(safe-area-inset-left));
      }
      h1 {
        font-size: var(--text-xl, 1.5625rem);
        line-height: 1.25;
        margin-bottom: 0.3rem;
      }
      .target {
        display: flex;
        flex-direction: column;
        align-items: center;
        justify-content: center;
        gap: 0.75rem;
        margin-top: 1.5rem;
        min-height: 14rem;
        border: 2px dashed var(--line-strong, var(--ink-soft));
        border-radius: var(--radius, 12px);
        background: var(--panel);
      }
      .over .target {
        border-color: var(--wood);
        background: var(--wood-wash, var(--panel));
      }
      .problem {
        margin-top: 1rem;
        padding: 0.8rem 1rem;
        border-left: 4px solid var(--vermilion);
        border-radius: 4px;
        background: var(--vermilion-wash, var(--panel));
      }
    `,
  ];
}

customElements.define('maru-lens-viewer', LensViewer);
