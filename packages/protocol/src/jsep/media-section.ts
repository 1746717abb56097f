import { type Attribute, attributeValues, type MediaSection, parseFmtp, parseRtpMap } from '../sdp/index.js';

/** The codec names, in lower case, that this end can name in an answer, for each kind of media. */
export interface MediaCapabilities {
  readonly audio: readonly string[];
  readonly video: readonly string[];
}

/** What static payload types mean without an rtpmap (RFC 3551 §6). */
const STATIC_ENCODINGS: ReadonlyMap<string, string> = new Map([
  ['0', 'pcmu'],
  ['8', 'pcma'],
  ['9', 'g722'],
  ['13', 'cn'],
]);

/** Whether `section` is RTP over DTLS-SRTP, the only form of media in WebRTC (RFC 8834 §4.2). */
export function isMediaSection(section: MediaSection): boolean {
  return (
    (section.kind === 'audio' || section.kind === 'video') &&
    /^(UDP\/TLS\/)?RTP\/SAVPF?$|^TCP\/DTLS\/RTP\/SAVPF$/.test(section.protocol)
  );
}

/** The payload types of `section` whose codec is among `names`, in their order. */
export function commonFormats(section: MediaSection, capabilities: MediaCapabilities): string[] {
  const names = section.kind === 'audio' ? capabilities.audio : capabilities.video;
  const encodings = new Map(STATIC_ENCODINGS);
  for (const value of attributeValues(section, 'rtpmap')) {
    const map = parseRtpMap(value);
    if (map) encodings.set(`${map.payloadType}`, map.encodingName.toLowerCase());
  }
  return section.formats.filter((format) => names.includes(encodings.get(format) ?? ''));
}

/**
 * The attributes of an accepted section that neither sends nor receives: it keeps the sender's transceiver alive, where a
 * rejection would stop it for good.
 */
export function inactiveMediaAttributes(offered: MediaSection, formats: readonly string[]): Attribute[] {
  const kept = new Set(formats);
  const ofKept = (name: string, formatOf: (value: string) => string | undefined): Attribute[] =>
    attributeValues(offered, name)
      .filter((value) => kept.has(formatOf(value) ?? ''))
      .map((value) => ({ name, value }));
  return [
    { name: 'inactive' },
    { name: 'rtcp-mux' },
    ...ofKept('rtpmap', (value) => parseRtpMap(value)?.payloadType.toString()),
    ...ofKept('fmtp', (value) => parseFmtp(value)?.format),
  ];
}
