import { type Codec, type CodecFeedback, codecsOf, isPrimary, type PayloadCodec, repeatedPayloadType } from '@maru/protocol/jsep';
import { type MediaSection, parseParameters } from '@maru/protocol/sdp';
import type { CodecDescription, MediaKind } from '../core/index.js';

/** What is forwarded, by the encoding name in lower case. Nothing is decoded here, so any profile of a codec will do. */
const FORWARDED: Readonly<Record<MediaKind, ReadonlySet<string>>> = {
  audio: new Set(['opus', 'red', 'rtx']),
  video: new Set(['vp8', 'vp9', 'h264', 'av1', 'rtx']), // not video's `red`: it belongs to ULPFEC
};

/** Feedback that we give and take. No REMB: whoever knows no transport-wide numbers is estimated by its reports. */
const FEEDBACK: readonly CodecFeedback[] = [
  { type: 'transport-cc', parameter: '' },
  { type: 'ccm', parameter: 'fir' },
  { type: 'nack', parameter: '' },
  { type: 'nack', parameter: 'pli' },
];

/**
 * Of what a client offers in `section`, what can be forwarded: as it says it, since its codecs pass through as they are. Codecs whose
 * name is in `preferred` come first, in that order: the first is what a publisher encodes with.
 */
export function forwardedCodecs(kind: MediaKind, section: MediaSection, preferred: readonly string[]): readonly Codec[] {
  const offered = offeredCodecs(kind, section);
  if (preferred.length === 0) return offered;
  const place = (name: string): number => {
    const at = preferred.indexOf(name.toLowerCase());
    return at < 0 ? preferred.length : at;
  };
  return [...offered].sort((a, b) => place(a.name) - place(b.name)); // stable: the client's order decides the rest
}

/** Sections do not change: what was made of one is made once. */
const madeBefore = new WeakMap<MediaSection, readonly Codec[]>();

function offeredCodecs(kind: MediaKind, section: MediaSection): readonly Codec[] {
  let codecs = madeBefore.get(section);
  if (codecs) return codecs;
  codecs = codecsOf(section).flatMap((codec) =>
    FORWARDED[kind].has(codec.name.toLowerCase()) ? [{ ...codec, feedback: FEEDBACK }] : [],
  );
  madeBefore.set(section, codecs);
  return codecs;
}

/** Negotiated codecs as the core knows them: each with the number of its retransmissions, where they were agreed on. */
export function describeCodecs(codecs: readonly PayloadCodec[]): CodecDescription[] {
  const repairs = new Map<number, number>();
  for (const codec of codecs) {
    const repeated = repeatedPayloadType(codec);
    if (repeated !== undefined) repairs.set(repeated, codec.payloadType);
  }
  return codecs.flatMap((codec): CodecDescription[] => {
    const name = codec.name.toLowerCase();
    if (!isPrimary(codec) && name !== 'red') return [];
    const rtxPayloadType = repairs.get(codec.payloadType);
    const format = formatOf(name, codec.parameters);
    return [
      {
        name,
        payloadType: codec.payloadType,
        clockRate: codec.clockRate,
        ...(format !== '' && { format }),
        ...(rtxPayloadType !== undefined && { rtxPayloadType }),
      },
    ];
  });
}

/** What two ends must have alike to understand each other, beside the name: the rest of a codec's "media format configuration". */
function formatOf(name: string, text: string): string {
  const parameters = parseParameters(text);
  const value = (parameter: string, otherwise: string): string => parameters.get(parameter)?.toLowerCase() || otherwise;
  switch (name) {
    case 'h264':
      // The profile without its level (RFC 6184 §8.1): a level says how much, not how.
      return `${value('profile-level-id', '42001f').slice(0, 4)} mode=${value('packetization-mode', '0')}`;
    case 'vp9':
      return `profile=${value('profile-id', '0')}`;
    case 'av1':
      return `profile=${value('profile', '0')}`;
    default:
      return '';
  }
}
