import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';
import { sessionShape } from './shapes.js';

/** `POST /v1/sessions` makes a session. 201 with it; 409 `session/exists`; 422 `request/invalid`, `session/mode-unavailable`. */
export const createSession = defineRoute(ROUTES.createSession, async ({ body, host, media }) => {
  if (body.mode !== undefined && body.mode !== 'p2p') await media.whenKnown();
  const session = host.run((directory, now) => directory.createSession(now, body));
  if (session instanceof Refusal) return session;
  const shape = sessionShape(session);
  await host.durable();
  return shape;
});
