import { css, html, nothing } from 'lit';
import { ClipboardPaste, ScanLine, X } from 'lucide';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons, fields } from '../ui/styles.js';
import { canScan, makeDetector } from './barcode.js';
import { codeFromText } from './code.js';
import { directWords } from './texts.js';

/** How often a picture is looked at while scanning: quick for a person, light for a phone. */
const LOOK_EVERY_MS = 150;

/** Takes a code in: pasted, typed or scanned. Tells `code-taken` with the code; what holds none is told `code-missing`. */
export class TakeCode extends MaruElement {
  static override properties = {
    /** Names the field when there is nothing else to name it by. */
    label: {},
    busy: { type: Boolean },
    scannable: { state: true },
    scanning: { state: true },
    failed: { state: true },
  };
  declare label: string;
  declare busy: boolean;
  declare private scannable: boolean;
  declare private scanning: boolean;
  declare private failed: boolean;

  private stream: MediaStream | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.label = '';
    this.busy = false;
    this.scannable = false;
    this.scanning = false;
    this.failed = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void canScan().then((can) => (this.scannable = can));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopScanning();
  }

  protected override render() {
    const words = directWords();
    return html`
      <form @submit=${this.onSubmit}>
        <textarea
          rows="2"
          data-testid="direct-paste"
          aria-label=${this.label || words.paste}
          placeholder=${words.paste}
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          @paste=${this.onPaste}
          @keydown=${this.onKey}
        ></textarea>
        <div class="row">
          <button class="primary" type="submit" data-testid="direct-use" ?disabled=${this.busy}>${words.use}</button>
          ${
            navigator.clipboard && 'readText' in navigator.clipboard
              ? html`<button type="button" ?disabled=${this.busy} @click=${() => void this.pasteFromClipboard()}>${icon(ClipboardPaste, 18)}${words.pasteButton}</button>`
              : nothing
          }
          ${
            this.scannable
              ? html`<button type="button" ?disabled=${this.busy} aria-pressed=${this.scanning ? 'true' : 'false'} @click=${() => void this.toggleScanning()}>
                  ${this.scanning ? icon(X, 18) : nothing}${this.scanning ? nothing : icon(ScanLine, 18)}
                  ${this.scanning ? words.stopScan : words.scan}
                </button>`
              : nothing
          }
        </div>
      </form>
      ${
        this.scanning
          ? html`<figure>
              <video playsinline muted aria-hidden="true"></video>
              <figcaption role="status">${words.scanning}</figcaption>
            </figure>`
          : nothing
      }
      ${this.failed ? html`<p role="alert" class="failed">${words.scanFailed}</p>` : nothing}
    `;
  }

  private take(text: string): void {
    const code = codeFromText(text);
    if (code === undefined) this.tell('code-missing');
    else this.tell('code-taken', code);
  }

  private get field(): HTMLTextAreaElement | null {
    return this.renderRoot.querySelector('textarea');
  }

  private readonly onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!this.busy) this.take(this.field?.value ?? '');
  };

  /** A pasted code is taken at once: nobody needs to press anything. */
  private readonly onPaste = (event: ClipboardEvent): void => {
    const code = codeFromText(event.clipboardData?.getData('text') ?? '');
    if (code !== undefined && !this.busy) this.tell('code-taken', code);
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!this.busy) this.take(this.field?.value ?? '');
  };

  private async pasteFromClipboard(): Promise<void> {
    try {
      const text = await navigator.clipboard.readText();
      if (this.field) this.field.value = text;
      this.take(text);
    } catch {
      this.field?.focus(); // the browser did not let us; the person pastes with the keyboard
    }
  }

  private async toggleScanning(): Promise<void> {
    if (this.scanning) return this.stopScanning();
    this.failed = false;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch {
      this.failed = true;
      return;
    }
    this.scanning = true;
    await this.updateComplete;
    const video = this.renderRoot.querySelector('video');
    if (!video) return this.stopScanning();
    video.srcObject = this.stream;
    await video.play();
    this.look(video, makeDetector());
  }

  private look(video: HTMLVideoElement, detect: (video: HTMLVideoElement) => Promise<readonly string[]>): void {
    this.timer = setTimeout(async () => {
      const found = await detect(video);
      if (!this.scanning) return;
      const code = found.map(codeFromText).find((each) => each !== undefined);
      if (code === undefined) return this.look(video, detect);
      this.stopScanning();
      this.tell('code-taken', code);
    }, LOOK_EVERY_MS);
  }

  private stopScanning(): void {
    clearTimeout(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.scanning = false;
  }

  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host,
      form {
        display: grid;
        gap: 0.6rem;
      }
      textarea {
        resize: vertical;
        font-family: var(--mono);
        font-size: var(--text-s);
        overflow-wrap: anywhere;
      }
      textarea::placeholder {
        font-family: var(--font);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
      }
      figure {
        display: grid;
        gap: 0.3rem;
      }
      video {
        width: 100%;
        max-height: 18rem;
        object-fit: cover;
        border-radius: var(--radius);
        background: var(--stage);
      }
      .failed {
        color: var(--vermilion-ink);
      }
    `,
  ];
}

customElements.define('maru-take-code', TakeCode);
