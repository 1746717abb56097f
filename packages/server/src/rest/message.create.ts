import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';

/** `POST /v1/sessions/{session}/messages` sends a message. 201; 404 `session/not-found`, `connection/not-found`; 413. */
export const createMessage = defineRoute(ROUTES.createMessage, async ({ params, body, host }) => {
  const sent = host.run((directory, now) => directory.sendMessage(now, params.session, body));
  if (sent instanceof Refusal) return sent;
  await host.durable();
  return sent;
});
