import { randomBytes } from 'node:crypto';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { JournalError } from '../storage/file-journal.js';
import type { OriginPolicy } from './origin.js';
import { PROBLEM_TYPE, ProblemError } from './problem.js';
import { BASE_HEADERS } from './security-headers.js';

/** REST bodies (security.md, default budgets). */
const BODY_BYTES = 1024 * 1024;
/** Enough to tell the requests of a week apart, short enough to be read out. */
const REQUEST_ID_BYTES = 9;

export interface ApplicationContext {
  readonly origins: OriginPolicy;
  readonly trustedProxies: readonly string[];
  /** Hears of failures of ours, which the caller only learns the code of. */
  readonly onFailure: (error: Error, request: FailedRequest) => void;
}

/** A request as the log tells of it. */
export interface FailedRequest {
  /** What the answer carried as `x-request-id`: a person can read it out to the operator. */
  readonly request: string;
  readonly method: string;
  readonly route: string;
}

/** The HTTP application: one error shape, headers on everything, JSON bodies and nothing else. */
export function createApplication(context: ApplicationContext): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    trustProxy: context.trustedProxies.length > 0 ? [...context.trustedProxies] : false,
    routerOptions: { maxParamLength: 256 },
    return503OnClosing: false,
    requestIdHeader: false, // what the caller says is not believed
    genReqId: () => randomBytes(REQUEST_ID_BYTES).toString('base64url'),
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
  });
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', (request, reply, next) => {
    const { origin, host } = request.headers;
    reply.headers(BASE_HEADERS).header('x-request-id', request.id);
    if (!context.origins.admits(origin, host))
      next(new ProblemError('origin/forbidden', 'Pages of this origin may not use this server.'));
    else {
      if (context.origins.isListed(origin)) {
        reply.header('access-control-allow-origin', origin).header('vary', 'origin');
        reply.header('cross-origin-resource-policy', 'cross-origin');
        reply.header('access-control-expose-headers', 'x-request-id, retry-after');
      }
      next();
    }
  });
  app.options('/*', (request, reply) => {
    if (context.origins.isListed(request.headers.origin)) {
      reply.header('access-control-allow-methods', 'GET, POST, PATCH, DELETE');
      reply.header('access-control-allow-headers', 'authorization, content-type, idempotency-key');
      reply.header('access-control-max-age', '600');
    }
    return reply.code(204).send();
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500 && problem.code === 'request/internal') {
      context.onFailure(error, { request: request.id, method: request.method, route: request.routeOptions.url ?? '' });
    }
    if (problem.retryAfterMs !== undefined) reply.header('retry-after', String(Math.ceil(problem.retryAfterMs / 1_000)));
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem.toProblem()));
  });
  app.setNotFoundHandler((_, reply) => {
    const problem = new ProblemError('request/not-found', 'There is nothing at this address.');
    return reply.code(404).type(PROBLEM_TYPE).send(JSON.stringify(problem.toProblem()));
  });
  return app;
}

/** Bodies are checked by our own schemas; not loading fastify's two compilers saves a quarter of the start. */
const noCompiler = () => () => {
  throw new Error('No route has a schema for fastify to compile.');
};

/** The problem that a caller is told of when `error` was thrown. */
function problemOf(error: FastifyError | ProblemError): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof JournalError)
    return new ProblemError('request/unavailable', 'The server cannot keep anything now.', undefined, 5_000);
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ProblemError('request/too-large', `The body must be at most ${BODY_BYTES} bytes.`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ProblemError('request/unsupported-media-type', 'The body must be application/json.');
    default:
      if (error.statusCode === 400) return new ProblemError('request/not-json', 'The body is not valid JSON.');
      return new ProblemError('request/internal', 'The server failed; its log has the reason.');
  }
}
