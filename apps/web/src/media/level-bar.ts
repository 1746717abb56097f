import { css, html } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import { words } from '../i18n/index.js';
import { MaruElement } from '../ui/element.js';
import { base } from '../ui/styles.js';
import { LevelMeter } from './audio.js';

const SEGMENTS = 24;

/** The live level of a microphone as a row of small blocks. */
export class LevelBar extends MaruElement {
  static override properties = { track: { attribute: false } };
  declare track: MediaStreamTrack | undefined;

  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      .bar {
        display: grid;
        grid-template-columns: repeat(24, 1fr);
        gap: 2px;
        height: 8px;
      }
      i {
        border-radius: 2px;
        background: var(--line);
      }
      i[data-lit] {
        background: var(--celadon);
      }
      i[data-lit]:nth-child(n + 20) {
        background: var(--amber);
      }
    `,
  ];

  private readonly bar = createRef<HTMLElement>();
  private meter: LevelMeter | undefined;
  private metered: MediaStreamTrack | undefined;
  private frame = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.frame = requestAnimationFrame(this.draw);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.frame);
    this.listenTo(undefined);
  }

  protected override render() {
    return html`<div
      ${ref(this.bar)}
      class="bar"
      role="meter"
      aria-label=${words().threshold.level}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow="0"
      data-testid="level"
    >
      ${Array.from({ length: SEGMENTS }, () => html`<i></i>`)}
    </div>`;
  }

  protected override updated(): void {
    this.listenTo(this.track);
  }

  private listenTo(track: MediaStreamTrack | undefined): void {
    if (track === this.metered) return;
    this.meter?.close();
    this.metered = track;
    this.meter = track && new LevelMeter(track);
  }

  private readonly draw = (): void => {
    this.frame = requestAnimationFrame(this.draw);
    const bar = this.bar.value;
    if (!bar) return;
    const lit = this.meter ? Math.round(this.meter.level() * SEGMENTS) : 0;
    const now = String(Math.round((lit / SEGMENTS) * 100));
    if (bar.getAttribute('aria-valuenow') === now) return;
    bar.setAttribute('aria-valuenow', now);
    for (const [index, block] of [...bar.children].entries()) block.toggleAttribute('data-lit', index < lit);
  };
}

customElements.define('maru-level-bar', LevelBar);
