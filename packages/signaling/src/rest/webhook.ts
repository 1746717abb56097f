import * as z from 'zod/mini';
import { LeaveReason } from '../from-server.js';
import { Metadata } from '../json.js';
import { ConnectionId, SessionId } from '../names.js';
import { Mode, Role } from '../session.js';
import { StreamInfo } from '../stream.js';

const envelope = {
  id: z.string().check(z.describe('The same on every delivery of this event: by it, ignore the second.')),
  at: z.iso.datetime(),
  session: SessionId,
};

/** What the server posts to the application's addresses, one event a request, in order for each session. */
export const WebhookEvent = z
  .discriminatedUnion('type', [
    z.object({ ...envelope, type: z.literal('session-started'), mode: Mode, metadata: Metadata }),
    z.object({ ...envelope, type: z.literal('session-ended'), reason: z.enum(['closed', 'empty', 'expired']) }),
    z.object({ ...envelope, type: z.literal('connection-joined'), connection: ConnectionId, role: Role, metadata: Metadata }),
    z.object({ ...envelope, type: z.literal('connection-left'), connection: ConnectionId, reason: LeaveReason }),
    z.object({ ...envelope, type: z.literal('stream-published'), connection: ConnectionId, stream: StreamInfo }),
    z.object({ ...envelope, type: z.literal('stream-unpublished'), connection: ConnectionId, stream: z.string() }),
  ])
  .register(z.globalRegistry, { id: 'WebhookEvent', description: 'An event that the server posts to the application.' });
export type WebhookEvent = z.infer<typeof WebhookEvent>;

/** Headers of a webhook request. The signature is `v1=` + hex HMAC-SHA256 over `{timestamp}.{body}` with the secret. */
export const WEBHOOK_HEADERS = {
  timestamp: 'maru-timestamp',
  signature: 'maru-signature',
  event: 'maru-event',
} as const;
