import type { Attribute } from '../tree.js';

/** `a=rtcp-fb` (RFC 4585 §4.2): feedback that the writer understands, such as `nack pli`. */
export interface RtcpFeedback {
  /** A payload type, or `*` for all of the section. */
  readonly payloadType: string;
  /** `nack`, `ccm`, `transport-cc`, … */
  readonly type: string;
  /** `pli`, `fir`, …; empty if there is none. */
  readonly parameter: string;
}

export function parseRtcpFeedback(value: string): RtcpFeedback | undefined {
  const [payloadType = '', type = '', ...rest] = value.split(' ').filter((word) => word !== '');
  return type === '' ? undefined : { payloadType, type, parameter: rest.join(' ') };
}

export function formatRtcpFeedback({ payloadType, type, parameter }: RtcpFeedback): Attribute {
  return { name: 'rtcp-fb', value: parameter === '' ? `${payloadType} ${type}` : `${payloadType} ${type} ${parameter}` };
}
