/** Why something was refused; `code` is stable, `detail` is for people. */
export class MediaRefusal {
  constructor(
    readonly code: MediaRefusalCode,
    readonly detail: string,
  ) {}
}

export type MediaRefusalCode =
  /** No worker has room: try another server, or later. */
  | 'media/worker-full'
  | 'media/worker-overloaded'
  | 'media/session-full'
  | 'media/draining'
  /** The connection takes part already. */
  | 'media/already-joined'
  | 'media/closed'
  /** The description is not SDP, or contradicts itself or what was agreed. */
  | 'media/invalid-offer'
  | 'media/too-many-sections'
  | 'media/too-many-offers';
