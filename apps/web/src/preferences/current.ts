import { language, languageOf } from '../i18n/index.js';
import { Store } from '../ui/store.js';
import { DEFAULT_PREFERENCES, type Preferences, parsePreferences } from './preferences.js';
import { shelf } from './shelf.js';

const KEY = 'maru.preferences';

/** The preferences in use: remembered, and applied to the page at once. */
class CurrentPreferences extends Store {
  private value: Preferences = DEFAULT_PREFERENCES;

  get current(): Preferences {
    return this.value;
  }

  /** Takes up what an earlier visit left, before anything is drawn. */
  load(): void {
    this.value = parsePreferences(shelf.read(KEY));
    this.apply();
  }

  change(change: Partial<Preferences>): void {
    this.value = { ...this.value, ...change };
    shelf.write(KEY, JSON.stringify(this.value));
    this.apply();
    this.changed();
  }

  private apply(): void {
    const { theme } = this.value;
    const root = document.documentElement;
    if (theme === 'auto') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
    const next = this.value.language ?? languageOf(navigator.languages);
    if (next !== language.current || root.lang !== next) language.set(next);
  }
}

export const preferences = new CurrentPreferences();
