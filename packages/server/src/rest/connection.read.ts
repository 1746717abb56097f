import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';
import { connectionShape } from './shapes.js';

/** `GET /v1/sessions/{session}/connections/{connection}` reads a seat. 200 with it; 404 `session/…` or `connection/not-found`. */
export const readConnection = defineRoute(ROUTES.readConnection, ({ params, host, transportOf }) => {
  const found = host.directory.find(params.session, params.connection);
  return found instanceof Refusal ? found : connectionShape(found.connection, transportOf(params.connection));
});
