import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@maru/node/clock';
import { systemRandom } from '@maru/node/random';
import type { Clock, RandomSource } from '@maru/protocol/core';
import { type AppConfig, type Mode, NAME_CHARS, SIGNALING_PATHS, shortId } from '@maru/signaling';
import type { FastifyInstance } from 'fastify';
import { AppBackend } from './app/backend.js';
import { registerTrust } from './app/trust-page.js';
import { networkAddresses, tlsNames } from './config/addresses.js';
import { loadSecrets, type Secrets } from './config/secrets.js';
import { DEFAULT_CONFIG, type ServerConfig, type TurnPart } from './config/server-config.js';
import { registerDocs } from './docs/register.js';
import { IdSource } from './domain/index.js';
import { type KeptRecord, SessionHost } from './host/session-host.js';
import { ApiKeys } from './http/api-keys.js';
import { createApplication } from './http/application.js';
import { ClientAddresses } from './http/client-address.js';
import { Front } from './http/front.js';
import { OriginPolicy } from './http/origin.js';
import { isLoopback, SourceLimiter } from './http/source-limiter.js';
import { isLocalName, WebApp } from './http/web-app.js';
import { errorFields, type ServerLog, SILENT } from './log/log.js';
import { MediaHost } from './media/media-host.js';
import type { MediaPort, OpenMedia } from './media/media-port.js';
import { registerMetrics } from './metrics/metrics.js';
import { Idempotency, type IdempotencyRecord } from './rest/idempotency.js';
import { registerRest } from './rest/routes.js';
import { SeatTokens } from './signaling/seat-tokens.js';
import { type SignalingCounters, Switchboard } from './signaling/switchboard.js';
import { HttpChannels } from './signaling/transports/http-channels.js';
import { WebSocketTransports } from './signaling/transports/websocket.js';
import { FileJournal } from './storage/file-journal.js';
import { FolderLock } from './storage/folder-lock.js';
import { type Journal, MemoryJournal } from './storage/journal.js';
import { OwnAuthority, type TlsFiles } from './tls/authority.js';
import { CertificateSource } from './tls/certificate-source.js';
import { DEFAULT_CREDENTIAL_TTL_SECONDS } from './turn/config/turn-config.js';
import { IceServers } from './turn/credentials/ice-servers.js';
import { seatUser } from './turn/credentials/seat-user.js';
import type { EmbeddedTurn } from './turn/operation/embedded-turn.js';
import { SERVER_VERSION } from './version.js';
import { httpPoster, type Poster } from './webhooks/poster.js';
import { WebhookQueue, type WebhookRecord } from './webhooks/webhook-queue.js';

/** What a server draws from the world; tests give their own. */
export interface ServerWorld {
  readonly clock: Clock;
  readonly wallClock: () => number;
  readonly random: RandomSource;
  readonly log: ServerLog;
  /** Posts webhooks; absent: over HTTP. */
  readonly poster?: Poster;
  /** Opens the media server; absent: that of @maru/sfu. */
  readonly openMedia?: OpenMedia;
}

const SYSTEM: ServerWorld = { clock: systemClock, wallClock: () => Date.now(), random: systemRandom, log: SILENT };

/** How long requests that are being answered may take when the server ends. */
const FAREWELL_MS = 3_000;

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
  /** Whether a relay was asked for. */
  readonly wantsRelay: boolean;
  /** The relay, once it is up, which is soon after the server; undefined: there is none, or it could not be had (the log says why). */
  readonly relay: Promise<RunningRelay | undefined>;
  /** Whether a media server was asked for. */
  readonly wantsMedia: boolean;
  /** The media server, once it is up, which is soon after the server; undefined: there is none, or it could not be had (the log says why). */
  readonly media: Promise<RunningMedia | undefined>;
  /** Says that it takes no new work, and resolves when no media is forwarded any more, or `patienceMs` are over. Then close it. */
  drain(patienceMs: number): Promise<void>;
  /** Takes no new work, tells everybody, and ends. Sessions are kept: who comes back after a restart resumes. */
  close(): Promise<void>;
}

/** The STUN/TURN server inside of a server. */
export interface RunningRelay {
  readonly listeners: readonly { readonly transport: string; readonly address: string; readonly port: number }[];
  /** Who moves its packets. */
  readonly driver: 'native' | 'node';
  /** Address of its admin page, where it has one. */
  readonly adminUrl: string | undefined;
  /** Reads its configuration again; no allocation is dropped. */
  reload(): Promise<{ readonly needsRestart: readonly string[] }>;
}

/** The media server inside of a server. */
export interface RunningMedia {
  readonly ports: { readonly udp: number; readonly tcp: number | undefined };
}

/** Starts a server. Rejects with a {@link ConfigError} or the system's error when it cannot listen. */
export async function startServer(given: Partial<ServerConfig> = {}, world: Partial<ServerWorld> = {}): Promise<RunningServer> {
  const server = new Server({ ...DEFAULT_CONFIG, ...given }, { ...SYSTEM, ...world });
  try {
    return await server.start();
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** The folder of the web app in the repository, beside which this package stands. */
export const repositoryWebFolder = (): string => join(dirname(fileURLToPath(import.meta.url)), '../../../apps/web/dist');

/** Puts the parts together, in the order in which they need each other, and takes them apart again. */
class Server {
  private readonly folder: string;
  private readonly closers: (() => unknown)[] = [];
  private isDraining = false;
  private port = 0;
  private closing: Promise<void> | undefined;
  private relay: EmbeddedTurn | undefined;
  private media: MediaPort | undefined;
  private readonly mediaOpening: Promise<MediaPort | undefined>;
  private mediaKnown: (media: MediaPort | undefined) => void = () => undefined;

  constructor(
    private readonly config: ServerConfig,
    private readonly world: ServerWorld,
  ) {
    this.mediaOpening = new Promise((resolve) => (this.mediaKnown = resolve));
    this.folder = config.dataFolder ?? mkdtempSync(join(tmpdir(), 'maru-'));
    if (config.dataFolder === null) this.closers.push(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  async start(): Promise<RunningServer> {
    const { config, world } = this;
    const { clock, wallClock, log } = world;
    if (config.dataFolder !== null) {
      const lock = FolderLock.take(config.dataFolder);
      this.closers.push(() => lock.release());
    }
    await this.checkRelayConfig();
    const secrets = loadSecrets(config.dataFolder, config.apiKeys);
    const authority = new OwnAuthority(join(this.folder, 'tls'), wallClock);
    const names = () => tlsNames(config.publicUrl === undefined ? [] : [new URL(config.publicUrl).hostname]);
    const certificates = new CertificateSource({ clock, log, files: config.certificate, authority, names });
    let front: Front | undefined;
    const { app, sayGoodbye, isSeated, ...gate } = await this.assemble(secrets, authority, () => front?.size ?? 0);
    const certificate = await certificates.load();
    front = new Front(certificate, config.limits.http, {
      request: (request, response) => app.routing(request, response),
      upgrade: (request, socket, head) => upgrade(request, socket, head, gate),
      ...(config.turn !== null && {
        turn: (socket: Socket, transport: 'tcp' | 'tls') =>
          this.relay ? this.relay.accept(socket, transport) : void socket.destroy(),
      }),
      ...(config.media !== null && { media: (socket: Socket) => this.acceptMedia(socket) }),
    });
    const { port } = await front.listen(config.port, config.host);
    this.port = port;
    certificates.watch((files) => {
      front?.setCertificate(files);
      this.relay?.operation.setCertificate(files);
    });
    this.closers.push(async () => {
      certificates.stop();
      sayGoodbye();
      await front?.close(FAREWELL_MS);
    });
    const links = linksOf(config, port);
    void this.openMedia();
    const relay = config.turn === null ? Promise.resolve(undefined) : this.openRelay(config.turn, certificate, isSeated);
    void relay.then(() => this.openRelayToMedia());
    this.closers.push(async () => {
      await relay;
      await this.relay?.close();
    });
    log.info('server/listening', { port, version: SERVER_VERSION });
    return {
      port,
      links,
      certificate: config.certificate ? { kind: 'given' } : { kind: 'own', authorityFile: authority.certificateFile },
      apiKeyFile: secrets.apiKeyFile,
      apiKey: secrets.apiKeys[0]!,
      wantsRelay: config.turn !== null,
      relay,
      wantsMedia: config.media !== null,
      media: this.mediaOpening,
      drain: (patienceMs) => this.drain(patienceMs),
      close: () => this.close(),
    };
  }

  close(): Promise<void> {
    return (this.closing ??= this.closeAll());
  }

  private async drain(patienceMs: number): Promise<void> {
    if (this.isDraining) return;
    this.isDraining = true;
    this.world.log.info('server/draining', { patienceMs });
    await this.media?.drain(patienceMs);
  }

  private async closeAll(): Promise<void> {
    this.isDraining = true;
    this.world.log.info('server/stopping');
    this.mediaKnown(undefined); // where the start failed before it was tried
    for (const close of this.closers.reverse()) await close();
  }

  /** What the operator wrote of the relay is read before anything listens: a list that is malformed protects nobody (S-04). */
  private async checkRelayConfig(): Promise<void> {
    const { turn, turnAdminKey: adminKey, dataFolder: folder, port, host, publicUrl } = this.config;
    if (turn === null || (turn.file === undefined && turn.written === undefined && adminKey === undefined)) return;
    const { embeddedTurnConfig } = await import('./turn/operation/embedded-config.js');
    embeddedTurnConfig({ part: turn, adminKey, folder, port, host, publicUrl });
  }

  /** Opens the media server. Sessions from browser to browser work without one, so that what goes wrong here is said and ends nothing. */
  private async openMedia(): Promise<void> {
    const { config, world, port } = this;
    if (config.media === null) return this.mediaKnown(undefined);
    await new Promise(setImmediate); // pages and applications first
    try {
      const open = world.openMedia ?? (await import('./media/open-media.js')).openMedia;
      const media = await open({
        part: config.media,
        port,
        host: config.host,
        publicUrl: config.publicUrl,
        log: world.log,
      });
      this.media = media;
      this.closers.push(() => media.close());
      world.log.info('media/listening', { udp: media.ports.udp });
      this.mediaKnown(media);
    } catch (error) {
      world.log.error('media/not-started', errorFields(error));
      this.mediaKnown(undefined);
    }
  }

  /** Who gets out through the relay alone must reach the media server, which the relay would take for something of our own. */
  private async openRelayToMedia(): Promise<void> {
    const media = await this.mediaOpening;
    if (!media || !this.relay || this.closing) return;
    try {
      await this.relay.allowEndpoints(mediaEndpoints(media, this.config));
    } catch (error) {
      this.world.log.warn('turn/media-not-allowed', errorFields(error));
    }
  }

  private acceptMedia(socket: Socket): void {
    if (this.media) this.media.acceptStream(socket);
    else socket.destroy();
  }

  /** Opens the relay. Calls work without one for most people, so that what goes wrong here is said and ends nothing. */
  private async openRelay(
    part: TurnPart,
    certificate: TlsFiles,
    isSeated: (connection: string) => boolean,
  ): Promise<RunningRelay | undefined> {
    const { config, world, port } = this;
    await new Promise(setImmediate); // pages and applications first: who needs the relay comes later
    try {
      const { EmbeddedTurn } = await import('./turn/operation/embedded-turn.js');
      const { host, publicUrl, dataFolder: folder, webFolder } = config;
      const isCertificateKnown = config.certificate !== undefined;
      this.relay = await EmbeddedTurn.open(
        {
          part,
          adminKey: config.turnAdminKey,
          port,
          host,
          publicUrl,
          folder,
          webFolder,
          certificate,
          isCertificateKnown,
          isSeated,
        },
        { ...world, ownAddresses: () => networkAddresses().map(({ address }) => address) },
      );
      const { operation, adminUrl } = this.relay;
      return { listeners: operation.listeners, driver: operation.driver, adminUrl, reload: () => operation.reload() };
    } catch (error) {
      world.log.error('turn/not-started', errorFields(error));
      return undefined;
    }
  }

  /** STUN and TURN servers for those who join, and for applications. */
  private iceServers(): IceServers {
    const { config } = this;
    const isOpen = config.host === undefined || config.host === '::' || config.host === '0.0.0.0';
    return new IceServers({
      configured: config.iceServers,
      publicHost: config.publicUrl === undefined ? undefined : new URL(config.publicUrl).hostname,
      networkHost: () => (isOpen ? networkAddresses()[0]?.address : config.host),
      relay: () => this.relay,
    });
  }

  /** Everything behind the port. */
  private async assemble(secrets: Secrets, authority: OwnAuthority, openSockets: () => number) {
    const { config, world } = this;
    const { clock, wallClock, random } = world;
    const { limits } = config;
    const ids = new IdSource(random);
    const { host, webhooks, idempotency, journal } = this.openSessions();
    const sessions = host;
    const tokens = new SeatTokens(secrets.signingSecret);
    const counters: SignalingCounters = { received: 0, sent: 0, duplicates: 0, refused: new Map() };
    const iceServers = this.iceServers();
    const switchboard = new Switchboard({
      host,
      clock,
      tokens,
      limits: limits.signaling,
      counters,
      iceServers: (connection, calledHost) => {
        const offer = iceServers.offer(seatUser(connection), calledHost, DEFAULT_CREDENTIAL_TTL_SECONDS);
        const { iceServers: servers, expiresAtMs } = offer;
        return {
          iceServers: servers,
          ...(expiresAtMs !== undefined && { iceServersTtlMs: Math.max(1, expiresAtMs - wallClock()) }),
        };
      },
      seatEnded: (connection) => this.relay?.seatEnded(connection),
    });
    const webSockets = new WebSocketTransports(switchboard, clock, limits.webSocket);
    const openings = new SourceLimiter(clock, limits.openingsPerMinute);
    const channels = new HttpChannels(switchboard, host, ids, openings, clock);
    const origins = new OriginPolicy([
      ...config.origins,
      ...(config.publicUrl === undefined ? [] : [new URL(config.publicUrl).origin]),
    ]);
    const clients = new ClientAddresses(config.trustedProxies);
    const appKey = randomBytes(24).toString('base64url');
    const keys = new ApiKeys([...secrets.apiKeys, appKey]);

    const app = this.createApplication(origins);
    app.addHook('onSend', async (_, reply) => {
      if (this.isDraining) reply.header('connection', 'close'); // or the client would keep it open for the next request
    });
    const transportOf = (connection: string) => switchboard.transportOf(connection);
    const server = { version: SERVER_VERSION, startedAtMs: wallClock(), isDraining: () => this.isDraining };
    const media = new MediaHost({ host, log: world.log }, this.mediaOpening);
    registerRest(app, { host, tokens, keys, idempotency, iceServers, media, transportOf, server });
    channels.register(app);
    registerDocs(app);
    const transports = () => ({ sockets: openSockets(), websockets: webSockets.size, channels: channels.size });
    registerMetrics(
      app,
      {
        host,
        switchboard,
        counters,
        webhooks,
        transports,
        limits: limits.domain,
        relay: async () => (await this.relay?.metrics()) ?? '',
        media: () => this.media?.metrics() ?? '',
      },
      keys,
    );
    new AppBackend({
      fastify: app,
      apiKey: appKey,
      ids,
      halls: new SourceLimiter(clock, limits.hallsPerMinute),
      joins: new SourceLimiter(clock, limits.joinsPerMinute),
      config: (host) =>
        appConfigOf(
          config,
          [...sessions.directory.modes],
          this.relay !== undefined,
          isLocalName(host) ? linksOf(config, this.port).network[0] : undefined,
        ),
      hallMode: async () => {
        await media.whenKnown();
        return sessions.directory.modes.has(config.hallMode) ? config.hallMode : 'p2p';
      },
    }).register();
    if (!config.certificate) registerTrust(app, () => authority.certificatePem);
    if (config.webFolder !== null) new WebApp(config.webFolder, config.trustedProxies.length === 0).register(app);
    await app.ready();

    this.closers.push(
      () => journal.close(),
      () => app.close(),
      () => host.stop(),
      () => webhooks.stop(),
    );
    const sayGoodbye = (): void => {
      switchboard.closeAll('server/restarting', 'The server is going away; resume in a moment.');
      webSockets.close();
    };
    this.closers.push(sayGoodbye);
    const isSeated = (connection: string): boolean => switchboard.isSeated(connection);
    return { app, webSockets, openings, origins, clients, sayGoodbye, isSeated };
  }

  /** The sessions, as they were kept. */
  private openSessions() {
    const { config, world } = this;
    const { clock, wallClock, random, log } = world;
    const kept: unknown[] = [];
    const journal = this.openJournal((record) => kept.push(record));
    const keep = (record: string): void => host.keep(record);
    const idempotency = new Idempotency(wallClock, (record) => {
      keep(record);
      return new Promise((resolve) => host.whenCommitted(resolve));
    });
    const webhooks = new WebhookQueue({
      clock,
      wallClock,
      targets: config.webhooks,
      post: world.poster ?? httpPoster(config.webhooksMayBePrivate),
      keep,
      onDropped: (event, url, reason) => log.warn('webhook/dropped', { event: event.type, receiver: new URL(url).host, reason }),
    });
    const host = new SessionHost({
      clock,
      wallClock,
      random,
      limits: config.limits.domain,
      mailboxLimits: config.limits.mailbox,
      journal,
      webhook: (event) => {
        log.info(`session/${event.type}`, { session: shortId(event.session) });
        return webhooks.add(event);
      },
    });
    for (const record of kept) restore(record as KeptRecord | IdempotencyRecord | WebhookRecord, host, idempotency, webhooks);
    host.recovered();
    webhooks.resume();
    if (journal instanceof FileJournal) {
      journal.onFailure = (error) => log.error('journal/failed', errorFields(error));
      journal.imageSource = function* () {
        yield [...idempotency.image(), ...webhooks.image()];
        yield* host.image();
      };
    }
    return { host, webhooks, idempotency, journal };
  }

  private openJournal(restore: (record: unknown) => void): Journal {
    const { dataFolder } = this.config;
    return dataFolder === null ? new MemoryJournal() : FileJournal.open(join(dataFolder, 'sessions'), restore);
  }

  private createApplication(origins: OriginPolicy): FastifyInstance {
    const { log } = this.world;
    return createApplication({
      origins,
      trustedProxies: this.config.trustedProxies,
      onFailure: (error, request) => log.error('rest/failed', { ...request, ...errorFields(error) }),
    });
  }
}

/** Gives a kept record to whom it belongs. */
function restore(
  record: KeptRecord | IdempotencyRecord | WebhookRecord,
  host: SessionHost,
  idempotency: Idempotency,
  webhooks: WebhookQueue,
): void {
  if (record.type === 'idempotency') idempotency.restore(record);
  else if (record.type === 'webhook' || record.type === 'webhook-done') webhooks.restore(record);
  else host.restore(record);
}

/** `networkLink` is for a page that was opened as localhost: a phone would look for that on itself. */
function appConfigOf(
  { publicUrl, iceServers, certificate, limits, hallMode }: ServerConfig,
  modes: Mode[],
  hasRelay: boolean,
  networkLink: string | undefined,
): AppConfig {
  return {
    name: 'maru',
    version: SERVER_VERSION,
    languages: ['en', 'ko'],
    shareUrl: publicUrl ?? networkLink?.replace(/\/$/, '') ?? null,
    hasTurn: hasRelay || iceServers.some(({ urls }) => urls.some((url) => url.startsWith('turn'))),
    hasOwnCertificate: certificate === undefined,
    modes,
    hallMode: modes.includes(hallMode) ? hallMode : 'p2p',
    limits: {
      connectionsPerSession: limits.domain.connectionsPerSession,
      nameChars: NAME_CHARS,
      messageBytes: limits.domain.messageBytes,
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

/** Where media comes in, as the relay's policy writes it: one port for all workers, at each address. */
function mediaEndpoints(media: MediaPort, { host, media: part }: ServerConfig): string[] {
  const isOpen = host === undefined || host === '::' || host === '0.0.0.0';
  const bound = part?.addresses?.map(({ bind }) => bind) ?? (isOpen ? networkAddresses().map(({ address }) => address) : [host]);
  return bound.flatMap((address) => media.udpPorts.map((port) => `${address.includes(':') ? `[${address}]` : address}:${port}`));
}

interface Gate {
  readonly webSockets: WebSocketTransports;
  readonly openings: SourceLimiter;
  readonly origins: OriginPolicy;
  readonly clients: ClientAddresses;
}

function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, { webSockets, openings, origins, clients }: Gate): void {
  const path = request.url?.split('?')[0];
  if (path !== SIGNALING_PATHS.webSocket) refuseUpgrade(socket, '404 Not Found');
  else if (!origins.admits(request.headers.origin, request.headers.host)) refuseUpgrade(socket, '403 Forbidden');
  else if (!openings.admits(clients.of(request))) refuseUpgrade(socket, '429 Too Many Requests');
  else void webSockets.accept(request, socket, head);
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
