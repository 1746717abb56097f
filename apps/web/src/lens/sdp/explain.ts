import { CODEC_ATTRIBUTES } from './explain-codecs.js';
import { STREAM_ATTRIBUTES } from './explain-streams.js';
import { STRUCTURE_ATTRIBUTES, STRUCTURE_LINES } from './explain-structure.js';
import { TRANSPORT_ATTRIBUTES } from './explain-transport.js';
import type { Explainer, Explanation } from './explanation.js';
import type { SdpLine, SdpSection } from './line.js';

const BY_LETTER = new Map<string, Explainer>(Object.entries(STRUCTURE_LINES));
const BY_ATTRIBUTE = new Map<string, Explainer>(
  [STRUCTURE_ATTRIBUTES, TRANSPORT_ATTRIBUTES, CODEC_ATTRIBUTES, STREAM_ATTRIBUTES].flatMap((table) => Object.entries(table)),
);

/** What `line` means within `section`; `undefined` when it is in none of our tables. */
export function explainLine(line: SdpLine, section: SdpSection): Explanation | undefined {
  const explainer = line.type === 'a' ? BY_ATTRIBUTE.get(line.attribute) : BY_LETTER.get(line.type);
  return explainer?.(line, section);
}
