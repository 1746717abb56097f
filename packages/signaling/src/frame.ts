import * as z from 'zod/mini';
import { ClientMessage } from './from-client.js';
import { ServerMessage } from './from-server.js';
import { ClientOpening, Closed, ServerOpening } from './opening.js';
import { type Invalid, type Validated, validate } from './validation.js';

/** The envelope of every message after the opening: its number, and the highest number received in order. */
export interface Numbered<Message> {
  readonly seq: number;
  readonly ack: number;
  readonly message: Message;
}

/** An acknowledgement alone; also the heartbeat. */
export interface AckOnly {
  readonly ack: number;
}

export type ClientFrame = Numbered<ClientMessage> | AckOnly;
export type ServerFrame = Numbered<ServerMessage> | AckOnly | Closed;

const Position = z.int().check(z.minimum(0));

/** A frame whose message has not been looked at: a receiver drops duplicates before it pays for validation. */
export const Envelope = z.object({
  seq: z.optional(z.int().check(z.minimum(1))),
  ack: Position,
  message: z.optional(z.unknown()),
});
export type Envelope = z.infer<typeof Envelope>;

/** Parses text as JSON without throwing. */
export function parseJson(text: string): Validated<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, invalid: NOT_JSON };
  }
}

const NOT_JSON: Invalid = { code: 'request/not-json', field: '', detail: 'the message is not JSON' };

/** Checks the first message of a client. */
export const validateClientOpening = (input: unknown): Validated<ClientOpening> => validate(ClientOpening, input);

/** Checks what a client sends once it has joined. */
export const validateClientMessage = (input: unknown): Validated<ClientMessage> => validate(ClientMessage, input);

/** Checks the answer to an opening. */
export const validateServerOpening = (input: unknown): Validated<ServerOpening> => validate(ServerOpening, input);

/** Checks what a server sends to a client that has joined. */
export const validateServerMessage = (input: unknown): Validated<ServerMessage> => validate(ServerMessage, input);

/** Checks the envelope of a frame; `message` is still unknown. */
export const validateEnvelope = (input: unknown): Validated<Envelope> => validate(Envelope, input);

/** Checks a whole frame from a server: a numbered message, an acknowledgement, or `closed`. */
export function validateServerFrame(input: unknown): Validated<ServerFrame> {
  if (typeof input === 'object' && input !== null && 'type' in input) return validate(Closed, input);
  const envelope = validateEnvelope(input);
  if (!envelope.ok) return envelope;
  const { seq, ack, message } = envelope.value;
  if (seq === undefined) return { ok: true, value: { ack } };
  const checked = validateServerMessage(message);
  return checked.ok ? { ok: true, value: { seq, ack, message: checked.value } } : checked;
}
