import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';

/** `GET …/connections/{connection}/events` lists what happened to its media. 200; 404; 503 `media/unavailable`. */
export const listMediaEvents = defineRoute(ROUTES.listMediaEvents, async ({ params, host, media }) => {
  const found = host.directory.find(params.session, params.connection);
  if (found instanceof Refusal) return found;
  const items = await media.events(params.session, params.connection);
  return items instanceof Refusal ? items : { items: [...items] };
});
