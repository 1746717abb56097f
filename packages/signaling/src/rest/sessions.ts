import * as z from 'zod/mini';
import { Metadata } from '../json.js';
import { MediaState } from '../media.js';
import { SessionId } from '../names.js';
import { Mode } from '../session.js';

export const SessionLimits = z
  .object({
    connections: z.int().check(z.describe('Connections at the same time.')),
    streamsPerConnection: z.int(),
    messageBytes: z.int().check(z.describe('Longest `data` of an application message as JSON text.')),
  })
  .register(z.globalRegistry, { id: 'SessionLimits', description: 'What a session allows.' });
export type SessionLimits = z.infer<typeof SessionLimits>;

const bounded = (minimum: number, maximum: number) => z.optional(z.int().check(z.minimum(minimum), z.maximum(maximum)));

/** `POST /v1/sessions`. */
export const CreateSession = z
  .strictObject({
    id: z.optional(SessionId),
    mode: z.optional(Mode),
    metadata: z.optional(Metadata),
    limits: z.optional(
      z.strictObject({
        connections: bounded(1, 1_000),
        streamsPerConnection: bounded(1, 64),
        messageBytes: bounded(1, 128 * 1024),
      }),
    ),
    graceMs: bounded(0, 600_000),
    emptyTimeoutMs: bounded(1_000, 30 * 86_400_000),
  })
  .register(z.globalRegistry, {
    id: 'CreateSession',
    description: 'A session to be made. Everything has a default; without an id one is made.',
  });
export type CreateSession = z.infer<typeof CreateSession>;

export const Session = z
  .object({
    id: SessionId,
    mode: Mode,
    media: MediaState.check(z.describe('Which way media takes now; in mode `auto` it changes.')),
    metadata: Metadata,
    limits: SessionLimits,
    graceMs: z.int().check(z.describe('How long a seat is kept while its signaling is interrupted.')),
    emptyTimeoutMs: z.int().check(z.describe('How long the session lives with nobody in it.')),
    createdAt: z.iso.datetime(),
    connections: z.int().check(z.describe('Connections that have joined, those that are away included.')),
    streams: z.int(),
  })
  .register(z.globalRegistry, { id: 'Session', description: 'A session.' });
export type Session = z.infer<typeof Session>;

export const SessionList = z
  .object({ items: z.array(Session), next: z.optional(z.string().check(z.describe('Pass it as `after` for the next page.'))) })
  .register(z.globalRegistry, { id: 'SessionList', description: 'A page of sessions, in the order of their ids.' });
export type SessionList = z.infer<typeof SessionList>;
