import type { FastifyInstance } from 'fastify';
import type { SessionHost } from '../host/session-host.js';
import type { ApiKeys } from '../http/api-keys.js';
import { isLoopback } from '../http/source-limiter.js';
import type { SignalingCounters, Switchboard } from '../signaling/switchboard.js';
import type { WebhookQueue } from '../webhooks/webhook-queue.js';

export interface MetricsSources {
  readonly host: SessionHost;
  readonly switchboard: Switchboard;
  readonly counters: SignalingCounters;
  readonly webhooks: WebhookQueue;
  readonly transports: () => { readonly sockets: number; readonly websockets: number; readonly channels: number };
  readonly limits: { readonly sessions: number };
  /** The relay's own, as text; empty where there is none. */
  readonly relay: () => Promise<string>;
  /** The media server's own. */
  readonly media: () => string;
}

type Sample = readonly [name: string, help: string, kind: 'gauge' | 'counter', read: () => number | ReadonlyMap<string, number>];

function samplesOf({ host, switchboard, counters, webhooks, transports, limits }: MetricsSources): readonly Sample[] {
  const { state } = host.directory;
  return [
    ['maru_sessions', 'Open sessions.', 'gauge', () => state.sessionById.size],
    ['maru_sessions_limit', 'Sessions that may be open.', 'gauge', () => limits.sessions],
    ['maru_connections', 'Connections that have joined, those away included.', 'gauge', () => state.connectionCount],
    ['maru_links', 'Connections that are held in signaling.', 'gauge', () => switchboard.size],
    ['maru_streams', 'Published streams.', 'gauge', () => state.streamCount],
    ['maru_tcp_connections', 'Open TCP connections of every kind.', 'gauge', () => transports().sockets],
    ['maru_websockets', 'Open WebSockets.', 'gauge', () => transports().websockets],
    ['maru_http_channels', 'Open channels over Server-Sent Events or long polling.', 'gauge', () => transports().channels],
    ['maru_signaling_received_total', 'Numbered messages received.', 'counter', () => counters.received],
    ['maru_signaling_duplicates_total', 'Messages received again and dropped.', 'counter', () => counters.duplicates],
    ['maru_signaling_sent_total', 'Numbered messages sent.', 'counter', () => counters.sent],
    ['maru_signaling_refused_total', 'Refusals in signaling, by code.', 'counter', () => counters.refused],
    ['maru_webhook_depth', 'Events that wait for their receiver.', 'gauge', () => webhooks.depth],
    ['maru_webhook_delivered_total', 'Events taken by their receiver.', 'counter', () => webhooks.counters.delivered],
    ['maru_webhook_failed_total', 'Deliveries that will be tried again.', 'counter', () => webhooks.counters.failed],
    ['maru_webhook_dropped_total', 'Events given up.', 'counter', () => webhooks.counters.dropped],
  ];
}

/** `GET /metrics` for Prometheus: to this machine, or with an API key. */
export function registerMetrics(fastify: FastifyInstance, sources: MetricsSources, keys: ApiKeys): void {
  let text: Promise<() => Promise<string>> | undefined;
  fastify.get('/metrics', async (request, reply) => {
    const isForwarded = request.headers['x-forwarded-for'] !== undefined || request.headers['forwarded'] !== undefined;
    if (isForwarded || !isLoopback(request.socket.remoteAddress ?? '')) keys.require(request.headers.authorization);
    text ??= createRegistry(sources);
    reply.type('text/plain; version=0.0.4; charset=utf-8');
    return (await (await text)()) + (await sources.relay()) + sources.media();
  });
}

async function createRegistry(sources: MetricsSources): Promise<() => Promise<string>> {
  const { collectDefaultMetrics, Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const [name, help, kind, read] of samplesOf(sources)) {
    const isByCode = typeof read() !== 'number';
    const options = { name, help, registers: [registry], labelNames: isByCode ? ['code'] : [] };
    const metric = kind === 'gauge' ? new Gauge(options) : new Counter(options);
    const refresh = (): void => {
      metric.reset();
      const value = read();
      if (typeof value === 'number') metric.inc(value);
      else for (const [code, count] of value) metric.inc({ code }, count);
    };
    Object.assign(metric, { collect: refresh });
  }
  return () => registry.metrics();
}
