import { css, html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { Mic, MicOff, SwitchCamera, Video, VideoOff } from 'lucide';
import { words } from '../i18n/index.js';
import type { LocalMedia } from '../media/local-media.js';
import { streamOf } from '../media/stream-of.js';
import { preferences } from '../preferences/current.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import '../ui/portrait.js';
import { base, buttons } from '../ui/styles.js';

/** Oneself before going in: large, mirrored, with the two switches under the thumb. */
export class Preview extends MaruElement {
  static override properties = { media: { attribute: false }, name: {} };
  declare media: LocalMedia | undefined;
  declare name: string;

  static override styles = [
    base,
    buttons,
    css`
      :host {
        position: relative;
        display: block;
        overflow: hidden;
        border-radius: 16px;
        background: var(--stage);
        box-shadow: var(--shadow);
        color-scheme: dark;
      }
      video,
      maru-portrait {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        object-fit: cover;
      }
      video[data-mirrored] {
        transform: scaleX(-1);
      }
      .words {
        position: absolute;
        inset: auto 1rem 5.5rem;
        width: fit-content;
        max-width: calc(100% - 2rem);
        margin-inline: auto;
        padding: 0.5rem 1rem;
        border-radius: var(--radius);
        background: rgb(14 12 10 / 72%);
        color: #f3eee6;
        text-align: center;
      }
      .words b {
        display: block;
        font-weight: 600;
      }
      .switches {
        position: absolute;
        inset: auto 0 1rem;
        display: flex;
        gap: 0.75rem;
        justify-content: center;
      }
      .switches button {
        width: 56px;
        height: 56px;
        padding: 0;
        border: 1px solid rgb(255 255 255 / 22%);
        border-radius: 50%;
        background: rgb(27 25 22 / 72%);
        color: #f3eee6;
        backdrop-filter: blur(8px);
      }
      .switches button:hover {
        background: rgb(58 53 46 / 85%);
      }
      .switches button[aria-pressed='false'] {
        border-color: transparent;
        background: #c2362b;
        color: #fff;
      }
      .switches button[aria-pressed='false']:hover {
        background: #a92b21;
      }
    `,
  ];

  private stop: (() => void) | undefined;

  constructor() {
    super();
    this.name = '';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop?.();
    this.stop = undefined;
  }

  protected override willUpdate(): void {
    this.stop ??= this.media?.subscribe(() => this.requestUpdate());
  }

  protected override render() {
    const { media } = this;
    if (!media) return nothing;
    const { threshold } = words();
    const mirrored = preferences.current.mirror && media.facing === 'user';
    return html`
      ${
        media.camera.name === 'live'
          ? html`<video
              autoplay
              playsinline
              .muted=${true}
              .srcObject=${live(streamOf(media.videoTrack))}
              ?data-mirrored=${mirrored}
              aria-label=${threshold.preview}
              data-testid="preview"
            ></video>`
          : html`<maru-portrait .name=${this.name}></maru-portrait>`
      }
      ${this.words(media)}
      <div class="switches">
        <button
          data-testid="preview-microphone"
          aria-pressed=${media.microphoneOn ? 'true' : 'false'}
          aria-label=${media.microphoneOn ? threshold.turnMicrophoneOff : threshold.turnMicrophoneOn}
          title=${media.microphoneOn ? threshold.turnMicrophoneOff : threshold.turnMicrophoneOn}
          @click=${() => void media.setMicrophone(!media.microphoneOn)}
        >
          ${media.microphoneOn ? icon(Mic, 24) : icon(MicOff, 24)}
        </button>
        <button
          data-testid="preview-camera"
          aria-pressed=${media.cameraOn ? 'true' : 'false'}
          aria-label=${media.cameraOn ? threshold.turnCameraOff : threshold.turnCameraOn}
          title=${media.cameraOn ? threshold.turnCameraOff : threshold.turnCameraOn}
          @click=${() => void media.setCamera(!media.cameraOn)}
        >
          ${media.cameraOn ? icon(Video, 24) : icon(VideoOff, 24)}
        </button>
        ${
          media.canFlip
            ? html`<button data-testid="preview-flip" aria-label=${threshold.flip} title=${threshold.flip} @click=${() => void media.flip()}>
                ${icon(SwitchCamera, 24)}
              </button>`
            : nothing
        }
      </div>
    `;
  }

  private words(media: LocalMedia) {
    const { threshold } = words();
    if (media.asking && media.camera.name !== 'live')
      return html`<p class="words" role="status"><b>${threshold.asking}</b>${threshold.askingHint}</p>`;
    switch (media.camera.name) {
      case 'off':
        return html`<p class="words">${threshold.cameraOff}</p>`;
      case 'starting':
        return html`<p class="words" role="status">${threshold.cameraStarting}</p>`;
      case 'failed':
        return html`<p class="words">${media.camera.problem.type === 'missing' ? threshold.cameraNone : threshold.cameraOff}</p>`;
      case 'live':
        return nothing;
    }
  }
}

customElements.define('maru-preview', Preview);
