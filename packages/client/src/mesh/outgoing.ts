import type { StreamKind, TrackKind } from '../stream.js';

/** One track that we want to reach one person, as the local stream says it is now. */
export interface OutgoingTrack {
  readonly streamId: string;
  readonly streamKind: StreamKind;
  readonly kind: TrackKind;
  /** Null while its device is off: the section stays. */
  readonly track: MediaStreamTrack | null;
  /** Carries the id under which the browser groups tracks for lip sync. */
  readonly wireStream: MediaStream;
  readonly muted: boolean;
  readonly maxBitrateBps: number | undefined;
  /** Encoded already: not to be made smaller. */
  readonly isAsIs: boolean;
}

/** Names a track within a connection. */
export function trackKey(streamId: string, kind: TrackKind): string {
  return `${streamId}/${kind}`;
}
