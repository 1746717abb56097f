import * as z from 'zod/mini';
import { Metadata } from './json.js';
import { StreamId } from './names.js';

export const StreamKind = z
  .enum(['camera', 'screen', 'custom'])
  .register(z.globalRegistry, { id: 'StreamKind', description: 'What a stream shows; a matter of display only.' });
export type StreamKind = z.infer<typeof StreamKind>;

export const Muted = z
  .object({ audio: z.boolean(), video: z.boolean() })
  .register(z.globalRegistry, { id: 'Muted', description: 'Which of its media the publisher has muted.' });
export type Muted = z.infer<typeof Muted>;

/** What a publisher says of a stream when it publishes it. */
export const StreamSpec = z
  .object({
    id: StreamId,
    kind: StreamKind,
    hasAudio: z.boolean(),
    hasVideo: z.boolean(),
    muted: z.optional(Muted),
    metadata: z.optional(Metadata),
  })
  .register(z.globalRegistry, { id: 'StreamSpec', description: 'A stream as its publisher announces it.' });
export type StreamSpec = z.infer<typeof StreamSpec>;

/** A published stream, as everybody in the session sees it. */
export const StreamInfo = z
  .object({
    id: StreamId,
    kind: StreamKind,
    hasAudio: z.boolean(),
    hasVideo: z.boolean(),
    muted: Muted,
    metadata: Metadata,
    publishedAt: z.iso.datetime(),
  })
  .register(z.globalRegistry, { id: 'StreamInfo', description: 'A published stream.' });
export type StreamInfo = z.infer<typeof StreamInfo>;
