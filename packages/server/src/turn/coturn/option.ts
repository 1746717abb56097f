import type { CoturnDraft } from './draft.js';

/**
 * What becomes of a line.
 *
 * - `kept`: it means the same here. `changed`: it is kept, with the difference that the text names.
 * - `not-needed`: there is nothing to set here, or it is so already.
 * - `unsafe`: it is not taken over, since it would open the server to abuse, or it is taken over and should be changed soon.
 * - `unsupported`: it does something that is not there. `malformed`, `unknown`: it could not be read.
 */
export type Verdict = 'kept' | 'changed' | 'not-needed' | 'unsafe' | 'unsupported' | 'malformed' | 'unknown';

export interface Outcome {
  readonly verdict: Verdict;
  /** Why, in a sentence. */
  readonly why: string;
  /** What the operator may do about it. */
  readonly todo?: string;
}

/** One option of turnserver.conf: what it is here, for the document, and what to do with it. */
export interface CoturnOption {
  readonly names: readonly string[];
  /** Where it is set here, in the words of our configuration. */
  readonly here: string;
  readonly remark: string;
  /** Whether the value must never be printed. */
  readonly isSecret?: true;
  apply(value: string, draft: CoturnDraft): Outcome;
}

export const kept = (why: string): Outcome => ({ verdict: 'kept', why });
export const changed = (why: string, todo?: string): Outcome => ({ verdict: 'changed', why, ...(todo && { todo }) });
export const notNeeded = (why: string): Outcome => ({ verdict: 'not-needed', why });
export const unsafe = (why: string, todo: string): Outcome => ({ verdict: 'unsafe', why, todo });
export const unsupported = (why: string, todo: string): Outcome => ({ verdict: 'unsupported', why, todo });
export const malformed = (why: string): Outcome => ({ verdict: 'malformed', why, todo: 'Correct the line and import again.' });

/** An option whose outcome does not depend on its value; the document says the same as the report. */
export const always = (names: readonly string[], here: string, outcome: Outcome): CoturnOption => ({
  names,
  here,
  remark: [outcome.why, outcome.todo].filter(Boolean).join(' '),
  apply: () => outcome,
});
