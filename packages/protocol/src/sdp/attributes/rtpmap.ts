import type { Attribute } from '../tree.js';

/** `a=rtpmap` (RFC 8866 §6.6): what a payload type means. */
export interface RtpMap {
  readonly payloadType: number;
  readonly encodingName: string;
  readonly clockRate: number;
  /** As written: `48000/2` says 2; without it, one channel is meant. */
  readonly channels?: number;
}

/** Undefined if `value` is no rtpmap. */
export function parseRtpMap(value: string): RtpMap | undefined {
  const match = /^(\d{1,3}) +([^\s/]{1,64})\/(\d{1,9})(?:\/(\d{1,3}))? *$/.exec(value);
  if (!match || Number(match[1]) > 127) return undefined;
  return {
    payloadType: Number(match[1]),
    encodingName: match[2]!,
    clockRate: Number(match[3]),
    ...(match[4] !== undefined && { channels: Number(match[4]) }),
  };
}

export function formatRtpMap({ payloadType, encodingName, clockRate, channels }: RtpMap): Attribute {
  const suffix = channels === undefined ? '' : `/${channels}`;
  return { name: 'rtpmap', value: `${payloadType} ${encodingName}/${clockRate}${suffix}` };
}
