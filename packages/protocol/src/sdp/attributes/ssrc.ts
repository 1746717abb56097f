import type { Attribute } from '../tree.js';

const MAX_SSRC = 0xffff_ffff;

/** `a=ssrc` (RFC 5576 §4.1): something about one source, `cname` most often. */
export interface SourceAttribute {
  readonly ssrc: number;
  readonly name: string;
  readonly value?: string;
}

/** `a=ssrc-group` (RFC 5576 §4.2): `FID` pairs media with its retransmission, `SIM` lists simulcast layers. */
export interface SourceGroup {
  readonly semantics: string;
  readonly ssrcs: readonly number[];
}

export function parseSourceAttribute(value: string): SourceAttribute | undefined {
  const match = /^(\d{1,10}) +([^\s:]+)(?::(.*))?$/.exec(value);
  if (!match || Number(match[1]) > MAX_SSRC) return undefined;
  return { ssrc: Number(match[1]), name: match[2]!, ...(match[3] !== undefined && { value: match[3] }) };
}

export function formatSourceAttribute({ ssrc, name, value }: SourceAttribute): Attribute {
  return { name: 'ssrc', value: value === undefined ? `${ssrc} ${name}` : `${ssrc} ${name}:${value}` };
}

export function parseSourceGroup(value: string): SourceGroup | undefined {
  const [semantics = '', ...words] = value.split(' ').filter((word) => word !== '');
  const ssrcs = words.map(Number);
  const isValid = ssrcs.every((ssrc) => Number.isInteger(ssrc) && ssrc >= 0 && ssrc <= MAX_SSRC);
  return semantics !== '' && isValid ? { semantics, ssrcs } : undefined;
}

export function formatSourceGroup({ semantics, ssrcs }: SourceGroup): Attribute {
  return { name: 'ssrc-group', value: [semantics, ...ssrcs].join(' ') };
}
