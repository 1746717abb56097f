import { css, html, nothing } from 'lit';
import { Bell, Mic, Video, Volume2 } from 'lucide';
import { words } from '../i18n/index.js';
import { preferences } from '../preferences/current.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons, fields } from '../ui/styles.js';
import { canChooseSpeaker, playChime } from './audio.js';
import './level-bar.js';
import type { LocalMedia } from './local-media.js';

/** Which camera, microphone and speaker: with a level to see that one is heard, and a tone to hear where it comes out. */
export class DeviceChoice extends MaruElement {
  static override properties = { media: { attribute: false }, playing: { state: true } };
  declare media: LocalMedia | undefined;
  declare playing: boolean;

  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host {
        display: grid;
        gap: 0.9rem;
      }
      .choice {
        display: grid;
        grid-template-columns: 22px minmax(0, 1fr);
        gap: 0.25rem 0.6rem;
        align-items: center;
      }
      .choice > svg {
        color: var(--ink-soft);
      }
      .below {
        grid-column: 2;
      }
      .hint {
        color: var(--ink-soft);
        font-size: var(--text-s);
      }
      .tone {
        display: flex;
        gap: 0.5rem;
      }
      .tone select {
        flex: 1;
        min-width: 0;
      }
      .tone button {
        flex: none;
      }
      .check {
        display: flex;
        gap: 0.6rem;
        align-items: center;
        min-height: 44px;
        color: var(--ink);
        font: 400 var(--text-m) / 1.4 var(--font);
      }
      .check input {
        flex: none;
        width: 20px;
        height: 20px;
        margin: 0;
        accent-color: var(--wood);
      }
    `,
  ];

  private stop: (() => void) | undefined;

  constructor() {
    super();
    this.playing = false;
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
    const { cameras, microphones, speakers } = media.devices;
    const { speakerId } = preferences.current;
    return html`
      <div class="choice">
        ${icon(Mic)}
        ${this.select('microphone', threshold.microphone, microphones, media.audioTrack?.getSettings().deviceId, (id) => void media.chooseMicrophone(id))}
        <div class="below">
          <maru-level-bar .track=${media.microphoneOn ? media.audioTrack : undefined}></maru-level-bar>
          ${media.microphoneOn ? html`<p class="hint">${threshold.speak}</p>` : nothing}
        </div>
      </div>
      <div class="choice">
        ${icon(Volume2)}
        <div class="tone">
          ${
            canChooseSpeaker && speakers.length > 0
              ? this.select('speaker', threshold.speaker, speakers, speakerId, (id) => media.chooseSpeaker(id))
              : nothing
          }
          <button data-testid="test-tone" ?disabled=${this.playing} title=${threshold.testTone} aria-label=${threshold.testTone} @click=${this.playTone}>
            ${icon(Bell, 18)}${canChooseSpeaker && speakers.length > 0 ? nothing : threshold.testTone}
          </button>
        </div>
      </div>
      <div class="choice">
        ${icon(Video)}
        ${this.select('camera', threshold.camera, cameras, media.videoTrack?.getSettings().deviceId, (id) => void media.chooseCamera(id))}
        ${media.canBlur ? html`<div class="below">${this.blurChoice(media)}</div>` : nothing}
      </div>
    `;
  }

  private select(
    name: 'camera' | 'microphone' | 'speaker',
    label: string,
    devices: readonly MediaDeviceInfo[],
    current: string | undefined,
    choose: (id: string) => void,
  ) {
    const { threshold } = words();
    const usable = devices.filter((device) => device.deviceId !== '');
    return html`<select
      aria-label=${label}
      title=${label}
      data-testid=${`choose-${name}`}
      ?disabled=${usable.length === 0}
      @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}
    >
      ${
        usable.length === 0
          ? html`<option>${devices.length > 0 ? threshold.defaultDevice : threshold.noDevice}</option>`
          : usable.map(
              (device, index) =>
                html`<option value=${device.deviceId} ?selected=${device.deviceId === current}>
                  ${device.label || threshold.nthDevice(label, index + 1)}
                </option>`,
            )
      }
    </select>`;
  }

  private blurChoice(media: LocalMedia) {
    return html`<label class="check">
      <input
        type="checkbox"
        data-testid="blur"
        .checked=${preferences.current.blur}
        @change=${(event: Event) => void media.setBlur((event.target as HTMLInputElement).checked)}
      />
      ${words().threshold.blur}
    </label>`;
  }

  private readonly playTone = async (): Promise<void> => {
    this.playing = true;
    try {
      await playChime('test', preferences.current.speakerId);
    } finally {
      this.playing = false;
    }
  };
}

customElements.define('maru-device-choice', DeviceChoice);
