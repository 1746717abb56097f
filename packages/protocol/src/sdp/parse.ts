import { isDigits, parseInteger } from './integer.js';
import { SDP_LIMITS } from './limits.js';
import { LineReader, splitLines } from './line-reader.js';
import { SdpMalformed } from './malformed.js';
import type { Attribute, Bandwidth, Connection, MediaSection, Origin, SessionTree, Timing } from './tree.js';

const MAX_PORT = 65_535;

/** Reads a session description (RFC 8866 §5, §9) in time linear in its length. What it does not know it keeps. */
export function parseSdp(text: string): SessionTree | SdpMalformed {
  const lines = splitLines(text);
  if (lines instanceof SdpMalformed) return lines;
  const reader = new LineReader(lines);
  const session = readSession(reader);
  return reader.fault ?? session;
}

function readSession(reader: LineReader): SessionTree {
  if (reader.demand('v', 'v=0') !== '0') reader.fail('sdp/version', 'v=0');
  const origin = readOrigin(reader);
  const name = reader.demand('s', 's=');
  const information = reader.take('i');
  const uri = reader.take('u');
  const emails = takeAll(reader, 'e');
  const phones = takeAll(reader, 'p');
  const connection = readConnections(reader)[0];
  const bandwidths = readBandwidths(reader);
  const timings = readTimings(reader);
  const zone = reader.take('z');
  const key = reader.take('k');
  const attributes = readAttributes(reader);
  const unknownLines = reader.takeUnknown();
  const media = readMedia(reader);
  if (reader.type !== '') reader.failNext('sdp/order', 'lines in the order of RFC 8866, section 5');
  return {
    origin,
    name,
    ...(information !== undefined && { information }),
    ...(uri !== undefined && { uri }),
    emails,
    phones,
    ...(connection && { connection }),
    bandwidths,
    timings,
    ...(zone !== undefined && { zone }),
    ...(key !== undefined && { key }),
    attributes,
    unknownLines,
    media,
  };
}

function readOrigin(reader: LineReader): Origin {
  const fields = reader.demand('o', 'o=').split(' ');
  const [username = '', sessionId = '', sessionVersion = '', networkType = '', addressType = '', address = ''] = fields;
  if (fields.length !== 6 || fields.includes('') || !isDigits(sessionId) || !isDigits(sessionVersion)) {
    reader.fail('sdp/origin', 'o=<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>');
  }
  return { username, sessionId, sessionVersion, networkType, addressType, address };
}

function readConnections(reader: LineReader): Connection[] {
  return takeAll(reader, 'c', (value) => {
    const [networkType = '', addressType = '', address = '', ...more] = value.split(' ');
    if (address === '' || more.length > 0) reader.fail('sdp/connection', 'c=<nettype> <addrtype> <connection-address>');
    return { networkType, addressType, address };
  });
}

function readBandwidths(reader: LineReader): Bandwidth[] {
  return takeAll(reader, 'b', (text) => {
    const colon = text.indexOf(':');
    const value = parseInteger(text.slice(colon + 1), Number.MAX_SAFE_INTEGER);
    if (colon < 1 || value === undefined) reader.fail('sdp/bandwidth', 'b=<bwtype>:<bandwidth>');
    return { type: text.slice(0, colon), value: value ?? 0 };
  });
}

function readTimings(reader: LineReader): Timing[] {
  const timings: Timing[] = [];
  do {
    const time = reader.demand('t', 't=<start-time> <stop-time>');
    if (!/^\d+ \d+$/.test(time)) reader.fail('sdp/timing', 't=<start-time> <stop-time>');
    timings.push({ time, repeats: takeAll(reader, 'r') });
  } while (reader.type === 't');
  return timings;
}

function readAttributes(reader: LineReader, into: Attribute[] = []): Attribute[] {
  for (let text = reader.take('a'); text !== undefined; text = reader.take('a')) {
    const colon = text.indexOf(':');
    if (text === '' || colon === 0) reader.fail('sdp/attribute', 'a=<name> or a=<name>:<value>');
    if (into.length === SDP_LIMITS.attributesPerLevel) {
      reader.fail('sdp/too-many-attributes', `at most ${SDP_LIMITS.attributesPerLevel} attributes in a section`);
    }
    into.push(colon < 0 ? { name: text } : { name: text.slice(0, colon), value: text.slice(colon + 1) });
  }
  return into;
}

function readMedia(reader: LineReader): MediaSection[] {
  const sections: MediaSection[] = [];
  for (let text = reader.take('m'); text !== undefined; text = reader.take('m')) {
    if (sections.length === SDP_LIMITS.mediaSections) {
      reader.fail('sdp/too-many-media-sections', `at most ${SDP_LIMITS.mediaSections} media sections`);
    }
    sections.push(readMediaSection(reader, text));
  }
  return sections;
}

/** Below an `m=` line the order is not enforced: browsers do not, and peers that write `b=` after `a=` exist. */
function readMediaSection(reader: LineReader, mediaLine: string): MediaSection {
  const head = readMediaLine(reader, mediaLine);
  let information: string | undefined;
  let key: string | undefined;
  const connections: Connection[] = [];
  const bandwidths: Bandwidth[] = [];
  const attributes: Attribute[] = [];
  while ('icbka'.includes(reader.type) && reader.type !== '') {
    information ??= reader.take('i');
    connections.push(...readConnections(reader));
    bandwidths.push(...readBandwidths(reader));
    key ??= reader.take('k');
    readAttributes(reader, attributes);
    if (reader.type === 'i' && information !== undefined) break; // a second one: told as out of order
    if (reader.type === 'k' && key !== undefined) break;
  }
  return {
    ...head,
    ...(information !== undefined && { information }),
    connections,
    bandwidths,
    ...(key !== undefined && { key }),
    attributes,
    unknownLines: reader.takeUnknown(),
  };
}

function readMediaLine(
  reader: LineReader,
  text: string,
): Pick<MediaSection, 'kind' | 'port' | 'portCount' | 'protocol' | 'formats'> {
  const [kind = '', ports = '', protocol = '', ...formats] = text.split(' ').filter((field) => field !== '');
  const slash = ports.indexOf('/');
  const port = parseInteger(slash < 0 ? ports : ports.slice(0, slash), MAX_PORT);
  const portCount = slash < 0 ? undefined : parseInteger(ports.slice(slash + 1), MAX_PORT);
  if (port === undefined || (slash >= 0 && !portCount) || formats.length === 0) {
    reader.fail('sdp/media', 'm=<media> <port>[/<number>] <proto> <fmt> …');
  }
  return { kind, port: port ?? 0, ...(portCount !== undefined && { portCount }), protocol, formats };
}

function takeAll(reader: LineReader, type: string): string[];
function takeAll<Item>(reader: LineReader, type: string, read: (value: string) => Item): Item[];
function takeAll<Item>(reader: LineReader, type: string, read?: (value: string) => Item): (Item | string)[] {
  const items: (Item | string)[] = [];
  for (let value = reader.take(type); value !== undefined; value = reader.take(type)) items.push(read ? read(value) : value);
  return items;
}
