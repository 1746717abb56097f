import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { systemClock, systemRandom } from '@maru/node';
import type { Clock, RandomSource } from '@maru/protocol/core';
import { NAME_CHARS, SIGNALING_PATHS } from '@maru/signaling';
import { AppBackend } from './app/backend.js';
import { networkAddresses, tlsNames } from './config/addresses.js';
import { loadSecrets } from './config/secrets.js';
import { DEFAULT_CONFIG, type ServerConfig } from './config/server-config.js';
import { IdSource } from './domain/index.js';
import { SessionHost } from './host/session-host.js';
import { ApiKeys } from './http/api-keys.js';
import { createApplication } from './http/application.js';
import { Front } from './http/front.js';
import { OriginPolicy } from './http/origin.js';
import { isLoopback, SourceLimiter } from './http/source-limiter.js';
import { WebApp } from './http/web-app.js';
import { Idempotency } from './rest/idempotency.js';
import { registerRest } from './rest/routes.js';
import { SeatTokens } from './signaling/seat-tokens.js';
import { type SignalingCounters, Switchboard } from './signaling/switchboard.js';
import { WebSocketTransports } from './signaling/transports/websocket.js';
import { MemoryJournal } from './storage/journal.js';
import { OwnAuthority } from './tls/authority.js';
import { SERVER_VERSION } from './version.js';

/** What a server draws from the world; tests give their own. */
export interface ServerWorld {
  readonly clock: Clock;
  readonly wallClock: () => number;
  readonly random: RandomSource;
}

const SYSTEM: ServerWorld = { clock: systemClock, wallClock: () => Date.now(), random: systemRandom };

/** Addresses of the web app. */
export interface ServerLinks {
  readonly local: string;
  /** For other devices of the network, the likeliest first. */
  readonly network: readonly string[];
  /** What the operator says that people use. */
  readonly public: string | undefined;
}

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  readonly links: ServerLinks;
  readonly certificate: { readonly kind: 'own'; readonly authorityFile: string } | { readonly kind: 'given' };
  /** File that holds the API key made at the first start; undefined when the operator set keys or nothing is kept. */
  readonly apiKeyFile: string | undefined;
  /** A key that works now, for tests and for tools in the same process. */
  readonly apiKey: string;
  /** Takes no new work, tells everybody, and ends. */
  close(): Promise<void>;
}

/** Starts a server. Rejects with a {@link ConfigError} or the system's error when it cannot listen. */
export async function startServer(given: Partial<ServerConfig> = {}, world: ServerWorld = SYSTEM): Promise<RunningServer> {
  const config: ServerConfig = { ...DEFAULT_CONFIG, ...given };
  const { limits } = config;
  const { clock, wallClock, random } = world;
  const secrets = loadSecrets(config.dataFolder, config.apiKeys);
  const appKey = randomBytes(24).toString('base64url');
  const ids = new IdSource(random);
  const journal = new MemoryJournal();
  const host = new SessionHost({
    clock,
    wallClock,
    random,
    limits: limits.domain,
    mailboxLimits: limits.mailbox,
    journal,
    webhook: () => undefined,
  });
  const tokens = new SeatTokens(secrets.signingSecret);
  const counters: SignalingCounters = { received: 0, sent: 0, duplicates: 0, refused: new Map() };
  const switchboard = new Switchboard({
    host,
    clock,
    tokens,
    limits: limits.signaling,
    iceServers: () => [...config.iceServers],
    counters,
  });
  const webSockets = new WebSocketTransports(switchboard, clock, limits.webSocket);
  const origins = new OriginPolicy(config.origins);
  let isDraining = false;

  const app = createApplication({ origins, trustedProxies: config.trustedProxies, onFailure: (error) => console.error(error) });
  registerRest(app, {
    host,
    tokens,
    keys: new ApiKeys([...secrets.apiKeys, appKey]),
    idempotency: new Idempotency(wallClock, (record) => host.keep(record)),
    transportOf: (connection) => switchboard.transportOf(connection),
    server: { version: SERVER_VERSION, startedAtMs: wallClock(), isDraining: () => isDraining },
  });
  new AppBackend({
    fastify: app,
    apiKey: appKey,
    ids,
    halls: new SourceLimiter(clock, limits.hallsPerMinute),
    joins: new SourceLimiter(clock, limits.joinsPerMinute),
    config: () => ({
      name: 'maru',
      version: SERVER_VERSION,
      languages: ['en', 'ko'],
      shareUrl: config.publicUrl ?? null,
      hasTurn: config.iceServers.some(({ urls }) => urls.some((url) => url.startsWith('turn'))),
      hasOwnCertificate: config.certificate === undefined,
      limits: {
        connectionsPerSession: limits.domain.connectionsPerSession,
        nameChars: NAME_CHARS,
        messageBytes: limits.domain.messageBytes,
      },
    }),
  }).register();
  if (config.webFolder !== null) new WebApp(config.webFolder, config.trustedProxies.length === 0).register(app);
  await app.ready();

  const openings = new SourceLimiter(clock, limits.openingsPerMinute);
  const scratch = config.dataFolder === null ? mkdtempSync(join(tmpdir(), 'maru-')) : undefined;
  const authority = new OwnAuthority(join(config.dataFolder ?? scratch!, 'tls'), wallClock);
  const front = new Front(await authority.certificateFor(tlsNames([])), limits.http, {
    request: (request, response) => app.routing(request, response),
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
      const path = request.url?.split('?')[0];
      if (path !== SIGNALING_PATHS.webSocket) return refuseUpgrade(socket, '404 Not Found');
      if (!origins.admits(request.headers.origin, request.headers.host)) return refuseUpgrade(socket, '403 Forbidden');
      if (!openings.admits(request.socket.remoteAddress)) return refuseUpgrade(socket, '429 Too Many Requests');
      webSockets.accept(request, socket, head);
    },
  });
  const { port } = await front.listen(config.port, config.host);

  return {
    port,
    links: linksOf(config, port),
    certificate: { kind: 'own', authorityFile: authority.certificateFile },
    apiKeyFile: secrets.apiKeyFile,
    apiKey: secrets.apiKeys[0]!,
    async close() {
      isDraining = true;
      const gone = front.stopAccepting();
      switchboard.closeAll('server/restarting', 'The server is going away; resume in a moment.');
      webSockets.close();
      host.stop();
      front.dispose();
      await app.close();
      await gone;
      await journal.close();
      if (scratch) rmSync(scratch, { recursive: true, force: true });
    },
  };
}

function linksOf({ host, publicUrl }: ServerConfig, port: number): ServerLinks {
  const isOpen = host === undefined || host === '::' || host === '0.0.0.0';
  const addresses = isOpen ? networkAddresses().map(({ address }) => address) : isLoopback(host) ? [] : [host];
  return {
    local: `http://localhost:${port}/`,
    network: addresses.map((address) => `https://${address.includes(':') ? `[${address}]` : address}:${port}/`),
    public: publicUrl === undefined ? undefined : `${publicUrl}/`,
  };
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** The folder of the web app in the repository, beside which this package stands. */
export const repositoryWebFolder = (): string => join(dirname(fileURLToPath(import.meta.url)), '../../../apps/web/dist');
