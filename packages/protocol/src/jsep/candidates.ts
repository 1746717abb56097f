import {
  type Attribute,
  attributeValue,
  attributeValues,
  type Connection,
  hasAttribute,
  iceParametersOf,
  type MediaSection,
  type SessionTree,
} from '../sdp/index.js';

/** Which sections a trickled candidate is meant for (W3C webrtc, "addIceCandidate"). */
export interface CandidateTarget {
  readonly mid: string | undefined;
  readonly index: number | undefined;
  readonly ufrag: string | undefined;
}

/** A section by its place and its name. */
export interface SectionRef {
  readonly index: number;
  readonly mid: string;
}

/** The discard port: candidates tell the real one (RFC 9429 §5.2.1). */
const DISCARD_PORT = 9;
const NO_ADDRESS: Connection = { networkType: 'IN', addressType: 'IP4', address: '0.0.0.0' };

/**
 * The section of `tree` that `target` means: by mid, else by index. All sections when it names neither, which only an
 * end-of-candidates may. Undefined when it names one that is not there.
 */
export function targetSections(tree: SessionTree, target: CandidateTarget): SectionRef[] | undefined {
  const all = tree.media.map((section, index) => ({ index, mid: attributeValue(section, 'mid') ?? '' }));
  if (target.mid === undefined && target.index === undefined) return all;
  const found = all.filter(({ index, mid }) => (target.mid !== undefined ? mid === target.mid : index === target.index));
  return found.length > 0 ? found : undefined;
}

/** Whether `tree` is of the ICE generation that `ufrag` names in section `index`; any generation if it names none. */
export function isOfGeneration(tree: SessionTree, index: number, ufrag: string | undefined): boolean {
  const section = tree.media[index];
  if (!section) return false;
  return ufrag === undefined || iceParametersOf(section, tree)?.ufrag === ufrag || attributeValue(section, 'ice-ufrag') === ufrag;
}

/** `tree` with one more remote candidate line (without `candidate:`) in section `index`; an empty one is the end of candidates. */
export function addCandidate(tree: SessionTree, index: number, candidate: string): SessionTree {
  return mapSection(tree, index, (section) => {
    const line: Attribute = candidate === '' ? { name: 'end-of-candidates' } : { name: 'candidate', value: candidate };
    const isThere = section.attributes.some(({ name, value }) => name === line.name && value === line.value);
    return isThere ? section : { ...section, attributes: [...section.attributes, line] };
  });
}

/**
 * `tree` with these gathered candidates (whole `candidate:…` texts) in section `mid`, its `m=` and `c=` lines naming the
 * default one (RFC 9429 §5.2.2).
 */
export function describeCandidates(
  tree: SessionTree,
  mid: string,
  candidates: readonly string[],
  isComplete: boolean,
): SessionTree {
  const index = tree.media.findIndex((section) => attributeValue(section, 'mid') === mid);
  return mapSection(tree, index, (section) => {
    const rest = section.attributes.filter(({ name }) => name !== 'candidate' && name !== 'end-of-candidates');
    const lines: Attribute[] = candidates.map((text) => ({ name: 'candidate', value: text.slice('candidate:'.length) }));
    if (isComplete) lines.push({ name: 'end-of-candidates' });
    return { ...section, ...defaultDestination(candidates), attributes: [...lines, ...rest] };
  });
}

/** The port and connection of the candidate most likely to work: relayed, then reflexive, then host; over UDP, no mDNS name (RFC 8445 §5.1.4). */
function defaultDestination(candidates: readonly string[]): { port: number; connections: readonly Connection[] } {
  let best: { readonly rank: number; readonly address: string; readonly port: number } | undefined;
  for (const text of candidates) {
    const [, component, transport, , address = '', port = '', , type = ''] = text.split(' ');
    const rank = ['host', 'srflx', 'relay'].indexOf(type) * 2 + (address.includes(':') ? 0 : 1);
    if (component !== '1' || transport?.toLowerCase() !== 'udp' || rank < 0 || address.endsWith('.local')) continue;
    if (!best || rank > best.rank) best = { rank, address, port: Number(port) };
  }
  if (!best) return { port: DISCARD_PORT, connections: [NO_ADDRESS] };
  const addressType = best.address.includes(':') ? 'IP6' : 'IP4';
  return { port: best.port, connections: [{ networkType: 'IN', addressType, address: best.address }] };
}

/** The remote candidates of section `index`, as whole `candidate:…` texts, and whether there will be no more. */
export function remoteCandidates(tree: SessionTree, index: number): { candidates: string[]; isComplete: boolean } {
  const section = tree.media[index];
  if (!section) return { candidates: [], isComplete: false };
  return {
    candidates: attributeValues(section, 'candidate').map((value) => `candidate:${value}`),
    isComplete: hasAttribute(section, 'end-of-candidates') || hasAttribute(tree, 'end-of-candidates'),
  };
}

function mapSection(tree: SessionTree, index: number, change: (section: MediaSection) => MediaSection): SessionTree {
  const section = tree.media[index];
  if (!section) return tree;
  return { ...tree, media: tree.media.map((other, i) => (i === index ? change(section) : other)) };
}
