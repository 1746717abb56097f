import { ROUTES } from '@maru/signaling/rest';
import { defineRoute } from './define-route.js';
import { pageOf, sessionShape } from './shapes.js';

/** `GET /v1/sessions` lists the sessions that are open, in the order of their ids. 200 with a page. */
export const listSessions = defineRoute(ROUTES.listSessions, ({ query, host }) => {
  const { items, next } = pageOf(host.directory.state.sessionById.values(), query);
  return { items: items.map(sessionShape), ...(next !== undefined && { next }) };
});
