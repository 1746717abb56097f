import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isEncrypted } from './origin.js';
import { BASE_HEADERS, pageHeaders } from './security-headers.js';

/** A page of the folder, and the addresses at which it stands. */
export interface WebPage {
  readonly page: string;
  readonly at: readonly string[];
}

const APP: WebPage = { page: '/index.html', at: ['/', '/h/:hall', '/direct', '/lens'] };

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  map: 'application/json; charset=utf-8',
  webmanifest: 'application/manifest+json; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webp: 'image/webp',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  wasm: 'application/wasm',
  txt: 'text/plain; charset=utf-8',
};

const COMPRESSIBLE = new Set(['html', 'js', 'css', 'json', 'map', 'webmanifest', 'svg', 'txt', 'wasm']);

/** Vite names what never changes by its content: `name-Ab12Cd34.js`. */
const HASHED = /-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

type Encoding = 'br' | 'gzip' | 'identity';

interface Asset {
  readonly path: string;
  readonly extension: string;
  readonly isHashed: boolean;
  body?: Promise<Buffer>;
  etag?: string;
  /** The Content-Security-Policy that a sealed page carries. */
  policy?: string | undefined;
  readonly encoded: Map<Encoding, Promise<Buffer>>;
}

/**
 * Serves the built web app. Only files that stood in the folder when it was read are served, by their exact names,
 * so no address leads out of it (S-96). Compressed forms are made once, when first asked for.
 */
export class WebApp {
  private assets = new Map<string, Asset>();
  private builtAtMs = -1;

  constructor(
    private readonly root: string,
    private readonly redirectsToHttps: boolean,
    private readonly shown: WebPage = APP,
  ) {}

  register(fastify: FastifyInstance): void {
    for (const url of this.shown.at) fastify.get(url, (request, reply) => this.page(request, reply));
    fastify.get('/*', (request, reply) => this.asset(request, reply));
  }

  private async page(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (this.redirectsToHttps && !isEncrypted(request.raw) && !isLocalName(request.headers.host)) {
      await reply
        .code(308)
        .headers({ ...BASE_HEADERS, location: `https://${request.headers.host}${request.url}` })
        .send();
      return;
    }
    this.scan();
    const index = this.assets.get(this.shown.page);
    if (index) await this.send(request, reply, index);
    else await reply.code(503).headers(pageHeaders(request.headers.host)).type(TYPES['html']!).send(NOT_BUILT);
  }

  private async asset(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    this.scan();
    const [path = ''] = request.url.split('?');
    const asset = this.assets.get(path);
    if (asset) await this.send(request, reply, asset);
    else reply.callNotFound();
  }

  private async send(request: FastifyRequest, reply: FastifyReply, asset: Asset): Promise<void> {
    const identity = await (asset.body ??= readFile(asset.path));
    if (asset.extension === 'html') asset.policy ??= policyOf(identity);
    asset.etag ??= `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`;
    reply.headers(asset.extension === 'html' ? pageHeaders(request.headers.host, asset.policy) : BASE_HEADERS);
    reply.header('cache-control', asset.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    reply.header('etag', asset.etag).header('vary', 'accept-encoding');
    if (request.headers['if-none-match'] === asset.etag) {
      await reply.code(304).send();
      return;
    }
    const encoding = this.encodingFor(request, asset);
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    await reply.type(TYPES[asset.extension] ?? 'application/octet-stream').send(await this.encode(asset, identity, encoding));
  }

  private encodingFor(request: FastifyRequest, asset: Asset): Encoding {
    if (!COMPRESSIBLE.has(asset.extension)) return 'identity';
    const accepted = request.headers['accept-encoding'] ?? '';
    if (/\bbr\b/.test(accepted)) return 'br';
    return /\bgzip\b/.test(accepted) ? 'gzip' : 'identity';
  }

  private encode(asset: Asset, identity: Buffer, encoding: Encoding): Promise<Buffer> {
    let encoded = asset.encoded.get(encoding);
    if (!encoded) asset.encoded.set(encoding, (encoded = compress(identity, encoding)));
    return encoded;
  }

  /** Reads the folder again after a build. */
  private scan(): void {
    const builtAtMs = statSync(join(this.root, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (builtAtMs === this.builtAtMs) return;
    this.builtAtMs = builtAtMs;
    this.assets = new Map();
    if (builtAtMs === 0) return;
    for (const path of filesBelow(this.root)) {
      const name = `/${relative(this.root, path).split(sep).join('/')}`;
      const extension = /\.([a-z0-9]+)$/.exec(name)?.[1] ?? '';
      this.assets.set(name, { path, extension, isHashed: HASHED.test(name), encoded: new Map() });
    }
  }
}

/** The policy in the head of a page that was built as one file, with its parts named by their hashes (`seal-page.mjs`). */
const policyOf = (page: Buffer): string | undefined =>
  /<meta http-equiv="Content-Security-Policy" content="([\x20-\x21\x23-\x7e]+)"/.exec(page.toString())?.[1];

async function compress(identity: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'identity') return identity;
  const { brotliCompress, constants, gzip } = await import('node:zlib');
  if (encoding === 'gzip') return promisify(gzip)(identity, { level: 7 });
  return promisify(brotliCompress)(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: 7 } });
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile() && !entry.name.endsWith('.d.ts')) yield path;
  }
}

/** Whether browsers give cameras to `host` without TLS. */
export function isLocalName(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '');
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>maru 마루</title>
<h1>The web app is not built yet</h1><p>Run <code>npm run build</code> in the folder of Maru, then load this page again.</p></html>`;
