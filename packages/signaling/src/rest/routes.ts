import * as z from 'zod/mini';
import type { ErrorCode } from '../errors.js';
import { ConnectionId, SessionId, StreamId } from '../names.js';
import type { Action } from '../permissions.js';
import { Connection, ConnectionList, CreateConnection, CreatedConnection, UpdateConnectionBody } from './connections.js';
import { IceServerList, IceServerQuery } from './ice-servers.js';
import { MediaEventList, MediaOverview, SubscriptionWhyList } from './media.js';
import { CreatedMessage, CreateMessage } from './messages.js';
import { Health, ServerInfo } from './server-info.js';
import { CreateSession, Session, SessionList } from './sessions.js';
import { StreamList } from './streams.js';

/** One operation of the REST API: what it takes and what it answers. Handlers, OpenAPI and documents all read this. */
export interface Route {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  /** The row of the permission table that it needs, as `application`; absent: open to everybody. */
  readonly action?: { readonly name: Action; readonly whose: 'own' | 'other' };
  readonly params?: z.ZodMiniType;
  readonly query?: z.ZodMiniType;
  readonly body?: z.ZodMiniType;
  readonly idempotent?: true;
  readonly status: number;
  readonly answer?: z.ZodMiniType;
  readonly problems: readonly ErrorCode[];
}

const inSession = z.object({ session: SessionId });
const atConnection = z.object({ session: SessionId, connection: ConnectionId });
const atSubscription = z.object({ session: SessionId, connection: ConnectionId, stream: StreamId });
const atStream = z.object({ session: SessionId, stream: StreamId });

const PageLimit = z.optional(
  z.string().check(z.regex(/^(?:[1-9][0-9]{0,2}|1000)$/), z.describe('Items a page: 1 to 1000; 100 if absent.')),
);
const Page = z.strictObject({ limit: PageLimit, after: z.optional(z.string().check(z.maxLength(128))) });

export const ROUTES = {
  createSession: {
    operation: 'createSession',
    method: 'POST',
    path: '/v1/sessions',
    summary: 'Makes a session.',
    action: { name: 'create-session', whose: 'own' },
    body: CreateSession,
    idempotent: true,
    status: 201,
    answer: Session,
    problems: ['request/invalid', 'session/exists', 'session/mode-unavailable', 'session/limit'],
  },
  listSessions: {
    operation: 'listSessions',
    method: 'GET',
    path: '/v1/sessions',
    summary: 'Lists the sessions that are open.',
    action: { name: 'read-session', whose: 'own' },
    query: Page,
    status: 200,
    answer: SessionList,
    problems: ['request/invalid'],
  },
  readSession: {
    operation: 'readSession',
    method: 'GET',
    path: '/v1/sessions/{session}',
    summary: 'Reads a session.',
    action: { name: 'read-session', whose: 'own' },
    params: inSession,
    status: 200,
    answer: Session,
    problems: ['session/not-found'],
  },
  closeSession: {
    operation: 'closeSession',
    method: 'DELETE',
    path: '/v1/sessions/{session}',
    summary: 'Ends a session and every connection in it.',
    action: { name: 'close-session', whose: 'own' },
    params: inSession,
    status: 204,
    problems: ['session/not-found'],
  },
  createConnection: {
    operation: 'createConnection',
    method: 'POST',
    path: '/v1/sessions/{session}/connections',
    summary: 'Reserves a seat and answers the token for it.',
    action: { name: 'create-connection', whose: 'own' },
    params: inSession,
    body: CreateConnection,
    idempotent: true,
    status: 201,
    answer: CreatedConnection,
    problems: ['request/invalid', 'session/not-found', 'session/full'],
  },
  listConnections: {
    operation: 'listConnections',
    method: 'GET',
    path: '/v1/sessions/{session}/connections',
    summary: 'Lists the seats of a session.',
    action: { name: 'read-connections', whose: 'own' },
    params: inSession,
    query: Page,
    status: 200,
    answer: ConnectionList,
    problems: ['request/invalid', 'session/not-found'],
  },
  readConnection: {
    operation: 'readConnection',
    method: 'GET',
    path: '/v1/sessions/{session}/connections/{connection}',
    summary: 'Reads a seat.',
    action: { name: 'read-connections', whose: 'own' },
    params: atConnection,
    status: 200,
    answer: Connection,
    problems: ['session/not-found', 'connection/not-found'],
  },
  updateConnection: {
    operation: 'updateConnection',
    method: 'PATCH',
    path: '/v1/sessions/{session}/connections/{connection}',
    summary: 'Changes the role or the metadata of a connection, at once.',
    action: { name: 'update-role', whose: 'other' },
    params: atConnection,
    body: UpdateConnectionBody,
    status: 200,
    answer: Connection,
    problems: ['request/invalid', 'session/not-found', 'connection/not-found'],
  },
  disconnectConnection: {
    operation: 'disconnectConnection',
    method: 'DELETE',
    path: '/v1/sessions/{session}/connections/{connection}',
    summary: 'Ends a connection, or takes its reserved seat away; its token is void.',
    action: { name: 'disconnect', whose: 'other' },
    params: atConnection,
    status: 204,
    problems: ['session/not-found', 'connection/not-found'],
  },
  listStreams: {
    operation: 'listStreams',
    method: 'GET',
    path: '/v1/sessions/{session}/streams',
    summary: 'Lists the published streams of a session.',
    action: { name: 'read-session', whose: 'own' },
    params: inSession,
    status: 200,
    answer: StreamList,
    problems: ['session/not-found'],
  },
  unpublishStream: {
    operation: 'unpublishStream',
    method: 'DELETE',
    path: '/v1/sessions/{session}/streams/{stream}',
    summary: 'Ends a stream.',
    action: { name: 'unpublish', whose: 'other' },
    params: atStream,
    status: 204,
    problems: ['session/not-found', 'stream/not-found'],
  },
  listSubscriptions: {
    operation: 'listSubscriptions',
    method: 'GET',
    path: '/v1/sessions/{session}/connections/{connection}/subscriptions',
    summary: 'Lists what a connection gets of every stream, and why so.',
    action: { name: 'read-media', whose: 'other' },
    params: atConnection,
    status: 200,
    answer: SubscriptionWhyList,
    problems: ['session/not-found', 'connection/not-found', 'media/unavailable'],
  },
  readSubscriptionWhy: {
    operation: 'readSubscriptionWhy',
    method: 'GET',
    path: '/v1/sessions/{session}/connections/{connection}/subscriptions/{stream}/why',
    summary: 'Says which layers of a stream a connection gets, what limits it, and how it was in the last ten minutes.',
    action: { name: 'read-media', whose: 'other' },
    params: atSubscription,
    status: 200,
    answer: SubscriptionWhyList,
    problems: ['session/not-found', 'connection/not-found', 'stream/not-found', 'media/unavailable'],
  },
  listMediaEvents: {
    operation: 'listMediaEvents',
    method: 'GET',
    path: '/v1/sessions/{session}/connections/{connection}/events',
    summary: 'Lists what happened to the media of a connection.',
    action: { name: 'read-media', whose: 'other' },
    params: atConnection,
    status: 200,
    answer: MediaEventList,
    problems: ['session/not-found', 'connection/not-found', 'media/unavailable'],
  },
  readMedia: {
    operation: 'readMedia',
    method: 'GET',
    path: '/v1/media',
    summary: 'Says what the media server does now.',
    action: { name: 'read-media', whose: 'other' },
    status: 200,
    answer: MediaOverview,
    problems: ['media/unavailable'],
  },
  createMessage: {
    operation: 'createMessage',
    method: 'POST',
    path: '/v1/sessions/{session}/messages',
    summary: 'Sends a message to everybody in a session, or to some.',
    action: { name: 'send-message', whose: 'other' },
    params: inSession,
    body: CreateMessage,
    idempotent: true,
    status: 201,
    answer: CreatedMessage,
    problems: ['request/invalid', 'request/too-large', 'session/not-found', 'connection/not-found'],
  },
  readIceServers: {
    operation: 'readIceServers',
    method: 'GET',
    path: '/v1/ice-servers',
    summary: 'Hands out STUN and TURN servers with credentials that are good for a short time.',
    action: { name: 'issue-ice-servers', whose: 'own' },
    query: IceServerQuery,
    status: 200,
    answer: IceServerList,
    problems: ['request/invalid'],
  },
  readServer: {
    operation: 'readServer',
    method: 'GET',
    path: '/v1/server',
    summary: 'Says what this server is and does now.',
    action: { name: 'read-session', whose: 'own' },
    status: 200,
    answer: ServerInfo,
    problems: [],
  },
  readHealth: {
    operation: 'readHealth',
    method: 'GET',
    path: '/v1/health',
    summary: 'Says whether to send new work here. Needs no key.',
    status: 200,
    answer: Health,
    problems: ['request/unavailable'],
  },
} as const satisfies Record<string, Route>;

export type Operation = keyof typeof ROUTES;

/** Header by which a creation may be repeated without making a second thing. */
export const IDEMPOTENCY_HEADER = 'idempotency-key';
