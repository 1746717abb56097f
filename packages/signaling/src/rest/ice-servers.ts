import * as z from 'zod/mini';
import { IceServer } from '../ice-server.js';

/** `GET /v1/ice-servers`. */
export const IceServerQuery = z.strictObject({
  user: z.optional(
    z
      .string()
      .check(
        z.regex(/^[A-Za-z0-9_.@-]{1,128}$/),
        z.describe('For whom: whose quotas of the relay it counts against, and by whom the relay shows it.'),
      ),
  ),
  ttlSeconds: z.optional(
    z.string().check(z.regex(/^[1-9][0-9]{1,4}$/), z.describe('How long the credentials are good: 60 to 86400; 300 if absent.')),
  ),
});
export type IceServerQuery = z.infer<typeof IceServerQuery>;

/** What a `new RTCPeerConnection` may be given as it is. */
export const IceServerList = z
  .object({
    iceServers: z.array(IceServer),
    expiresAt: z.optional(
      z.iso
        .datetime()
        .check(z.describe('When the credentials end; absent: they do not. Allocations that were made go on for a minute.')),
    ),
  })
  .register(z.globalRegistry, {
    id: 'IceServerList',
    description: 'STUN and TURN servers with fresh credentials, as an RTCConfiguration takes them.',
  });
export type IceServerList = z.infer<typeof IceServerList>;
