import type { Bilingual } from '../bilingual.js';
import type { SdpLine, SdpSection } from './line.js';

/** One value inside a line, and what it says. */
export interface ExplainedPart {
  readonly text: string;
  readonly meaning: Bilingual;
}

/** What a line of a session description means, for a reader who sees it for the first time. */
export interface Explanation {
  /** The standard's word for what the line is about. */
  readonly term: string;
  /** One plain sentence. */
  readonly meaning: Bilingual;
  /** Where the standard says so. */
  readonly standard: string;
  /** The values of the line, one by one, where there is more than one thing to know. */
  readonly parts?: readonly ExplainedPart[];
}

/** Explains one kind of line; `undefined` when this line is not of the kind or cannot be read. */
export type Explainer = (line: SdpLine, section: SdpSection) => Explanation | undefined;

/** Explainers by attribute name. */
export type ExplainerTable = Readonly<Record<string, Explainer>>;
