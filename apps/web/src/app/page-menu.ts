import { css, html } from 'lit';
import { Languages, Monitor, Moon, Sun } from 'lucide';
import { LANGUAGE_NAMES, LANGUAGES, language, words } from '../i18n/index.js';
import { preferences } from '../preferences/current.js';
import type { Theme } from '../preferences/preferences.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { Watch } from '../ui/store.js';
import { base, buttons } from '../ui/styles.js';

const NEXT_THEME: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' };
const THEME_ICONS = { auto: Monitor, light: Sun, dark: Moon };

/** Language and theme, one press each. */
export class PageMenu extends MaruElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: flex;
        gap: 0.25rem;
      }
      button {
        font-size: var(--text-s);
        color: var(--ink-soft);
      }
      button:hover {
        color: var(--ink);
      }
    `,
  ];

  protected readonly preferencesWatch = new Watch(this, preferences);

  protected override render() {
    const { app } = words();
    const { theme } = preferences.current;
    const themeName = { auto: app.themeAuto, light: app.themeLight, dark: app.themeDark }[theme];
    const other = LANGUAGES.find((candidate) => candidate !== language.current) ?? 'en';
    return html`
      <button
        class="quiet"
        data-testid="language"
        lang=${other}
        aria-label=${`${app.language}: ${LANGUAGE_NAMES[other]}`}
        @click=${() => preferences.change({ language: other })}
      >
        ${icon(Languages, 18)}${LANGUAGE_NAMES[other]}
      </button>
      <button
        class="quiet square"
        data-testid="theme"
        data-theme=${theme}
        aria-label=${`${app.theme}: ${themeName}`}
        title=${`${app.theme}: ${themeName}`}
        @click=${() => preferences.change({ theme: NEXT_THEME[theme] })}
      >
        ${icon(THEME_ICONS[theme], 18)}
      </button>
    `;
  }
}

customElements.define('maru-page-menu', PageMenu);
