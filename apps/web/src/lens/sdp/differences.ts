import type { SdpLine, SdpSection } from './line.js';

/**
 * How a line of one description stands to the other description of the same exchange.
 * `own`: each side says its own and they are meant to differ (addresses, names, keys).
 */
export type Standing =
  | { readonly name: 'agreed' }
  | { readonly name: 'own' }
  | { readonly name: 'changed'; readonly other: string }
  | { readonly name: 'left-out' }
  | { readonly name: 'added' };

/** Attributes in which each side speaks of itself alone. */
const OWN = new Set([
  'candidate',
  'end-of-candidates',
  'ice-ufrag',
  'ice-pwd',
  'fingerprint',
  'tls-id',
  'rtcp',
  'msid',
  'msid-semantic',
  'ssrc',
  'ssrc-group',
  'max-message-size',
  'sctp-port',
]);
/** Attributes that may occur many times, told apart by the first word of their value. */
const BY_FIRST_WORD = new Set(['rtpmap', 'fmtp', 'rid', 'extmap']);
/** Attributes that may occur many times and are compared whole. */
const WHOLE = new Set(['rtcp-fb']);

/**
 * Compares two descriptions of one exchange, section by section (by order, as RFC 3264 §6 demands).
 * @returns how each line of `offer` and of `answer` stands to the other, by line
 */
export function compareDescriptions(offer: readonly SdpSection[], answer: readonly SdpSection[]): ReadonlyMap<SdpLine, Standing> {
  const standings = new Map<SdpLine, Standing>();
  for (const section of offer) judgeLines(section, find(answer, section.index), 'left-out', standings);
  for (const section of answer) judgeLines(section, find(offer, section.index), 'added', standings);
  return standings;
}

function find(sections: readonly SdpSection[], index: number): SdpSection | undefined {
  return sections.find((section) => section.index === index);
}

function judgeLines(
  section: SdpSection,
  other: SdpSection | undefined,
  missing: 'left-out' | 'added',
  standings: Map<SdpLine, Standing>,
): void {
  const otherByKey = new Map((other?.lines ?? []).map((line) => [keyOf(line), line]));
  for (const line of section.lines) standings.set(line, judge(line, otherByKey.get(keyOf(line)), missing));
}

function judge(line: SdpLine, counterpart: SdpLine | undefined, missing: 'left-out' | 'added'): Standing {
  if (isOwn(line)) return { name: 'own' };
  if (!counterpart) return { name: missing };
  return sameMeaning(line, counterpart) ? { name: 'agreed' } : { name: 'changed', other: counterpart.text };
}

function isOwn(line: SdpLine): boolean {
  return line.type === 'a' ? OWN.has(line.attribute) : line.type === 'o' || line.type === 'c';
}

function keyOf(line: SdpLine): string {
  if (line.type !== 'a') return line.type;
  if (WHOLE.has(line.attribute)) return line.text;
  if (line.attribute === 'extmap') return `extmap ${line.attributeValue.split(' ')[1]}`;
  if (BY_FIRST_WORD.has(line.attribute)) return `${line.attribute} ${line.attributeValue.split(' ')[0]}`;
  return DIRECTIONS.has(line.attribute) ? 'direction' : line.attribute;
}

const DIRECTIONS = new Set(['sendrecv', 'sendonly', 'recvonly', 'inactive']);
const MIRROR: Readonly<Record<string, string>> = {
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  sendrecv: 'sendrecv',
  inactive: 'inactive',
};

/** Whether the two lines agree: equal, or saying the same seen from the other side. */
function sameMeaning(line: SdpLine, other: SdpLine): boolean {
  if (line.text.toLowerCase() === other.text.toLowerCase()) return true;
  if (DIRECTIONS.has(line.attribute)) return MIRROR[line.attribute] === other.attribute;
  return line.type === 'm' && formatsOf(line) === formatsOf(other);
}

/** An `m=` line without its port, which is each side's own. */
function formatsOf(line: SdpLine): string {
  const [kind, , ...rest] = line.value.split(' ');
  return [kind, ...rest].join(' ');
}
