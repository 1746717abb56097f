import * as z from 'zod/mini';

/** A STUN or TURN server, in the shape of W3C webrtc's `RTCIceServer`. */
export const IceServer = z
  .object({
    urls: z.array(z.string().check(z.maxLength(512))),
    username: z.optional(z.string().check(z.maxLength(512))),
    credential: z.optional(z.string().check(z.maxLength(512))),
  })
  .register(z.globalRegistry, { id: 'IceServer', description: 'A STUN or TURN server for the browser to use.' });
export type IceServer = z.infer<typeof IceServer>;

/** How long the credentials of a list of servers are good. */
export const iceServersTtlMs = () =>
  z.optional(
    z
      .int()
      .check(
        z.minimum(1),
        z.describe('How long the credentials are good: ask for others before that (`get-ice-servers`). Absent: they do not end.'),
      ),
  );
