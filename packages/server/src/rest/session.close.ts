import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';

/** `DELETE /v1/sessions/{session}` ends a session and every connection in it. 204; 404 `session/not-found`. */
export const closeSession = defineRoute(ROUTES.closeSession, async ({ params, host }) => {
  const refused = host.run((directory, now) => directory.closeSession(now, params.session));
  if (refused instanceof Refusal) return refused;
  await host.durable();
  return undefined;
});
