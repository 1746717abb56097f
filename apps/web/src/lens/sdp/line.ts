/** One line of a session description (RFC 8866 §5), split no further than every line allows. */
export interface SdpLine {
  /** Place in the description, counted from 1 as an editor would. */
  readonly number: number;
  readonly text: string;
  /** The letter before the first `=`. */
  readonly type: string;
  /** What follows the first `=`. */
  readonly value: string;
  /** For `a=` lines, the attribute's name; otherwise empty. */
  readonly attribute: string;
  /** For `a=` lines, what follows the colon; otherwise empty. */
  readonly attributeValue: string;
}

/** The session part or one media section, with the facts about it that explaining its lines needs. */
export interface SdpSection {
  /** `-1` for the session part, else the index of the media section. */
  readonly index: number;
  /** `session`, or the media type of the `m=` line. */
  readonly kind: string;
  readonly mid: string;
  readonly lines: readonly SdpLine[];
  /** The encoding name (`VP8`, `rtx`) of each payload type of the section. */
  readonly encodingByPayloadType: ReadonlyMap<string, string>;
}

/** Splits a description into its session part and media sections. What it cannot read stays a line as it came. */
export function splitSdp(sdp: string): readonly SdpSection[] {
  const groups: SdpLine[][] = [[]];
  let number = 0;
  for (const text of sdp.split(/\r\n|\r|\n/)) {
    number += 1;
    if (text === '') continue;
    const line = splitLine(text, number);
    if (line.type === 'm') groups.push([]);
    groups.at(-1)?.push(line);
  }
  return groups.map((lines, index) => describeSection(lines, index - 1));
}

function splitLine(text: string, number: number): SdpLine {
  const equals = text.indexOf('=');
  const type = equals < 0 ? '' : text.slice(0, equals);
  const value = equals < 0 ? text : text.slice(equals + 1);
  if (type !== 'a') return { number, text, type, value, attribute: '', attributeValue: '' };
  const colon = value.indexOf(':');
  const attribute = colon < 0 ? value : value.slice(0, colon);
  const attributeValue = colon < 0 ? '' : value.slice(colon + 1);
  return { number, text, type, value, attribute, attributeValue };
}

function describeSection(lines: readonly SdpLine[], index: number): SdpSection {
  const encodingByPayloadType = new Map<string, string>();
  let mid = '';
  for (const { attribute, attributeValue } of lines) {
    if (attribute === 'mid') mid = attributeValue;
    if (attribute !== 'rtpmap') continue;
    const [payloadType = '', encoding = ''] = attributeValue.split(' ');
    encodingByPayloadType.set(payloadType, encoding.split('/')[0] ?? '');
  }
  const kind = index < 0 ? 'session' : (lines[0]?.value.split(' ')[0] ?? '');
  return { index, kind, mid, lines, encodingByPayloadType };
}
