import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';
import { connectionShape, pageOf } from './shapes.js';

/** `GET /v1/sessions/{session}/connections` lists the seats. 200 with a page; 404 `session/not-found`. */
export const listConnections = defineRoute(ROUTES.listConnections, ({ params, query, host, transportOf }) => {
  const session = host.directory.state.sessionById.get(params.session);
  if (!session) return new Refusal('session/not-found', 'There is no such session.');
  const { items, next } = pageOf(session.connectionById.values(), query);
  return {
    items: items.map((connection) => connectionShape(connection, transportOf(connection.id))),
    ...(next !== undefined && { next }),
  };
});
