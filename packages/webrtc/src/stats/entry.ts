import type { RTCStats } from './report.js';

/** A session's one transport. */
export const TRANSPORT_ID = 'T01';

/** A dictionary as Web IDL makes it: members that have no value are not there. */
export function entry(members: RTCStats & Readonly<Record<string, unknown>>): RTCStats {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as unknown as RTCStats;
}
