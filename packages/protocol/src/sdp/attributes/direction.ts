import type { DescriptionLevel } from '../tree.js';

/** Who sends, seen from the writer of the description (RFC 8866 §6.7). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

const DIRECTIONS: ReadonlySet<string> = new Set<Direction>(['sendrecv', 'sendonly', 'recvonly', 'inactive']);

function isDirection(name: string): name is Direction {
  return DIRECTIONS.has(name);
}

/** The direction of `section`: its own, else the session's, else `sendrecv` (RFC 8866 §6.7). */
export function directionOf(section: DescriptionLevel, session: DescriptionLevel): Direction {
  for (const level of [section, session]) {
    for (const { name } of level.attributes) if (isDirection(name)) return name;
  }
  return 'sendrecv';
}

/** The same flow seen from the other end. */
export function reverseDirection(direction: Direction): Direction {
  if (direction === 'sendonly') return 'recvonly';
  return direction === 'recvonly' ? 'sendonly' : direction;
}

/** What both want: sends only what the one would send and the other would take. */
export function intersectDirections(a: Direction, b: Direction): Direction {
  return directionFrom(sends(a) && sends(b), receives(a) && receives(b));
}

export function sends(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

export function receives(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}

export function directionFrom(send: boolean, receive: boolean): Direction {
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}
