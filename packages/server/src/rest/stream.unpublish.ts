import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';

/** `DELETE /v1/sessions/{session}/streams/{stream}` ends a stream. 204; 404 `session/not-found`, `stream/not-found`. */
export const unpublishStream = defineRoute(ROUTES.unpublishStream, async ({ params, host }) => {
  const refused = host.run((directory, now) => directory.unpublish(now, params.session, params.stream));
  if (refused instanceof Refusal) return refused;
  await host.durable();
  return undefined;
});
