import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';
import { sessionShape } from './shapes.js';

/** `GET /v1/sessions/{session}` reads one. 200 with it; 404 `session/not-found`. */
export const readSession = defineRoute(ROUTES.readSession, ({ params, host }) => {
  const session = host.directory.state.sessionById.get(params.session);
  return session ? sessionShape(session) : new Refusal('session/not-found', 'There is no such session.');
});
