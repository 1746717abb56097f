import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';

/** `GET …/connections/{connection}/subscriptions` says what a connection gets of which stream, and why so. 200; 404; 503 `media/unavailable`. */
export const listSubscriptions = defineRoute(ROUTES.listSubscriptions, async ({ params, host, media }) => {
  const found = host.directory.find(params.session, params.connection);
  if (found instanceof Refusal) return found;
  const items = await media.why(params.session, params.connection);
  return items instanceof Refusal ? items : { items: [...items] };
});
