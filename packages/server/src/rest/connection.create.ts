import { ROUTES } from '@maru/signaling/rest';
import { isoOf, Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';

/** `POST /v1/sessions/{session}/connections` reserves a seat. 201 with its token; 404 `session/not-found`; 409 `session/full`. */
export const createConnection = defineRoute(ROUTES.createConnection, async ({ params, body, host, tokens }) => {
  const connection = host.run((directory, now) => directory.createConnection(now, params.session, body));
  if (connection instanceof Refusal) return connection;
  const { id, session, role, metadata, tokenExpiresAtMs } = connection.row;
  const [token] = await Promise.all([tokens.sign(connection), host.durable()]);
  return { id, session, role, metadata, token, expiresAt: isoOf(tokenExpiresAtMs) };
});
