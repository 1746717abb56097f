import type { InspectedDescription } from '@maru/client';
import { splitSdp } from './line.js';

/** The fingerprint that the newest description of a side announces (RFC 8122 §5), for browsers whose statistics name no certificates. */
export function announcedFingerprint(
  descriptions: readonly InspectedDescription[],
  side: 'local' | 'remote',
): string | undefined {
  const newest = descriptions.filter((description) => description.side === side).at(-1);
  if (!newest) return undefined;
  for (const section of splitSdp(newest.sdp))
    for (const line of section.lines) if (line.attribute === 'fingerprint') return line.attributeValue.split(' ')[1];
  return undefined;
}
