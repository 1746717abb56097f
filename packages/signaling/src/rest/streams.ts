import * as z from 'zod/mini';
import { ConnectionId } from '../names.js';
import { StreamInfo } from '../stream.js';

export const PublishedStream = z
  .object({ connection: ConnectionId, stream: StreamInfo })
  .register(z.globalRegistry, { id: 'PublishedStream', description: 'A stream and who publishes it.' });
export type PublishedStream = z.infer<typeof PublishedStream>;

export const StreamList = z
  .object({ items: z.array(PublishedStream) })
  .register(z.globalRegistry, { id: 'StreamList', description: 'Every stream of a session.' });
export type StreamList = z.infer<typeof StreamList>;
