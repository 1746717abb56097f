import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';

/** `GET /v1/sessions/{session}/streams` lists what is published. 200 with all of it; 404 `session/not-found`. */
export const listStreams = defineRoute(ROUTES.listStreams, ({ params, host }) => {
  const session = host.directory.state.sessionById.get(params.session);
  if (!session) return new Refusal('session/not-found', 'There is no such session.');
  return { items: [...session.publishedById.values()].map(({ connection, stream }) => ({ connection: connection.id, stream })) };
});
