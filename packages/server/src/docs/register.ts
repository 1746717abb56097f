import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isEncrypted } from '../http/origin.js';
import { pageHeaders } from '../http/security-headers.js';
import { SERVER_VERSION } from '../version.js';
import { escapeHtml, page, STYLE } from './html.js';

/** `/openapi.json`, `/docs` and what belongs to it. Made when first asked for. */
export function registerDocs(fastify: FastifyInstance): void {
  let openApi: string | undefined;
  let protocol: string | undefined;
  fastify.get('/openapi.json', async (_, reply) => {
    const { openApiDocument } = await import('@maru/signaling/rest');
    reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache');
    return (openApi ??= JSON.stringify(openApiDocument(SERVER_VERSION)));
  });
  fastify.get('/docs', async (request, reply) => {
    const { restPage } = await import('./rest-page.js');
    reply.headers(pageHeaders(request.headers.host)).type('text/html; charset=utf-8');
    return restPage(originOf(request));
  });
  fastify.get('/docs/protocol', async (request, reply) => {
    const { protocolDocument } = await import('@maru/signaling/rest');
    reply.headers(pageHeaders(request.headers.host)).type('text/html; charset=utf-8');
    return (protocol ??= page(
      'The signaling protocol',
      `<nav><a href="/docs">REST API</a></nav>\n${markdown(protocolDocument())}`,
    ));
  });
  fastify.get('/docs/style.css', async (_, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'no-cache').send(STYLE),
  );
}

function originOf(request: FastifyRequest): string {
  const host = request.headers.host ?? 'localhost';
  return `${isEncrypted(request.raw) ? 'https' : 'http'}://${/^[\w.:[\]-]+$/.test(host) ? host : 'localhost'}`;
}

/** The few forms of Markdown that the protocol document uses. */
export function markdown(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((block) => {
      const heading = /^(#{1,3}) (.+)$/.exec(block);
      if (heading) {
        const [, marks = '', title = ''] = heading;
        const id = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
        return `<h${marks.length} id="${id}">${inline(title)}</h${marks.length}>`;
      }
      if (block.startsWith('    ')) return `<pre>${escapeHtml(block.replaceAll(/^ {4}/gm, ''))}</pre>`;
      if (block.startsWith('|')) return table(block);
      return block.trim() === '' ? '' : `<p>${inline(block)}</p>`;
    })
    .join('\n');
}

function table(block: string): string {
  const [head = '', , ...rows] = block.split('\n');
  const cells = (row: string, tag: string): string =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => `<${tag}>${inline(cell.trim().replaceAll('\\|', '|'))}</${tag}>`)
      .join('');
  return `<table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>${rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n')}</tbody></table>`;
}

function inline(text: string): string {
  return escapeHtml(text)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replaceAll(/\[([^\]]+)\]\((#[\w-]+)\)/g, '<a href="$2">$1</a>');
}
