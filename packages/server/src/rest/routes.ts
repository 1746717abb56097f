import type { FastifyInstance } from 'fastify';
import { createConnection } from './connection.create.js';
import { disconnectConnection } from './connection.disconnect.js';
import { listConnections } from './connection.list.js';
import { readConnection } from './connection.read.js';
import { updateConnection } from './connection.update.js';
import { register } from './define-route.js';
import { readHealth } from './health.read.js';
import { readIceServers } from './ice-servers.read.js';
import { readMedia } from './media.read.js';
import { listMediaEvents } from './media-events.list.js';
import { createMessage } from './message.create.js';
import { readServer } from './server.read.js';
import type { RestServices } from './services.js';
import { closeSession } from './session.close.js';
import { createSession } from './session.create.js';
import { listSessions } from './session.list.js';
import { readSession } from './session.read.js';
import { listStreams } from './stream.list.js';
import { unpublishStream } from './stream.unpublish.js';
import { listSubscriptions } from './subscription.list.js';
import { readSubscriptionWhy } from './subscription.why.js';

/** Puts the REST API on `fastify`. */
export function registerRest(fastify: FastifyInstance, services: RestServices): void {
  register(fastify, createSession, services);
  register(fastify, listSessions, services);
  register(fastify, readSession, services);
  register(fastify, closeSession, services);
  register(fastify, createConnection, services);
  register(fastify, listConnections, services);
  register(fastify, readConnection, services);
  register(fastify, updateConnection, services);
  register(fastify, disconnectConnection, services);
  register(fastify, listStreams, services);
  register(fastify, unpublishStream, services);
  register(fastify, listSubscriptions, services);
  register(fastify, readSubscriptionWhy, services);
  register(fastify, listMediaEvents, services);
  register(fastify, readMedia, services);
  register(fastify, createMessage, services);
  register(fastify, readIceServers, services);
  register(fastify, readServer, services);
  register(fastify, readHealth, services);
}
