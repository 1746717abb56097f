import * as z from 'zod/mini';

/** How media travels. Only what a server lists under `modes` in `GET /v1/server` is accepted by it. */
export const Mode = z.enum(['p2p', 'sfu', 'mcu', 'auto']).register(z.globalRegistry, {
  id: 'Mode',
  description:
    'How media travels: directly between browsers (`p2p`), forwarded (`sfu`), mixed (`mcu`), or chosen as the session grows (`auto`).',
});
export type Mode = z.infer<typeof Mode>;

/** What a connection may do; the table is `PERMISSIONS` in the server's domain and in docs/protocol.md. */
export const Role = z.enum(['publisher', 'subscriber', 'moderator']).register(z.globalRegistry, {
  id: 'Role',
  description:
    'A `subscriber` receives; a `publisher` also publishes; a `moderator` also acts on the connections and streams of others.',
});
export type Role = z.infer<typeof Role>;
