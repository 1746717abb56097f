import { ERROR_CODES } from '@maru/signaling';
import { openApiDocument } from '@maru/signaling/rest';
import { SERVER_VERSION } from '../version.js';
import { escapeHtml, page } from './html.js';

interface Schema {
  readonly [key: string]: unknown;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: readonly unknown[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>>;
  readonly description?: string;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** `/docs`: the REST API for people, made from the same document that machines read. */
export function restPage(origin: string): string {
  const { paths, components } = openApiDocument(SERVER_VERSION) as unknown as Document; // built right here from typed routes
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const index = operations
    .map(({ path, method, operation }) => {
      const name = `<span class="method">${method}</span> ${escapeHtml(path)}`;
      return `<tr><td><a href="#${operation.operationId}">${name}</a></td><td>${escapeHtml(operation.summary)}</td></tr>`;
    })
    .join('\n');
  const sections = operations.map((operation) => operationSection(operation, origin)).join('\n');
  const shapes = Object.entries(components.schemas).map(shapeSection).join('\n');
  const codes = Object.entries(ERROR_CODES)
    .map(
      ([code, meaning]) => `<tr id="${code.replace('/', '-')}"><td><code>${code}</code></td><td>${escapeHtml(meaning)}</td></tr>`,
    )
    .join('\n');
  return page(
    'Maru REST API',
    `<h1>Maru REST API</h1>
<nav><a href="/openapi.json">OpenAPI 3.1</a><a href="/docs/protocol">Signaling protocol</a><a href="#shapes">Shapes</a><a href="#codes">Codes</a></nav>
<p>Send an API key with every request: <code>Authorization: Bearer KEY</code>. The key that the first start made is in the file that the
server names when it starts. Errors are problem details (RFC 9457) whose <code>code</code> is stable and whose <code>field</code> names what is wrong.</p>
<p>Repeat a creation safely with <code>Idempotency-Key</code>: the same key with the same request makes nothing twice and answers the same for a day.</p>
<table><tbody>${index}</tbody></table>
<h2>Operations</h2>
${sections}
<h2 id="shapes">Shapes</h2>
${shapes}
<h2 id="codes">Codes</h2>
<table><tbody>${codes}</tbody></table>`,
  );
}

function operationSection(
  { path, method, operation }: { readonly path: string; readonly method: string; readonly operation: Operation },
  origin: string,
): string {
  const body = operation.requestBody?.content['application/json'].schema;
  const [status = '', answer] = Object.entries(operation.responses).find(([code]) => code !== 'default') ?? [];
  const answerSchema = answer?.content?.['application/json']?.schema;
  const parameters = operation.parameters.map(
    ({ name, in: place, description = '', schema }) =>
      `<tr><td><code>${escapeHtml(name)}</code></td><td class="soft">${place}</td><td>${typeOf(schema)}</td><td>${escapeHtml(description)}</td></tr>`,
  );
  const codes = [...(operation.description ?? '').matchAll(/`([a-z-]+\/[a-z-]+)`/g)].map(
    ([, code = '']) => `<a href="#${code.replace('/', '-')}"><code>${code}</code></a>`,
  );
  const key = operation.security ? '' : ' \\\n  -H "Authorization: Bearer $MARU_API_KEY"';
  const data = body ? " \\\n  -H 'Content-Type: application/json' -d '{}'" : '';
  return `<h3 id="${operation.operationId}"><span class="method">${method}</span> <code>${escapeHtml(path)}</code></h3>
<p>${escapeHtml(operation.summary)}</p>
${parameters.length > 0 ? `<table><tbody>${parameters.join('\n')}</tbody></table>` : ''}
${body ? `<p>Takes ${typeOf(body)}.</p>` : ''}
<p>Answers ${status}${answerSchema ? ` with ${typeOf(answerSchema)}` : ''}. ${codes.length > 0 ? `Refuses with ${codes.join(', ')}.` : ''}</p>
<pre>curl -X ${method} ${escapeHtml(origin + path)}${escapeHtml(key + data)}</pre>`;
}

function shapeSection([name, schema]: readonly [string, Schema]): string {
  const description = escapeHtml(String(schema['description'] ?? ''));
  return `<h3 id="${name}">${name}</h3>\n<p>${description}</p>\n${fields(schema) ?? `<p>${typeOf(schema)}</p>`}`;
}

function fields(schema: Schema): string | undefined {
  const properties = schema['properties'] as Readonly<Record<string, Schema>> | undefined;
  if (!properties) return undefined;
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  const rows = Object.entries(properties).map(([name, field]) => {
    const description = escapeHtml(String(field['description'] ?? ''));
    return `<tr><td><code>${escapeHtml(name)}</code></td><td class="soft">${required.has(name) ? '' : 'optional'}</td><td>${typeOf(field)}</td><td>${description}</td></tr>`;
  });
  return `<table><tbody>${rows.join('\n')}</tbody></table>`;
}

/** A schema in a few words, as HTML. */
function typeOf(schema: Schema): string {
  const { $ref, anyOf, oneOf, const: constant, enum: values, type, items, minimum, maximum } = schema;
  if (typeof $ref === 'string') {
    const name = escapeHtml($ref.replace('#/components/schemas/', ''));
    return `<a href="#${name}">${name}</a>`;
  }
  const union = (anyOf ?? oneOf) as readonly Schema[] | undefined;
  if (union) return union.map(typeOf).join(' or ');
  if (constant !== undefined) return `<code>${escapeHtml(JSON.stringify(constant))}</code>`;
  if (Array.isArray(values)) return values.map((value) => `<code>${escapeHtml(String(value))}</code>`).join(', ');
  if (type === 'array') return `array of ${typeOf((items ?? {}) as Schema)}`;
  if (type === 'object' && schema['properties']) {
    const inner = Object.entries(schema['properties'] as Readonly<Record<string, Schema>>);
    return `{ ${inner.map(([name, field]) => `<code>${escapeHtml(name)}</code>: ${typeOf(field)}`).join(', ')} }`;
  }
  const bounds = minimum !== undefined && maximum !== undefined ? ` from ${String(minimum)} to ${String(maximum)}` : '';
  return typeof type === 'string' ? escapeHtml(type) + bounds : 'any JSON';
}
