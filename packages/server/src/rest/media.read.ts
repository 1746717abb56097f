import { ROUTES } from '@maru/signaling/rest';
import { Refusal } from '../domain/index.js';
import { defineRoute } from './define-route.js';

/** `GET /v1/media` says what the media server does now. 200; 503 `media/unavailable`. */
export const readMedia = defineRoute(ROUTES.readMedia, async ({ media }) => {
  await media.whenKnown();
  return media.overview() ?? new Refusal('media/unavailable', 'This server has no media server.');
});
