import type { MessagePort } from 'node:worker_threads';
import type { MediaKind } from '../track.js';
import type { FrameRecord } from './frame-transform.js';

/** Tells our messages to a worker from those of the script. */
export const TRANSFORM_MESSAGE = '@maru/webrtc rtctransform';

/** From the thread of the connection to the worker's: here is a transform. */
export interface TransformMessage {
  readonly [TRANSFORM_MESSAGE]: MessagePort;
  readonly options: unknown;
}

export function isTransformMessage(value: unknown): value is TransformMessage {
  return typeof value === 'object' && value !== null && TRANSFORM_MESSAGE in value;
}

/** Through the port of one transform, to the worker. */
export type ToWorker =
  | { readonly type: 'attached'; readonly direction: 'send' | 'receive'; readonly kind: MediaKind }
  | { readonly type: 'detached' }
  | { readonly type: 'frame'; readonly record: FrameRecord }
  | { readonly type: 'key-frame-requested'; readonly rid: string | undefined };

/** And back. */
export type FromWorker =
  | { readonly type: 'frame'; readonly counter: number; readonly data: ArrayBuffer }
  | { readonly type: 'key-frame'; readonly rid: string | undefined };
