/** Header extensions by the names that this system calls them, with the URIs that SDP's extmap names (RFC 8285 §5). */
export const HEADER_EXTENSIONS = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'repaired-rid': 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'ssrc-audio-level': 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'csrc-audio-level': 'urn:ietf:params:rtp-hdrext:csrc-audio-level',
  'abs-send-time': 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  toffset: 'urn:ietf:params:rtp-hdrext:toffset',
  'transport-cc': 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'transport-cc-02': 'http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02',
  'video-orientation': 'urn:3gpp:video-orientation',
  'playout-delay': 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  'abs-capture-time': 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
  'video-layers-allocation': 'http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00',
  'content-type': 'http://www.webrtc.org/experiments/rtp-hdrext/video-content-type',
  'video-timing': 'http://www.webrtc.org/experiments/rtp-hdrext/video-timing',
  'color-space': 'http://www.webrtc.org/experiments/rtp-hdrext/color-space',
  'dependency-descriptor': 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
} as const satisfies Readonly<Record<string, string>>;

export type HeaderExtensionName = keyof typeof HEADER_EXTENSIONS;

/** What precedes the URI of an extension that goes encrypted (RFC 6904 §5). */
export const ENCRYPTED_EXTENSION_PREFIX = 'urn:ietf:params:rtp-hdrext:encrypt';

const NAMES = new Map(Object.entries(HEADER_EXTENSIONS).map(([name, uri]) => [uri as string, name as HeaderExtensionName]));

/** The extension that `uri` names; undefined for one that we do not know. */
export function headerExtensionOf(uri: string): HeaderExtensionName | undefined {
  return NAMES.get(uri);
}
