import { css, html, nothing } from 'lit';
import { LANGUAGE_NAMES, LANGUAGES, language, words } from '../../i18n/index.js';
import '../../media/device-choice.js';
import { preferences } from '../../preferences/current.js';
import type { Theme } from '../../preferences/preferences.js';
import { MaruElement } from '../../ui/element.js';
import { Watch } from '../../ui/store.js';
import { base, fields } from '../../ui/styles.js';
import type { HallModel } from '../model/hall-model.js';
import './panel-frame.js';

const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

/** Devices, and how one likes the page; everything takes effect at once. */
export class SettingsPanel extends MaruElement {
  static override properties = { model: { attribute: false } };
  declare model: HallModel | undefined;

  static override styles = [
    base,
    fields,
    css`
      :host {
        display: block;
        height: 100%;
        min-height: 0;
      }
      .body {
        display: grid;
        gap: 1.1rem;
        align-content: start;
        padding: 1.1rem 1.1rem max(1.25rem, env(safe-area-inset-bottom));
        overflow-y: auto;
      }
      h3 {
        font: 600 var(--text-s) / 1.4 var(--font);
        color: var(--ink-soft);
      }
      section {
        display: grid;
        gap: 0.6rem;
      }
      section + section {
        padding-top: 1.1rem;
        border-top: 1px solid var(--line);
      }
      .check {
        display: flex;
        gap: 0.7rem;
        align-items: center;
        min-height: 44px;
        color: var(--ink);
        font: 400 var(--text-m) / 1.4 var(--font);
      }
      input[type='checkbox'] {
        flex: none;
        width: 20px;
        height: 20px;
        margin: 0;
        accent-color: var(--wood);
      }
      .pair {
        display: grid;
        gap: 0.25rem;
      }
    `,
  ];

  protected readonly preferencesWatch = new Watch(this, preferences);

  protected override render() {
    const { model } = this;
    if (!model) return nothing;
    const { settings, app } = words();
    const { theme } = preferences.current;
    const themeNames = { auto: app.themeAuto, light: app.themeLight, dark: app.themeDark };
    return html`<maru-panel .heading=${settings.title}>
      <div class="body">
        <section>
          <maru-device-choice .media=${model.media}></maru-device-choice>
        </section>
        <section>
          <h3>${settings.page}</h3>
          ${this.check('mirror', settings.mirror)} ${this.check('wakeLock', settings.wakeLock)} ${this.check('chimes', settings.announce)}
          <div class="pair">
            <label for="language">${app.language}</label>
            <select
              id="language"
              data-testid="settings-language"
              @change=${(event: Event) =>
                preferences.change({
                  language: LANGUAGES.find((candidate) => candidate === (event.target as HTMLSelectElement).value),
                })}
            >
              ${LANGUAGES.map(
                (candidate) =>
                  html`<option value=${candidate} lang=${candidate} ?selected=${candidate === language.current}>${LANGUAGE_NAMES[candidate]}</option>`,
              )}
            </select>
          </div>
          <div class="pair">
            <label for="theme">${app.theme}</label>
            <select
              id="theme"
              data-testid="settings-theme"
              @change=${(event: Event) =>
                preferences.change({
                  theme: THEMES.find((candidate) => candidate === (event.target as HTMLSelectElement).value) ?? 'auto',
                })}
            >
              ${THEMES.map((candidate) => html`<option value=${candidate} ?selected=${candidate === theme}>${themeNames[candidate]}</option>`)}
            </select>
          </div>
        </section>
      </div>
    </maru-panel>`;
  }

  private check(key: 'mirror' | 'wakeLock' | 'chimes', label: string) {
    return html`<label class="check">
      <input
        type="checkbox"
        data-testid=${`settings-${key}`}
        .checked=${preferences.current[key]}
        @change=${(event: Event) => preferences.change({ [key]: (event.target as HTMLInputElement).checked })}
      />
      ${label}
    </label>`;
  }
}

customElements.define('maru-settings-panel', SettingsPanel);
