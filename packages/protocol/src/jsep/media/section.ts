import {
  type Attribute,
  type Direction,
  type ExtensionMap,
  formatExtensionMap,
  formatFmtp,
  formatMsid,
  formatRid,
  formatRtcpFeedback,
  formatRtpMap,
  formatSimulcast,
  formatSourceAttribute,
  formatSourceGroup,
  type MediaSection,
  sends,
} from '../../sdp/index.js';
import type { PayloadCodec } from './codec.js';
import type { EncodingWish, MediaWish, SourceWish } from './wish.js';

/** What an m-section of media is to say: everything decided, nothing left to compare. */
export interface MediaPlan {
  readonly kind: 'audio' | 'video';
  readonly protocol: string;
  readonly direction: Direction;
  readonly codecs: readonly PayloadCodec[];
  readonly extensions: readonly ExtensionMap[];
  readonly sender: Pick<MediaWish, 'streamIds' | 'trackId' | 'cname'>;
  readonly sources: readonly SourceWish[];
  readonly sendEncodings: readonly EncodingWish[];
  readonly receiveEncodings: readonly EncodingWish[];
  readonly isReducedSize: boolean;
  /** Written in offers: RTCP has no port of its own (RFC 8858 §3). */
  readonly isMuxOnly: boolean;
}

/** Whether `section` is RTP over DTLS-SRTP, the only form of media in WebRTC (RFC 8834 §4.2). */
export function isMediaSection(section: MediaSection): boolean {
  return (
    (section.kind === 'audio' || section.kind === 'video') &&
    /^(UDP\/TLS\/)?RTP\/SAVPF?$|^TCP\/DTLS\/RTP\/SAVPF$/.test(section.protocol)
  );
}

/** The head and own attributes of a media section (RFC 9429 §5.2.1). */
export function describeMedia(plan: MediaPlan): Pick<MediaSection, 'kind' | 'protocol' | 'formats' | 'attributes'> {
  return {
    kind: plan.kind,
    protocol: plan.protocol,
    formats: plan.codecs.map(({ payloadType }) => `${payloadType}`),
    attributes: [
      ...plan.extensions.map(formatExtensionMap),
      { name: plan.direction },
      ...(sends(plan.direction) ? msidLines(plan.sender) : []),
      { name: 'rtcp-mux' },
      ...(plan.isMuxOnly ? [{ name: 'rtcp-mux-only' }] : []),
      ...(plan.isReducedSize ? [{ name: 'rtcp-rsize' }] : []),
      ...plan.codecs.flatMap(codecLines),
      ...encodingLines(plan),
      ...(sends(plan.direction) ? plan.sources.flatMap((source) => sourceLines(source, plan.sender)) : []),
    ],
  };
}

/** A line for each stream, `-` for a track in none (RFC 8830 §2). The track's id follows, which older receivers look for. */
function msidLines({ streamIds, trackId }: MediaPlan['sender']): Attribute[] {
  const streams = streamIds.length > 0 ? streamIds : ['-'];
  return streams.map((streamId) => formatMsid({ streamId, trackId }));
}

function codecLines({ payloadType, name, clockRate, channels, parameters, feedback }: PayloadCodec): Attribute[] {
  const format = `${payloadType}`;
  return [
    formatRtpMap({ payloadType, encodingName: name, clockRate, ...(channels !== undefined && { channels }) }),
    ...feedback.map(({ type, parameter }) => formatRtcpFeedback({ payloadType: format, type, parameter })),
    ...(parameters === '' ? [] : [formatFmtp({ format, parameters })]),
  ];
}

function encodingLines({ sendEncodings, receiveEncodings }: MediaPlan): Attribute[] {
  if (sendEncodings.length === 0 && receiveEncodings.length === 0) return [];
  const lines = (encodings: readonly EncodingWish[], direction: 'send' | 'recv'): Attribute[] =>
    encodings.map(({ rid }) => formatRid({ rid, direction, restrictions: '' }));
  const streams = (encodings: readonly EncodingWish[]) =>
    encodings.map(({ rid, isPaused }) => ({ alternatives: [{ rid, paused: isPaused }] }));
  return [
    ...lines(sendEncodings, 'send'),
    ...lines(receiveEncodings, 'recv'),
    formatSimulcast({ send: streams(sendEncodings), recv: streams(receiveEncodings) }),
  ];
}

/** Which packets are whose, for receivers that do not read the MID extension (RFC 5576 §4). */
function sourceLines({ ssrc, rtxSsrc }: SourceWish, { cname }: MediaPlan['sender']): Attribute[] {
  if (rtxSsrc === undefined) return [formatSourceAttribute({ ssrc, name: 'cname', value: cname })];
  return [
    formatSourceGroup({ semantics: 'FID', ssrcs: [ssrc, rtxSsrc] }),
    formatSourceAttribute({ ssrc, name: 'cname', value: cname }),
    formatSourceAttribute({ ssrc: rtxSsrc, name: 'cname', value: cname }),
  ];
}
