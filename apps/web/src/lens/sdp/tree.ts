import type { SdpLine, SdpSection } from './line.js';

/** What a group of lines within a section is about. */
export type Topic = 'head' | 'path' | 'security' | 'codecs' | 'extensions' | 'streams' | 'rest';

/** Lines that belong together: of one topic, and for codecs of one payload type. */
export interface SdpGroup {
  readonly topic: Topic;
  /** For `codecs`: the payload type; otherwise empty. */
  readonly payloadType: string;
  /** For `codecs`: its encoding name; otherwise empty. */
  readonly encoding: string;
  readonly lines: readonly SdpLine[];
}

const TOPIC_BY_ATTRIBUTE: Readonly<Record<string, Topic>> = {
  candidate: 'path',
  'end-of-candidates': 'path',
  'ice-ufrag': 'path',
  'ice-pwd': 'path',
  'ice-options': 'path',
  'ice-lite': 'path',
  rtcp: 'path',
  fingerprint: 'security',
  setup: 'security',
  'tls-id': 'security',
  rtpmap: 'codecs',
  fmtp: 'codecs',
  'rtcp-fb': 'codecs',
  extmap: 'extensions',
  'extmap-allow-mixed': 'extensions',
  msid: 'streams',
  ssrc: 'streams',
  'ssrc-group': 'streams',
  rid: 'streams',
  simulcast: 'streams',
};

const ORDER: readonly Topic[] = ['head', 'path', 'security', 'codecs', 'extensions', 'streams', 'rest'];

/** Groups the lines of a section by topic. Every line is in exactly one group; within a group they keep their order. */
export function groupLines(section: SdpSection): readonly SdpGroup[] {
  const linesByKey = new Map<string, SdpLine[]>();
  for (const line of section.lines) {
    const key = keyOf(line, section);
    const lines = linesByKey.get(key);
    if (lines) lines.push(line);
    else linesByKey.set(key, [line]);
  }
  const groups = [...linesByKey].map(([key, lines]) => {
    const [topic = '', payloadType = ''] = key.split(' ');
    return { topic: topicOf(topic), payloadType, encoding: section.encodingByPayloadType.get(payloadType) ?? '', lines };
  });
  return groups.sort((a, b) => ORDER.indexOf(a.topic) - ORDER.indexOf(b.topic) || rankOf(a, section) - rankOf(b, section));
}

function topicOf(text: string): Topic {
  return ORDER.find((topic) => topic === text) ?? 'rest';
}

function keyOf(line: SdpLine, section: SdpSection): string {
  if (line.type !== 'a') return 'head';
  const topic = TOPIC_BY_ATTRIBUTE[line.attribute] ?? (section.index < 0 ? 'head' : 'rest');
  return topic === 'codecs' ? `codecs ${line.attributeValue.split(' ')[0]}` : topic;
}

/** Codecs stand in the order of preference that the `m=` line gives. */
function rankOf(group: SdpGroup, section: SdpSection): number {
  const formats = section.lines[0]?.value.split(' ').slice(3) ?? [];
  return formats.indexOf(group.payloadType);
}
