import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { createRef, ref } from 'lit/directives/ref.js';
import { Hand, Maximize, MicOff, PictureInPicture2, Pin, PinOff, ScreenShare } from 'lucide';
import { words } from '../i18n/index.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import '../ui/portrait.js';
import { base, buttons } from '../ui/styles.js';
import { onTick } from '../ui/ticker.js';
import { explainQuality, measuresOf } from './model/quality.js';
import type { TileView } from './model/views.js';
import { tileStyles } from './tile.css.js';

/** Loudness above which the ring shows: breathing stays below it. */
const SPEAKING_LEVEL = 0.06;
/** How much taller than its tile a picture may be and still be cut. */
const MOST_CUT = 1.9;
/** After a touch, the tools of a tile stay this long. */
const TOUCHED_MS = 4_000;
/** The ring stays between two words. */
const RING_STAYS_MS = 350;

/** One picture on the stage, with what one must know of the person in it. Tells `pin`. */
export class Tile extends MaruElement {
  static override properties = {
    view: { attribute: false },
    explained: { state: true },
    contained: { state: true },
    plays: { state: true },
  };
  declare view: TileView | undefined;
  /** Whether the words about the connection are open. */
  declare explained: boolean;
  /** The picture's shape is far from the tile's: show all of it rather than cut half away. */
  declare contained: boolean;
  /** There is a first picture; until then the initials show. */
  declare plays: boolean;

  static override styles = [base, buttons, tileStyles];

  private readonly video = createRef<HTMLVideoElement>();
  private stopTick: (() => void) | undefined;
  private loudAt = -Infinity;
  private touchTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly resized = new ResizeObserver(() => this.fit());

  constructor() {
    super();
    this.explained = false;
    this.contained = false;
    this.plays = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopTick = onTick(() => this.showLevel());
    this.resized.observe(this);
    this.addEventListener('click', this.touch);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopTick?.();
    this.resized.disconnect();
    this.removeEventListener('click', this.touch);
    clearTimeout(this.touchTimer);
  }

  protected override updated(): void {
    const { view } = this;
    if (!view) return;
    this.dataset['testid'] = view.isSelf ? 'self-tile' : 'tile';
    this.dataset['person'] = view.personId;
    this.dataset['kind'] = view.kind;
    this.dataset['name'] = view.name;
    this.toggleAttribute('data-pinned', view.pinned);
    this.toggleAttribute('data-muted', view.micMuted);
    this.toggleAttribute('data-hand', view.handRaised);
    this.toggleAttribute('data-picture', view.picture !== null);
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', view.kind === 'screen' ? words().hall.screenOf(view.name) : words().hall.tile(view.name));
  }

  /** `live`, because Lit sets objects anew on each rendering, and a picture that is set begins anew. */
  protected override render() {
    const { view } = this;
    if (!view) return nothing;
    return html`
      <maru-portrait .name=${view.name}></maru-portrait>
      ${
        view.picture
          ? html`<video
              ${ref(this.video)}
              autoplay
              playsinline
              .muted=${true}
              .srcObject=${live(view.picture)}
              ?data-mirrored=${view.mirrored}
              ?data-contained=${this.contained || view.kind === 'screen'}
              ?data-playing=${this.plays}
              @loadeddata=${() => {
                this.plays = true;
              }}
              @emptied=${() => {
                this.plays = false;
              }}
              @resize=${() => this.fit()}
              @loadedmetadata=${() => this.fit()}
            ></video>`
          : nothing
      }
      <div class="ring" aria-hidden="true"></div>
      ${this.state(view)} ${this.tools(view)} ${this.label(view)} ${this.explained && view.quality ? this.explanation(view) : nothing}
    `;
  }

  private state(view: TileView) {
    const { hall } = words();
    if (view.state === 'there' || view.isSelf) return nothing;
    return html`<p class="state" data-testid="tile-state"><i></i>${view.state === 'away' ? hall.away : hall.connecting}</p>`;
  }

  private tools(view: TileView) {
    const { hall } = words();
    return html`<div class="tools">
      ${
        view.picture && !view.isSelf && document.pictureInPictureEnabled
          ? html`<button aria-label=${hall.pictureInPictureTile} title=${hall.pictureInPictureTile} @click=${this.pictureInPicture}>
              ${icon(PictureInPicture2, 18)}
            </button>`
          : nothing
      }
      ${
        view.kind === 'screen' && document.fullscreenEnabled
          ? html`<button aria-label=${hall.fullScreenTile} title=${hall.fullScreenTile} @click=${() => void this.requestFullscreen()}>
              ${icon(Maximize, 18)}
            </button>`
          : nothing
      }
      <button
        data-testid="pin"
        aria-pressed=${view.pinned ? 'true' : 'false'}
        aria-label=${view.pinned ? hall.unpin(view.name) : hall.pin(view.name)}
        title=${view.pinned ? hall.unpin(view.name) : hall.pin(view.name)}
        @click=${() => this.tell('pin', view.key)}
      >
        ${view.pinned ? html`${icon(PinOff, 18)}` : html`${icon(Pin, 18)}`}
      </button>
    </div>`;
  }

  private label(view: TileView) {
    const { hall } = words();
    return html`<div class="label">
      ${
        view.handRaised
          ? html`<span class="hand" data-testid="tile-hand" role="img" aria-label=${hall.handRaised}>${icon(Hand, 18)}</span>`
          : nothing
      }
      <span class="name">
        ${view.pinned ? html`<span class="pinned" role="img" aria-label=${hall.pinned}>${icon(Pin, 14)}</span>` : nothing}
        ${view.kind === 'screen' ? icon(ScreenShare, 15) : nothing}
        ${
          view.micMuted && view.kind === 'camera'
            ? html`<span class="muted" data-testid="tile-muted" role="img" aria-label=${hall.muted}>${icon(MicOff, 15)}</span>`
            : nothing
        }
        <span class="text" data-testid="tile-name">${this.nameOf(view)}</span>
        ${view.quality ? this.bars(view) : nothing}
      </span>
    </div>`;
  }

  private nameOf(view: TileView): string {
    const { hall } = words();
    if (view.kind === 'screen') return hall.screenOf(view.name);
    return view.isSelf ? hall.youNamed(view.name) : view.name;
  }

  private bars(view: TileView) {
    const texts = words().quality;
    const level = view.state === 'away' ? 'bad' : (view.quality?.quality.level ?? 'unknown');
    return html`<button
      class="bars"
      data-testid="quality"
      data-level=${level}
      aria-expanded=${this.explained ? 'true' : 'false'}
      aria-label=${texts.label(view.name, view.state === 'away' ? texts.away : texts[level])}
      @click=${() => {
        this.explained = !this.explained;
      }}
      @pointerenter=${(event: PointerEvent) => {
        if (event.pointerType === 'mouse') this.explained = true;
      }}
      @pointerleave=${(event: PointerEvent) => {
        if (event.pointerType === 'mouse') this.explained = false;
      }}
      @blur=${() => {
        this.explained = false;
      }}
    >
      <i></i><i></i><i></i>
    </button>`;
  }

  private explanation(view: TileView) {
    if (!view.quality) return nothing;
    const sentence =
      view.state === 'away' ? words().quality.awayText(view.name) : explainQuality(words(), view.name, view.quality);
    return html`<div class="explanation" role="status" data-testid="quality-text">
      <p>${sentence}</p>
      <dl>
        ${measuresOf(words(), view.quality).map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}
      </dl>
    </div>`;
  }

  /** Where nothing hovers, a touch of the picture brings its tools for a while. */
  private readonly touch = (): void => {
    this.toggleAttribute('data-touched', true);
    clearTimeout(this.touchTimer);
    this.touchTimer = setTimeout(() => this.toggleAttribute('data-touched', false), TOUCHED_MS);
  };

  /** The ring follows the voice without rendering anything anew. */
  private showLevel(): void {
    const { view } = this;
    if (!view) return;
    const now = performance.now();
    if (!view.micMuted && view.level() > SPEAKING_LEVEL) this.loudAt = now;
    this.toggleAttribute('data-speaking', now - this.loudAt < RING_STAYS_MS);
  }

  /** A phone's tall picture in a wide tile is shown whole, since cutting it would cut heads; what is too wide loses its sides. */
  private fit(): void {
    const video = this.video.value;
    if (!video?.videoWidth || !this.clientHeight) return;
    const picture = video.videoWidth / video.videoHeight;
    const tile = this.clientWidth / this.clientHeight;
    this.contained = tile / picture > MOST_CUT;
  }

  private readonly pictureInPicture = async (): Promise<void> => {
    try {
      if (document.pictureInPictureElement) await document.exitPictureInPicture();
      else await this.video.value?.requestPictureInPicture();
    } catch {
      // The browser does not want to now (no frame yet, or another window is on top): nothing changed, the button is still there.
    }
  };
}

customElements.define('maru-tile', Tile);
