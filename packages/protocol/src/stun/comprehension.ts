import { FIRST_OPTIONAL_TYPE } from './attribute.js';
import type { StunMessage } from './message.js';

/**
 * The comprehension-required attributes of `message` that are not among `known` (RFC 8489 §6.3). A request that has
 * some is answered 420; a response or indication that has some is dropped.
 */
export function unknownRequiredAttributes(message: StunMessage, known: ReadonlySet<number>): number[] {
  const unknown: number[] = [];
  for (const { type } of message.attributes) {
    if (type < FIRST_OPTIONAL_TYPE && !known.has(type) && !unknown.includes(type)) unknown.push(type);
  }
  return unknown;
}
