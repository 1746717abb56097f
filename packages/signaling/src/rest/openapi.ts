import { ERROR_CODES } from '../errors.js';
import { Problem } from '../problem.js';
import { type JsonSchema, namedSchemas, schemaOf } from './json-schema.js';
import { IDEMPOTENCY_HEADER, ROUTES, type Route } from './routes.js';
import { WEBHOOK_HEADERS, WebhookEvent } from './webhook.js';

const PREFIX = '#/components/schemas/';

/** The REST API as OpenAPI 3.1, made from the routes and their schemas. */
export function openApiDocument(version: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of Object.values(ROUTES) as Route[]) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Maru',
      version,
      description: 'Sessions, connections, streams and messages. Errors are problem details (RFC 9457) with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ apiKey: [] }],
    paths,
    webhooks: { event: { post: webhookOperation() } },
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of this server.' } },
      schemas: restSchemas(paths),
    },
  };
}

function operationOf(route: Route): JsonSchema {
  const codes = [...route.problems, ...(route.action ? (['key/missing', 'key/invalid'] as const) : [])];
  const detail = codes.map((code) => `- \`${code}\`: ${ERROR_CODES[code]}`).join('\n');
  return {
    operationId: route.operation,
    summary: route.summary,
    ...(detail && { description: `Codes of its problems:\n\n${detail}` }),
    ...(!route.action && { security: [] }),
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...(route.body && { requestBody: { required: true, content: json(schemaOf(route.body, PREFIX)) } }),
    responses: {
      [route.status]: {
        description: route.summary,
        ...(route.answer && { content: json(schemaOf(route.answer, PREFIX)) }),
      },
      default: {
        description: 'Refused; `code` says why.',
        content: { 'application/problem+json': { schema: schemaOf(Problem, PREFIX) } },
      },
    },
  };
}

const json = (schema: JsonSchema): JsonSchema => ({ 'application/json': { schema } });

function pathParameters(route: Route): JsonSchema[] {
  if (!route.params) return [];
  return propertiesOf(schemaOf(route.params, PREFIX)).map(([name, schema]) => ({ name, in: 'path', required: true, schema }));
}

function queryParameters(route: Route): JsonSchema[] {
  if (!route.query) return [];
  return propertiesOf(schemaOf(route.query, PREFIX)).map(([name, schema]) => ({ name, in: 'query', schema }));
}

function headerParameters(route: Route): JsonSchema[] {
  if (!route.idempotent) return [];
  const description = 'Repeating a request with the same key within a day makes nothing twice and answers the same.';
  return [{ name: IDEMPOTENCY_HEADER, in: 'header', description, schema: { type: 'string', maxLength: 255 } }];
}

function propertiesOf(schema: JsonSchema): [string, JsonSchema][] {
  return Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
}

function webhookOperation(): JsonSchema {
  return {
    summary: 'An event, posted to the addresses that the operator set; answer 2xx, or it is posted again.',
    parameters: Object.values(WEBHOOK_HEADERS).map((name) => ({
      name,
      in: 'header',
      required: true,
      schema: { type: 'string' },
    })),
    requestBody: { required: true, content: json(schemaOf(WebhookEvent, PREFIX)) },
    responses: { '2XX': { description: 'Taken.' } },
  };
}

/** The named schemas that the operations reach; signaling has its own document. */
function restSchemas(paths: unknown): Readonly<Record<string, JsonSchema>> {
  const all = namedSchemas(PREFIX);
  const reached = new Set<string>();
  const visit = (text: string): void => {
    for (const [, id] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) {
      if (id === undefined || reached.has(id) || !all[id]) continue;
      reached.add(id);
      visit(JSON.stringify(all[id]));
    }
  };
  visit(JSON.stringify([paths, schemaOf(WebhookEvent, PREFIX)]));
  return Object.fromEntries(Object.entries(all).filter(([id]) => reached.has(id)));
}
