import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';

/** `DELETE /v1/sessions/{session}/connections/{connection}` ends a connection; its token is void. 204; 404. */
export const disconnectConnection = defineRoute(ROUTES.disconnectConnection, async ({ params, host }) => {
  const refused = host.run((directory, now) => directory.endConnection(now, params.session, params.connection, 'disconnected'));
  if (refused instanceof Refusal) return refused;
  await host.durable();
  return undefined;
});
