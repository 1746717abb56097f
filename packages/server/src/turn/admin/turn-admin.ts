import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@maru/protocol/core';
import { validate } from '@maru/signaling';
import { TurnDrain } from '@maru/signaling/turn';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ConfigError } from '../../config/config-error.js';
import { createApplication } from '../../http/application.js';
import { OriginPolicy } from '../../http/origin.js';
import { ProblemError } from '../../http/problem.js';
import { isLoopback } from '../../http/source-limiter.js';
import { WebApp } from '../../http/web-app.js';
import { errorFields, type ServerLog } from '../../log/log.js';
import { pageOf } from '../../rest/shapes.js';
import type { TlsFiles } from '../../tls/authority.js';
import { formatEndpoint } from '../config/endpoint.js';
import { MIN_ADMIN_KEY_CHARS, type TurnAdminConfig } from '../config/turn-config.js';
import { turnMetrics } from '../operation/metrics.js';
import { allocationsOf, overviewOf, usersOf } from '../operation/overview.js';
import type { TurnOperation } from '../operation/turn-operation.js';
import { AdminGate } from './admin-gate.js';

export interface TurnAdminOptions extends TurnAdminConfig {
  /** Folder of the built web app, which has the page; null: there is the API alone. */
  readonly webFolder: string | null;
  /** Used where others than this machine can reach the port: the key must not travel in the clear. */
  readonly certificate?: TlsFiles | undefined;
}

interface AdminWorld {
  readonly clock: Clock;
  readonly log: ServerLog;
}

const HEADERS_MS = 10_000;
const MAX_CONNECTIONS = 256;

/** The admin plane of the relay on a port of its own: JSON API, metrics, and the page that shows both. */
export class TurnAdmin {
  private constructor(
    private readonly server: Server,
    private readonly application: FastifyInstance,
    /** Where people open it. */
    readonly url: string,
  ) {}

  static async open(options: TurnAdminOptions, operation: TurnOperation, world: AdminWorld): Promise<TurnAdmin> {
    if (options.key.length < MIN_ADMIN_KEY_CHARS)
      throw new ConfigError(`The admin key must be at least ${MIN_ADMIN_KEY_CHARS} characters.`);
    const application = applicationOf(options, operation, world);
    await application.ready();
    const isLocal = isLoopback(options.address);
    if (!isLocal && !options.certificate)
      throw new ConfigError(
        `The admin port at ${options.address} can be reached from elsewhere, and needs TLS: set tls.cert and tls.key, or listen at 127.0.0.1.`,
      );
    const listener: RequestListener = (request, response) => application.routing(request, response);
    const limits = { headersTimeout: HEADERS_MS, requestTimeout: HEADERS_MS, connectionsCheckingInterval: HEADERS_MS / 2 };
    const server = isLocal
      ? createHttpServer(limits, listener)
      : createHttpsServer({ ...limits, ...options.certificate, minVersion: 'TLSv1.2' }, listener);
    server.maxConnections = MAX_CONNECTIONS;
    const { port } = await listen(server, options);
    const url = `${isLocal ? 'http' : 'https'}://${formatEndpoint(options.address, port)}/`;
    world.log.info('turn/admin-listening', { port });
    return new TurnAdmin(server, application, url);
  }

  async close(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await gone;
    await this.application.close();
  }
}

function listen(server: Server, { address, port }: TurnAdminConfig): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port }, () => resolve(server.address() as AddressInfo));
  });
}

function applicationOf(options: TurnAdminOptions, operation: TurnOperation, { clock, log }: AdminWorld): FastifyInstance {
  const app = createApplication({
    origins: new OriginPolicy([]),
    trustedProxies: [],
    onFailure: (error, request) => log.error('turn/admin-failed', { ...request, ...errorFields(error) }),
  });
  const gate = new AdminGate(options.key, clock);
  const locked = { onRequest: async (request: FastifyRequest) => gate.require(request) };
  app.get('/api/overview', locked, async () => overviewOf(await operation.state()));
  app.get<{ Querystring: { limit?: string; after?: string } }>('/api/allocations', locked, async ({ query }) => {
    const rows = allocationsOf(await operation.state()).map((allocation) => ({
      key: allocation.id,
      id: orderOf(allocation.id),
      allocation,
    }));
    const { items, next } = pageOf(rows, { limit: limitOf(query.limit), after: query.after && orderOf(Number(query.after)) });
    return { items: items.map(({ allocation }) => allocation), ...(next !== undefined && { next: String(Number(next)) }) };
  });
  app.get<{ Querystring: { limit?: string; after?: string } }>('/api/users', locked, async ({ query }) => {
    const rows = usersOf(await operation.state()).map((user) => ({ id: user.user, user }));
    const { items, next } = pageOf(rows, { limit: limitOf(query.limit), after: query.after });
    return { items: items.map(({ user }) => user), ...(next !== undefined && { next }) };
  });
  app.delete<{ Params: { id: string } }>('/api/allocations/:id', locked, async ({ params }, reply) => {
    const isGone = /^\d{1,15}$/.test(params.id) && (await operation.end(Number(params.id)));
    if (!isGone) throw new ProblemError('request/not-found', 'There is no such allocation.');
    return reply.code(204).send();
  });
  app.post<{ Params: { user: string } }>('/api/users/:user/revoke', locked, async ({ params }) => ({
    ended: await operation.revoke(params.user),
  }));
  app.post('/api/reload', locked, async () => {
    try {
      return await operation.reload();
    } catch (error) {
      if (error instanceof ConfigError) throw new ProblemError('request/invalid', error.message);
      throw error;
    }
  });
  app.post('/api/drain', locked, async ({ body }) => {
    const checked = validate(TurnDrain, body ?? {});
    if (!checked.ok) throw new ProblemError('request/invalid', checked.invalid.detail, checked.invalid.field);
    operation.setDraining(checked.value.draining);
    return checked.value;
  });
  app.get('/metrics', locked, async (_, reply) => {
    reply.type('text/plain; version=0.0.4; charset=utf-8');
    return turnMetrics(await operation.state());
  });
  if (options.webFolder !== null) new WebApp(options.webFolder, false, { page: '/relay.html', at: ['/'] }).register(app);
  return app;
}

/** Ids as text that sorts as the numbers do. */
const orderOf = (id: number): string => String(id).padStart(16, '0');

function limitOf(text: string | undefined): string | undefined {
  if (text === undefined || /^(?:[1-9][0-9]{0,2}|1000)$/.test(text)) return text;
  throw new ProblemError('request/invalid', 'limit must be from 1 to 1000', 'limit');
}
