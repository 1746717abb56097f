import * as z from 'zod/mini';
import { Envelope } from './frame.js';
import { PROTOCOL_LIMITS } from './limits.js';
import { ClientOpening, Closed, ServerOpening } from './opening.js';

/** Where the signaling transports are, below the server's address. */
export const SIGNALING_PATHS = {
  webSocket: '/v1/signal/ws',
  open: '/v1/signal/open',
  events: '/v1/signal/events',
  send: '/v1/signal/send',
  poll: '/v1/signal/poll',
} as const;

/** `POST /v1/signal/open`: opens a channel for Server-Sent Events or long polling with the same first message. */
export const OpenRequest = ClientOpening;

export const OpenResponse = z
  .object({
    channel: z.optional(
      z
        .string()
        .check(z.describe('Secret name of the channel, for `Authorization: Bearer`. Absent when the opening was refused.')),
    ),
    answer: ServerOpening,
  })
  .register(z.globalRegistry, { id: 'OpenResponse', description: 'The answer to an opening over HTTP.' });
export type OpenResponse = z.infer<typeof OpenResponse>;

/** `POST /v1/signal/send`: what the client has to say, beside Server-Sent Events or a waiting poll. */
export const SendRequest = z
  .object({ frames: z.array(Envelope).check(z.maxLength(PROTOCOL_LIMITS.framesPerRequest)) })
  .register(z.globalRegistry, { id: 'SendRequest', description: 'Frames from the client.' });
export type SendRequest = z.infer<typeof SendRequest>;

export const SendResponse = z
  .object({ ack: z.int(), closed: z.optional(Closed) })
  .register(z.globalRegistry, { id: 'SendResponse', description: 'How far the server has received.' });
export type SendResponse = z.infer<typeof SendResponse>;

/** `POST /v1/signal/poll`: acknowledges, and waits for frames until some come or the time is over. */
export const PollRequest = z
  .object({
    ack: z.int().check(z.minimum(0)),
    frames: z.optional(z.array(Envelope).check(z.maxLength(PROTOCOL_LIMITS.framesPerRequest))),
  })
  .register(z.globalRegistry, { id: 'PollRequest', description: 'Asks for frames.' });
export type PollRequest = z.infer<typeof PollRequest>;

export const PollResponse = z
  .object({ ack: z.int(), frames: z.array(Envelope), closed: z.optional(Closed) })
  .register(z.globalRegistry, { id: 'PollResponse', description: 'Frames from the server; none when the time was over.' });
export type PollResponse = z.infer<typeof PollResponse>;
