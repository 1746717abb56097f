import * as z from 'zod/mini';
import { SubscriptionWhy } from '../media-why.js';
import { ConnectionId, SessionId } from '../names.js';

const count = () => z.int().check(z.minimum(0));
const amount = () => z.number().check(z.minimum(0));

/** `GET /v1/sessions/{session}/connections/{connection}/subscriptions`, and each of them alone. */
export const SubscriptionWhyList = z.object({ items: z.array(SubscriptionWhy) }).register(z.globalRegistry, {
  id: 'SubscriptionWhyList',
  description: 'What a connection gets of which stream, and why so.',
});
export type SubscriptionWhyList = z.infer<typeof SubscriptionWhyList>;

export const MediaWorkerInfo = z
  .object({
    worker: count(),
    driver: z.enum(['native', 'pure']).check(z.describe('What moves packets: @maru/native, or TypeScript alone.')),
    sessions: count(),
    connections: count(),
    tracks: count().check(z.describe('That are published to it.')),
    cpuFraction: amount().check(z.describe('Of one core, over the last second.')),
    eventLoopDelayMs: amount().check(z.describe('How late the latest timer of the last second was.')),
    overload: z
      .enum(['none', 'layers', 'video', 'joins'])
      .check(z.describe('What is held back: layers before video, video before joins.')),
    receivedBps: amount(),
    sentBps: amount(),
    receivedPacketsPerSecond: amount(),
    sentPacketsPerSecond: amount(),
    dropped: z
      .array(z.object({ reason: z.string(), count: count() }))
      .check(z.describe('Packets that were not taken, by reason, since it began.')),
  })
  .register(z.globalRegistry, { id: 'MediaWorkerInfo', description: 'A thread that forwards media.' });
export type MediaWorkerInfo = z.infer<typeof MediaWorkerInfo>;

/** What can be wrong with the way of a connection, the worst first. */
export const MEDIA_TROUBLES = ['not-connected', 'downlink-loss', 'uplink-loss', 'slow-downlink', 'long-way'] as const;
export type MediaTrouble = (typeof MEDIA_TROUBLES)[number];

export const MediaConnectionInfo = z
  .object({
    connection: ConnectionId,
    session: SessionId,
    name: z.nullable(z.string()).check(z.describe('What the person is called, where metadata say so.')),
    worker: count().check(z.describe('Which thread has it.')),
    state: z.enum(['new', 'connecting', 'connected', 'interrupted', 'failed']),
    protocol: z.nullable(z.enum(['udp', 'tcp'])).check(z.describe('How its packets travel; null: not connected.')),
    receivedBps: amount().check(z.describe('From the connection.')),
    sentBps: amount().check(z.describe('To it.')),
    lossUpFraction: amount().check(z.describe('Of the packets that it sent in the last seconds, 0 to 1.')),
    lossDownFraction: amount().check(z.describe('Of the packets that were sent to it, as it reports.')),
    rttMs: z.nullable(amount()),
    estimateBps: z.nullable(amount()).check(z.describe('What the way to it carries.')),
    verdict: z
      .enum(['good', ...MEDIA_TROUBLES])
      .check(z.describe('What is wrong with its way, the worst if there is more; or nothing.')),
    troubles: z.array(z.enum(MEDIA_TROUBLES)).check(z.describe('All that is wrong with its way, the worst first.')),
  })
  .register(z.globalRegistry, { id: 'MediaConnectionInfo', description: 'A connection as the media server sees it.' });
export type MediaConnectionInfo = z.infer<typeof MediaConnectionInfo>;

export const MediaEvent = z
  .object({
    at: z.iso.datetime(),
    correlation: z.string().check(z.describe('The same in the browser, in the log of the server and of the worker.')),
    event: z.string().check(z.describe('What, as the log names it: `offer/answered`, `track/published`, `limited`, …')),
    fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .register(z.globalRegistry, { id: 'MediaEvent', description: 'Something that happened to the media of a connection.' });
export type MediaEvent = z.infer<typeof MediaEvent>;

/** `GET /v1/media`: all that the operator's page shows. */
export const MediaOverview = z
  .object({
    at: z.iso.datetime(),
    isDraining: z.boolean(),
    ports: z.object({ udp: count(), tcp: z.nullable(count()) }),
    sessions: count(),
    connectionCount: count(),
    receivedBps: amount(),
    sentBps: amount(),
    workers: z.array(MediaWorkerInfo),
    connections: z
      .array(MediaConnectionInfo)
      .check(z.describe('Those with trouble first, then those that get most; at most 500.')),
  })
  .register(z.globalRegistry, { id: 'MediaOverview', description: 'What the media server does now.' });
export type MediaOverview = z.infer<typeof MediaOverview>;

/** `GET /v1/sessions/{session}/connections/{connection}/events`. */
export const MediaEventList = z.object({ items: z.array(MediaEvent) }).register(z.globalRegistry, {
  id: 'MediaEventList',
  description: 'What happened to the media of a connection, the oldest first.',
});
export type MediaEventList = z.infer<typeof MediaEventList>;
