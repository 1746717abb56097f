import { attributeValue, type DescriptionLevel } from '../tree.js';

/** What a section says about its ICE agent (RFC 8839 §5.4), session level counted in. */
export interface IceParameters {
  readonly ufrag: string;
  readonly password: string;
}

/** Four to 256 ice-chars, 22 to 256 for the password (RFC 8839 §5.4). Undefined if either is missing or no such text. */
export function iceParametersOf(section: DescriptionLevel, session: DescriptionLevel): IceParameters | undefined {
  const ufrag = attributeValue(section, 'ice-ufrag') ?? attributeValue(session, 'ice-ufrag');
  const password = attributeValue(section, 'ice-pwd') ?? attributeValue(session, 'ice-pwd');
  if (ufrag === undefined || password === undefined) return undefined;
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(ufrag) || !/^[A-Za-z0-9+/]{22,256}$/.test(password)) return undefined;
  return { ufrag, password };
}

/** The words of `a=ice-options` (RFC 8839 §5.6), of section and session together. */
export function iceOptionsOf(section: DescriptionLevel | undefined, session: DescriptionLevel): Set<string> {
  const words = `${section ? (attributeValue(section, 'ice-options') ?? '') : ''} ${attributeValue(session, 'ice-options') ?? ''}`;
  return new Set(words.split(' ').filter((word) => word !== ''));
}
