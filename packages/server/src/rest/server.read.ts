import { PROTOCOL_VERSION } from '@maru/signaling';
import { ROUTES } from '@maru/signaling/rest';
import { AVAILABLE_MODES, isoOf } from '../domain/index.js';
import { defineRoute } from './define-route.js';

/** `GET /v1/server` says what this server is and does now. 200. */
export const readServer = defineRoute(ROUTES.readServer, ({ host, server }) => {
  const { state } = host.directory;
  return {
    name: 'maru' as const,
    version: server.version,
    protocol: PROTOCOL_VERSION,
    modes: [...AVAILABLE_MODES],
    transports: ['websocket' as const, 'events' as const, 'polling' as const],
    startedAt: isoOf(server.startedAtMs),
    sessions: state.sessionById.size,
    connections: state.connectionCount,
    streams: state.streamCount,
  };
});
