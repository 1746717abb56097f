import * as z from 'zod/mini';
import { MessageType } from '../from-client.js';
import { JsonValue } from '../json.js';
import { ConnectionId } from '../names.js';

/** `POST /v1/sessions/{session}/messages`. */
export const CreateMessage = z
  .strictObject({
    to: z.optional(
      z.array(ConnectionId).check(z.minLength(1), z.maxLength(1_000), z.describe('Absent: everybody who has joined.')),
    ),
    type: MessageType,
    data: JsonValue,
  })
  .register(z.globalRegistry, {
    id: 'CreateMessage',
    description: 'A message from the application to a session or to some of it.',
  });
export type CreateMessage = z.infer<typeof CreateMessage>;

export const CreatedMessage = z.object({ id: z.string(), at: z.iso.datetime(), recipients: z.int() }).register(z.globalRegistry, {
  id: 'CreatedMessage',
  description: 'The message was queued for this many connections, those away included.',
});
export type CreatedMessage = z.infer<typeof CreatedMessage>;
