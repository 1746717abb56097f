import { ROUTES } from '@maru/signaling/rest';
import { defineRoute } from './define-route.js';

/** `GET /v1/health` says whether to send new work here. 200 `ok`, 503 `draining`. Needs no key. */
export const readHealth = defineRoute(ROUTES.readHealth, ({ server, reply }) => {
  if (!server.isDraining()) return { status: 'ok' as const };
  reply.code(503);
  return { status: 'draining' as const };
});
