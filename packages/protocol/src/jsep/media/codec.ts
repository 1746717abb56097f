import {
  attributeValues,
  type MediaSection,
  parseFmtp,
  parseParameters,
  parseRtcpFeedback,
  parseRtpMap,
  type RtcpFeedback,
} from '../../sdp/index.js';
import { h264ProfileOf } from './h264-profile.js';

/** Feedback that a codec's receiver sends (RFC 4585 §4.2): `nack`, `nack pli`, `transport-cc`, … */
export type CodecFeedback = Pick<RtcpFeedback, 'type' | 'parameter'>;

/** One way to write media into RTP, as descriptions tell it. */
export interface Codec {
  /** As it is registered: `opus`, `VP8`, `rtx`, … Compared without regard to case. */
  readonly name: string;
  readonly clockRate: number;
  /** Audio only; without it, one. */
  readonly channels?: number;
  /** The `a=fmtp` text after the payload type; empty if there is none. Of `rtx` and `red` the owner says nothing: it is written for them. */
  readonly parameters: string;
  readonly feedback: readonly CodecFeedback[];
  /** The number that offers give it where it is free. */
  readonly preferredPayloadType?: number;
}

/** A codec under the number by which packets name it. */
export interface PayloadCodec extends Codec {
  readonly payloadType: number;
}

/** What static payload types mean without an rtpmap (RFC 3551 §6). */
const STATIC: ReadonlyMap<number, readonly [name: string, clockRate: number]> = new Map([
  [0, ['PCMU', 8_000]],
  [8, ['PCMA', 8_000]],
  [9, ['G722', 8_000]],
  [13, ['CN', 8_000]],
]);

/** Codecs that carry or mend what others encode: a section with these alone has no media. */
const AUXILIARY: ReadonlySet<string> = new Set(['rtx', 'red', 'ulpfec', 'flexfec-03', 'flexfec', 'cn', 'telephone-event']);

/** Whether `codec` encodes media by itself. */
export function isPrimary(codec: Codec): boolean {
  return !AUXILIARY.has(codec.name.toLowerCase());
}

export function isRtx(codec: Codec): boolean {
  return codec.name.toLowerCase() === 'rtx';
}

export function isRed(codec: Codec): boolean {
  return codec.name.toLowerCase() === 'red';
}

/** Whether packets under the number of `codec` can be sent again (RFC 4588): those of media, also wrapped for what protects them (RFC 5109). */
export function isRepeatable(codec: Codec): boolean {
  return isPrimary(codec) || (isRed(codec) && codec.clockRate === VIDEO_CLOCK_RATE);
}

/** Of every video codec; RED of audio has the clock of what it carries. */
const VIDEO_CLOCK_RATE = 90_000;

/** Sections do not change, and one negotiation reads each of them several times. */
const readBefore = new WeakMap<MediaSection, readonly PayloadCodec[]>();
/** The same for codecs, which are compared many times with each other. */
const keyBefore = new WeakMap<Codec, string>();

/** The codecs of `section` in its order. A payload type that nothing explains is left out, and so is one named again. */
export function codecsOf(section: MediaSection): readonly PayloadCodec[] {
  let codecs = readBefore.get(section);
  if (!codecs) readBefore.set(section, (codecs = readCodecs(section)));
  return codecs;
}

function readCodecs(section: MediaSection): PayloadCodec[] {
  const maps = new Map(
    attributeValues(section, 'rtpmap').flatMap((value) => {
      const map = parseRtpMap(value);
      return map ? [[map.payloadType, map] as const] : [];
    }),
  );
  const formats = new Map(
    attributeValues(section, 'fmtp').flatMap((value) => {
      const fmtp = parseFmtp(value);
      return fmtp ? [[fmtp.format, fmtp.parameters] as const] : [];
    }),
  );
  const feedback = new Map<string, CodecFeedback[]>();
  for (const value of attributeValues(section, 'rtcp-fb')) {
    const line = parseRtcpFeedback(value);
    if (!line) continue;
    const known = feedback.get(line.payloadType);
    const one = { type: line.type, parameter: line.parameter };
    if (known) known.push(one);
    else feedback.set(line.payloadType, [one]);
  }
  return [...new Set(section.formats)].flatMap((format): PayloadCodec[] => {
    const payloadType = Number(format);
    if (!Number.isInteger(payloadType) || payloadType < 0 || payloadType > 127) return [];
    const map = maps.get(payloadType);
    const fixed = STATIC.get(payloadType);
    if (!map && !fixed) return [];
    return [
      {
        payloadType,
        name: map?.encodingName ?? fixed![0],
        clockRate: map?.clockRate ?? fixed![1],
        ...(map?.channels !== undefined && map.channels > 1 && { channels: map.channels }),
        parameters: formats.get(format) ?? '',
        feedback: [...(feedback.get(format) ?? []), ...(feedback.get('*') ?? [])],
      },
    ];
  });
}

/**
 * What makes two codecs one and the same when offer and answer are compared: the name, the clock, the channels, and the
 * parameters that say what a decoder must be able to do (the "media format configuration"; RFC 6184 §8.2.2, RFC 9628 §6.1,
 * AV1 RTP §7.2.2, RFC 7798 §7.2.2). `rtx` and `red` are told apart by what they carry, which is not a matter of theirs.
 */
export function codecKey(codec: Codec): string {
  let key = keyBefore.get(codec);
  if (key === undefined) keyBefore.set(codec, (key = makeKey(codec)));
  return key;
}

function makeKey({ name, clockRate, channels = 1, parameters }: Codec): string {
  const lower = name.toLowerCase();
  return `${lower}/${clockRate}/${channels}${formatKey(lower, parameters)}`;
}

function formatKey(name: string, text: string): string {
  const parameters = parseParameters(text);
  const value = (parameter: string, otherwise: string): string => parameters.get(parameter) || otherwise;
  switch (name) {
    case 'h264':
      return ` ${h264ProfileOf(parameters.get('profile-level-id'))} mode=${value('packetization-mode', '0')}`;
    case 'h265':
      return ` profile=${value('profile-id', '1')} tier=${value('tier-flag', '0')} tx=${value('tx-mode', 'SRST')}`;
    case 'vp9':
      return ` profile=${value('profile-id', '0')}`;
    case 'av1':
      return ` profile=${value('profile', '0')}`;
    default:
      return '';
  }
}

/** The payload type that an `rtx` codec repeats (RFC 4588 §8.1). */
export function repeatedPayloadType(codec: Codec): number | undefined {
  const apt = isRtx(codec) ? Number(parseParameters(codec.parameters).get('apt') ?? Number.NaN) : Number.NaN;
  return Number.isInteger(apt) ? apt : undefined;
}

/** The payload type that a `red` codec repeats, where it names one alone, as `111/111` (RFC 2198 §5); video's names none. */
export function redundantPayloadType(codec: Codec): number | undefined {
  if (!isRed(codec) || codec.parameters === '') return undefined;
  const types = new Set(codec.parameters.split('/').map(Number));
  const [only] = types;
  return types.size === 1 && Number.isInteger(only) ? only : undefined;
}

/** The feedback of `codec` that `other` has too (RFC 4585 §4.2). */
export function commonFeedback(codec: Codec, other: Codec): CodecFeedback[] {
  return codec.feedback.filter(({ type, parameter }) =>
    other.feedback.some((one) => one.type === type && one.parameter === parameter),
  );
}
