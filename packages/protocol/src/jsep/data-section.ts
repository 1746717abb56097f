import { attributeValue, type MediaSection, type SctpParameters, type SessionTree } from '../sdp/index.js';

/** Whether `section` carries data channels, in the form of RFC 8841 or of the drafts before it (`DTLS/SCTP 5000` with `a=sctpmap`). */
export function isDataSection(section: MediaSection): boolean {
  if (section.kind !== 'application') return false;
  if (isLegacyData(section)) return attributeValue(section, 'sctpmap')?.includes('webrtc-datachannel') ?? false;
  return /^(UDP|TCP)\/DTLS\/SCTP$/.test(section.protocol) && section.formats[0] === 'webrtc-datachannel';
}

export function isLegacyData(section: MediaSection): boolean {
  return section.protocol === 'DTLS/SCTP';
}

/** The place of the data section in `tree`; undefined if it has none, or only a rejected one. */
export function dataSectionIndex(tree: SessionTree): number | undefined {
  const index = tree.media.findIndex((section) => isDataSection(section) && !isRejected(section));
  return index < 0 ? undefined : index;
}

/** A port of 0 rejects or retires a section, unless it waits to be bundled (RFC 9143 §6). */
export function isRejected(section: MediaSection): boolean {
  return section.port === 0 && attributeValue(section, 'bundle-only') === undefined;
}

/** Streams that the older `a=sctpmap` announces. */
const LEGACY_STREAMS = 65_535;

/** The head and own attributes of a data section, in the form that `like` (an offered section) uses. */
export function describeData(
  sctp: SctpParameters,
  like?: MediaSection,
): Pick<MediaSection, 'kind' | 'protocol' | 'formats' | 'attributes'> {
  const size = { name: 'max-message-size', value: `${sctp.maxMessageSize}` };
  if (like && isLegacyData(like)) {
    const sctpmap = { name: 'sctpmap', value: `${sctp.port} webrtc-datachannel ${LEGACY_STREAMS}` };
    return { kind: 'application', protocol: like.protocol, formats: [`${sctp.port}`], attributes: [sctpmap, size] };
  }
  return {
    kind: 'application',
    protocol: like?.protocol ?? 'UDP/DTLS/SCTP',
    formats: ['webrtc-datachannel'],
    attributes: [{ name: 'sctp-port', value: `${sctp.port}` }, size],
  };
}
