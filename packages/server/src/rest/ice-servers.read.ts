import { ROUTES } from '@maru/signaling/rest';
import { isoOf } from '../domain/index.js';
import { ProblemError } from '../http/problem.js';
import { DEFAULT_CREDENTIAL_TTL_SECONDS, MAX_CREDENTIAL_TTL_SECONDS } from '../turn/config/turn-config.js';
import { defineRoute } from './define-route.js';

const MIN_TTL_SECONDS = 60;

/** `GET /v1/ice-servers` hands out STUN and TURN servers with fresh credentials. 200; 422 `request/invalid`. */
export const readIceServers = defineRoute(ROUTES.readIceServers, ({ query, iceServers, reply }) => {
  const ttlSeconds = Number(query.ttlSeconds ?? DEFAULT_CREDENTIAL_TTL_SECONDS);
  if (ttlSeconds < MIN_TTL_SECONDS || ttlSeconds > MAX_CREDENTIAL_TTL_SECONDS) {
    const detail = `ttlSeconds must be from ${MIN_TTL_SECONDS} to ${MAX_CREDENTIAL_TTL_SECONDS}`;
    throw new ProblemError('request/invalid', detail, 'ttlSeconds');
  }
  reply.header('cache-control', 'no-store');
  const { iceServers: servers, expiresAtMs } = iceServers.offer(query.user ?? '', reply.request.headers.host, ttlSeconds);
  return { iceServers: servers, ...(expiresAtMs !== undefined && { expiresAt: isoOf(expiresAtMs) }) };
});
