import { Store } from '../ui/store.js';

/** The languages that the app speaks. Each text exists in all of them, or the app does not compile. */
export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];

/** How each language calls itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', ko: '한국어' };

export function isLanguage(value: unknown): value is Language {
  return value === 'en' || value === 'ko';
}

/** The first of the browser's languages that we speak; English when it names none. */
export function languageOf(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const [primary] = tag.toLowerCase().split('-');
    if (isLanguage(primary)) return primary;
  }
  return 'en';
}

/** The language in use. Elements re-render when it changes, and the page says it in `lang` for screen readers and fonts. */
class CurrentLanguage extends Store {
  private value: Language = 'en';

  get current(): Language {
    return this.value;
  }

  set(next: Language): void {
    this.value = next;
    document.documentElement.lang = next;
    this.changed();
  }
}

export const language = new CurrentLanguage();

/** Texts in every language, as a function that gives those of the language in use: `const words = dictionary({ en, ko })`. */
export function dictionary<Words>(texts: Readonly<Record<Language, Words>>): () => Words {
  return () => texts[language.current];
}
