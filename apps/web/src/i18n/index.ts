import { en } from './en.js';
import { ko } from './ko.js';
import { dictionary } from './language.js';

export type { Dictionary } from './en.js';
export { dictionary, isLanguage, LANGUAGE_NAMES, LANGUAGES, type Language, language, languageOf } from './language.js';

/** The texts of the app in the language in use. */
export const words = dictionary({ en, ko });
