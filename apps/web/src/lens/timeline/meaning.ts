import type { Meaning } from '@maru/client';
import type { Bilingual } from '../bilingual.js';
import { SENTENCES } from './sentences.js';

/** What a step means, ready to be shown. */
export interface SpokenMeaning {
  readonly term: string;
  readonly standard: string;
  readonly text: Bilingual;
}

/** Makes the sentence of a step. `undefined` for a key of a newer version, which a saved file may hold. */
export function meaningInWords(meaning: Meaning | undefined): SpokenMeaning | undefined {
  const sentence = meaning && Object.hasOwn(SENTENCES, meaning.key) ? SENTENCES[meaning.key] : undefined;
  if (!meaning || !sentence) return undefined;
  const { en, ko } = sentence.text(meaning.params);
  return { term: sentence.term, standard: sentence.standard, text: { en: en.charAt(0).toUpperCase() + en.slice(1), ko } };
}
