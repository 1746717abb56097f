import { validate } from '@maru/signaling';
import type { Operation, ROUTES, Route } from '@maru/signaling/rest';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type * as z from 'zod/mini';
import { Refusal } from '../domain/index.js';
import { ProblemError } from '../http/problem.js';
import type { RestServices } from './services.js';

type Routes = typeof ROUTES;
type Part<R, Key extends string> = R extends Record<Key, infer Schema extends z.ZodMiniType> ? z.output<Schema> : undefined;

/** What a handler gets: valid parts of the request, and the services. */
export interface RestCall<Op extends Operation> extends RestServices {
  readonly params: Part<Routes[Op], 'params'>;
  readonly query: Part<Routes[Op], 'query'>;
  readonly body: Part<Routes[Op], 'body'>;
  readonly reply: FastifyReply;
}

/** What a handler answers: the value of the route's schema, or why not. */
export type RestAnswer<Op extends Operation> =
  | Promise<Part<Routes[Op], 'answer'> | Refusal>
  | Part<Routes[Op], 'answer'>
  | Refusal;

/** One operation of the REST API with its handler. */
export interface RestHandler<Op extends Operation = Operation> {
  readonly route: Routes[Op];
  readonly handle: (call: RestCall<Op>) => RestAnswer<Op>;
}

export const defineRoute = <Op extends Operation>(
  route: Routes[Op] & { readonly operation: Op },
  handle: (call: RestCall<Op>) => RestAnswer<Op>,
): RestHandler<Op> => ({ route, handle });

/** Puts `handler` on `fastify`: key, then validation, then the handler, then the answer. */
export function register<Op extends Operation>(fastify: FastifyInstance, handler: RestHandler<Op>, services: RestServices): void {
  const route: Route = handler.route;
  fastify.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    async handler(request: FastifyRequest, reply: FastifyReply) {
      if (route.action) services.keys.require(request.headers.authorization);
      const call = {
        ...services,
        reply,
        params: part(route.params, request.params),
        query: part(route.query, request.query),
        body: part(route.body, route.body ? (request.body ?? {}) : undefined),
      } as RestCall<Op>; // the schemas that were just applied are those of the type
      const answer = route.idempotent
        ? await services.idempotency.once(request, () => settle(handler.handle(call)))
        : await settle(handler.handle(call));
      if (answer instanceof Refusal) throw ProblemError.of(answer);
      reply.code(reply.statusCode === 200 ? route.status : reply.statusCode);
      return route.answer ? answer : null;
    },
  });
}

/** A handler may answer at once or later. */
async function settle(answer: unknown): Promise<unknown> {
  return answer;
}

/** Valid `input`, or the problem that names what is wrong. Parameters that cannot be names are simply not found. */
function part(schema: z.ZodMiniType | undefined, input: unknown): unknown {
  if (!schema) return undefined;
  const checked = validate(schema, input);
  if (checked.ok) return checked.value;
  const { field, detail } = checked.invalid;
  throw new ProblemError('request/invalid', detail, field);
}
