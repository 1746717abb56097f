import type { StreamInfo, StreamSpec } from '@maru/signaling';
import { isoOf } from './moment.js';

/** The stream that its publisher announced as `spec`, published now. */
export function streamOf(spec: StreamSpec, wallMs: number): StreamInfo {
  return {
    id: spec.id,
    kind: spec.kind,
    hasAudio: spec.hasAudio,
    hasVideo: spec.hasVideo,
    muted: spec.muted ?? { audio: false, video: false },
    metadata: spec.metadata ?? {},
    publishedAt: isoOf(wallMs),
  };
}

/** What an `update-stream` may change; absent fields stay. */
export interface StreamChange {
  readonly hasAudio?: boolean | undefined;
  readonly hasVideo?: boolean | undefined;
  readonly muted?: { readonly audio?: boolean | undefined; readonly video?: boolean | undefined } | undefined;
  readonly metadata?: StreamInfo['metadata'] | undefined;
}

/** `stream` after `change`. */
export function changedStream(stream: StreamInfo, change: StreamChange): StreamInfo {
  return {
    ...stream,
    hasAudio: change.hasAudio ?? stream.hasAudio,
    hasVideo: change.hasVideo ?? stream.hasVideo,
    muted: {
      audio: change.muted?.audio ?? stream.muted.audio,
      video: change.muted?.video ?? stream.muted.video,
    },
    metadata: change.metadata ?? stream.metadata,
  };
}
