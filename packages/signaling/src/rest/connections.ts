import * as z from 'zod/mini';
import { ConnectionInfo } from '../connection.js';
import { Metadata } from '../json.js';
import { ConnectionId, SessionId } from '../names.js';
import { Role } from '../session.js';

/** `POST /v1/sessions/{session}/connections`. */
export const CreateConnection = z
  .strictObject({
    role: z.optional(Role),
    metadata: z.optional(Metadata),
    ttlSeconds: z.optional(z.int().check(z.minimum(1), z.maximum(86_400))),
  })
  .register(z.globalRegistry, {
    id: 'CreateConnection',
    description: 'A seat to be reserved; the role is `publisher` unless said otherwise.',
  });
export type CreateConnection = z.infer<typeof CreateConnection>;

/** The right to a seat; whoever has it may take the seat once, until it expires. */
export const CreatedConnection = z
  .object({
    id: ConnectionId,
    session: SessionId,
    role: Role,
    metadata: Metadata,
    token: z.string().check(z.describe('For the client, and for nobody else: it takes the seat with it, once.')),
    expiresAt: z.iso.datetime().check(z.describe('When the token can no longer be used. A connection that has joined stays.')),
  })
  .register(z.globalRegistry, { id: 'CreatedConnection', description: 'A reserved seat and the token for it.' });
export type CreatedConnection = z.infer<typeof CreatedConnection>;

export const Connection = z
  .object({
    id: ConnectionId,
    session: SessionId,
    state: z.enum(['reserved', 'joined', 'away']),
    role: Role,
    metadata: Metadata,
    createdAt: z.iso.datetime(),
    joined: z.nullable(ConnectionInfo).check(z.describe('What the others see of it; null until it joins.')),
    transport: z.nullable(z.enum(['websocket', 'events', 'polling'])).check(z.describe('How its signaling travels now.')),
  })
  .register(z.globalRegistry, { id: 'Connection', description: 'A seat: reserved, taken, or kept for one that is away.' });
export type Connection = z.infer<typeof Connection>;

export const ConnectionList = z
  .object({ items: z.array(Connection), next: z.optional(z.string()) })
  .register(z.globalRegistry, { id: 'ConnectionList', description: 'A page of connections, in the order of their ids.' });
export type ConnectionList = z.infer<typeof ConnectionList>;

/** `PATCH /v1/sessions/{session}/connections/{connection}`. */
export const UpdateConnectionBody = z
  .strictObject({ role: z.optional(Role), metadata: z.optional(Metadata) })
  .register(z.globalRegistry, {
    id: 'UpdateConnectionBody',
    description: 'What to change; what is absent stays. A new role holds at once.',
  });
export type UpdateConnectionBody = z.infer<typeof UpdateConnectionBody>;
