import type { RTCStats } from './report.js';

/** Names the transport with this number, the first of a connection being 1. */
export function transportId(number: number): string {
  return `T${`${number}`.padStart(2, '0')}`;
}

/** A dictionary as Web IDL makes it: members that have no value are not there. */
export function entry(members: RTCStats & Readonly<Record<string, unknown>>): RTCStats {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as unknown as RTCStats;
}
