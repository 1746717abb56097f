import * as z from 'zod/mini';
import { Metadata } from './json.js';
import { ConnectionId } from './names.js';
import { Role } from './session.js';
import { StreamInfo } from './stream.js';

/** What a connection says of itself to the others; unlike `metadata`, which the application's server vouches for. */
export const Presence = z.record(z.string(), z.unknown()).register(z.globalRegistry, {
  id: 'Presence',
  description: 'A JSON object by which a connection describes itself (a raised hand, a status), at most 4 KiB as text.',
});
export type Presence = z.infer<typeof Presence>;

/** A connection that has joined, as the others in the session see it. */
export const ConnectionInfo = z
  .object({
    id: ConnectionId,
    order: z
      .int()
      .check(z.minimum(1), z.describe('Position in the order of joining. In a pair, the higher one is the polite peer.')),
    role: Role,
    metadata: Metadata,
    presence: Presence,
    away: z.boolean().check(z.describe('Whether its signaling is interrupted; it may come back within the grace period.')),
    joinedAt: z.iso.datetime(),
    streams: z.array(StreamInfo),
  })
  .register(z.globalRegistry, { id: 'ConnectionInfo', description: 'A connection that has joined.' });
export type ConnectionInfo = z.infer<typeof ConnectionInfo>;
