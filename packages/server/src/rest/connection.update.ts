import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';
import { connectionShape } from './shapes.js';

/** `PATCH /v1/sessions/{session}/connections/{connection}` changes role or metadata. 200 with the seat; 404; 413; 422. */
export const updateConnection = defineRoute(ROUTES.updateConnection, async ({ params, body, host, transportOf }) => {
  const connection = host.run((directory, now) => directory.updateConnection(now, params.session, params.connection, body));
  if (connection instanceof Refusal) return connection;
  await host.durable();
  return connectionShape(connection, transportOf(connection.id));
});
