import { type Language, language } from '../i18n/language.js';

/** One sentence in each language of the app, side by side, so that neither can be forgotten. */
export type Bilingual = Readonly<Record<Language, string>>;

/** Writes one sentence in both languages. */
export function say(en: string, ko: string): Bilingual {
  return { en, ko };
}

/** The sentence in the language in use. */
export function spoken(sentence: Bilingual): string {
  return sentence[language.current];
}
