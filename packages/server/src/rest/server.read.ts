import { PROTOCOL_VERSION } from '@maru/signaling';
import { ROUTES } from '@maru/signaling/rest';
import { isoOf } from '../domain/index.js';
import { defineRoute } from './define-route.js';

/** `GET /v1/server` says what this server is and does now. 200. */
export const readServer = defineRoute(ROUTES.readServer, async ({ host, media, server }) => {
  await media.whenKnown();
  const { state, modes } = host.directory;
  return {
    name: 'maru' as const,
    version: server.version,
    protocol: PROTOCOL_VERSION,
    modes: [...modes],
    transports: ['websocket' as const, 'events' as const, 'polling' as const],
    startedAt: isoOf(server.startedAtMs),
    sessions: state.sessionById.size,
    connections: state.connectionCount,
    streams: state.streamCount,
  };
});
