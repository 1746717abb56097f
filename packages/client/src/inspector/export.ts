import type { InspectedConnection, Inspection } from './inspection.js';

/** Version of the file. A reader refuses files of a later one. */
export const INSPECTION_FORMAT = { name: 'maru-inspection', version: 1 } as const;

/** Writes an inspection as JSON. Secrets were removed when the entries were taken. */
export function exportInspection(inspection: Inspection): string {
  const { startedAt, userAgent, selfId, entries, entriesDropped, connections } = inspection;
  return JSON.stringify({
    format: INSPECTION_FORMAT.name,
    version: INSPECTION_FORMAT.version,
    startedAt,
    userAgent,
    selfId: selfId ?? null,
    entriesDropped,
    entries,
    connections: [...connections.values()].map(plainConnection),
  });
}

/** Getters of live records are not seen by JSON.stringify: spelt out. */
function plainConnection(record: InspectedConnection): InspectedConnection {
  const {
    connectionId,
    name,
    joinedAtMs,
    leftAtMs,
    polite,
    states,
    descriptions,
    candidates,
    pairs,
    selectedPairId,
    transport,
    series,
  } = record;
  return {
    connectionId,
    name,
    joinedAtMs,
    leftAtMs,
    polite,
    states,
    descriptions,
    candidates,
    pairs,
    selectedPairId,
    transport,
    series,
  };
}
