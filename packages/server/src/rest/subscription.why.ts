import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';

/** `GET …/subscriptions/{stream}/why` says which layers of a stream a connection gets, and what limits it. 200; 404; 503 `media/unavailable`. */
export const readSubscriptionWhy = defineRoute(ROUTES.readSubscriptionWhy, async ({ params, host, media }) => {
  const found = host.directory.find(params.session, params.connection);
  if (found instanceof Refusal) return found;
  if (!found.session.publishedById.has(params.stream)) {
    return new Refusal('stream/not-found', 'There is no such stream in this session.');
  }
  const items = await media.why(params.session, params.connection, params.stream);
  return items instanceof Refusal ? items : { items: [...items] };
});
