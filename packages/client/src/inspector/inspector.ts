import type { Observable } from '../emitter.js';
import type { Inspection, InspectionEntry } from './inspection.js';

export interface InspectorEvents {
  'entry-added': { readonly entry: InspectionEntry };
  /** Something of a pair changed: descriptions, candidates, pairs, states, series. At most ten times a second for each pair. */
  'connection-changed': { readonly connectionId: string };
}

/** Watches one call from beginning to end within bounds; see {@link Inspection} for what it knows. */
export interface Inspector extends Inspection, Observable<InspectorEvents> {
  /** Everything as one JSON text that {@link loadInspection} reads, here or on another machine. It holds addresses, but no password and no token. */
  export(): string;
}
