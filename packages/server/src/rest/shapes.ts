import type { Connection as ConnectionShape, Session as SessionShape } from '@maru/signaling/rest';
import { type Connection, isoOf, mediaStateOf, type Session } from '../domain/index.js';
import type { TransportKind } from '../signaling/transport.js';

/** A session as REST answers it. */
export function sessionShape(session: Session): SessionShape {
  const { id, mode, metadata, limits, graceMs, emptyTimeoutMs, createdAtMs } = session.row;
  return {
    id,
    mode,
    media: mediaStateOf(session.media),
    metadata,
    limits,
    graceMs,
    emptyTimeoutMs,
    createdAt: isoOf(createdAtMs),
    connections: session.joinedCount,
    streams: session.publishedById.size,
  };
}

/** A seat as REST answers it. */
export function connectionShape(connection: Connection, transport: TransportKind | null): ConnectionShape {
  const { id, session, role, metadata, createdAtMs } = connection.row;
  return {
    id,
    session,
    state: connection.state,
    role,
    metadata,
    createdAt: isoOf(createdAtMs),
    joined: connection.info(),
    transport,
  };
}

/** A page of `items` in the order of their ids, after the id `after`. */
export function pageOf<Item extends { readonly id: string }>(
  items: Iterable<Item>,
  query: { readonly limit?: string | undefined; readonly after?: string | undefined },
): { readonly items: readonly Item[]; readonly next?: string } {
  const limit = Number(query.limit ?? 100);
  const { after } = query;
  const rest = [...items].filter(({ id }) => after === undefined || id > after).sort((a, b) => (a.id < b.id ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return rest.length > limit && last ? { items: page, next: last.id } : { items: page };
}
