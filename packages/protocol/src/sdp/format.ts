import { assert } from '../core/index.js';
import type { Attribute, Connection, MediaSection, SessionTree } from './tree.js';

/** Writes a description in the order of RFC 8866 §5, lines ended by CRLF; the inverse of `parseSdp`. */
export function formatSdp(session: SessionTree): string {
  const { origin } = session;
  const lines = [
    'v=0',
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} ${origin.networkType} ${origin.addressType} ${origin.address}`,
    `s=${session.name}`,
    ...optional('i', session.information),
    ...optional('u', session.uri),
    ...session.emails.map((email) => `e=${email}`),
    ...session.phones.map((phone) => `p=${phone}`),
    ...(session.connection ? [formatConnection(session.connection)] : []),
    ...session.bandwidths.map(({ type, value }) => `b=${type}:${value}`),
    ...session.timings.flatMap(({ time, repeats }) => [`t=${time}`, ...repeats.map((repeat) => `r=${repeat}`)]),
    ...optional('z', session.zone),
    ...optional('k', session.key),
    ...session.unknownLines,
    ...session.attributes.map(formatAttribute),
    ...session.media.flatMap(mediaLines),
  ];
  // S-74: a name or an id with a line break in it must never become a line of its own.
  for (const line of lines) assert(!/[\r\n\0]/.test(line), `no line break in an SDP line, but ${JSON.stringify(line)}`);
  return `${lines.join('\r\n')}\r\n`;
}

/** One media section alone, as W3C sdpFrag and explanations of it show it. */
export function formatMediaSection(section: MediaSection): string {
  return `${mediaLines(section).join('\r\n')}\r\n`;
}

export function formatAttribute({ name, value }: Attribute): string {
  return value === undefined ? `a=${name}` : `a=${name}:${value}`;
}

function mediaLines(section: MediaSection): string[] {
  const port = section.portCount === undefined ? `${section.port}` : `${section.port}/${section.portCount}`;
  return [
    `m=${section.kind} ${port} ${section.protocol} ${section.formats.join(' ')}`,
    ...optional('i', section.information),
    ...section.connections.map(formatConnection),
    ...section.bandwidths.map(({ type, value }) => `b=${type}:${value}`),
    ...optional('k', section.key),
    ...section.unknownLines,
    ...section.attributes.map(formatAttribute),
  ];
}

function formatConnection({ networkType, addressType, address }: Connection): string {
  return `c=${networkType} ${addressType} ${address}`;
}

function optional(type: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${type}=${value}`];
}
