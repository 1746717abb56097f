import * as z from 'zod/mini';
import { Envelope } from './frame.js';
import { ClientMessage } from './from-client.js';
import { type Validated, validate } from './validation.js';

/**
 * The check of `schema` as code that zod generates when it is first used, some ten times as fast. What it finds wrong is
 * looked at again by the schema itself, so the reasons are the same. For servers: pages forbid code that is made at run time.
 */
function compiled<Schema extends z.ZodMiniType>(schema: Schema): (input: unknown) => Validated<z.output<Schema>> {
  let fast: Schema | undefined;
  return (input) => validate((fast ??= z.compile(schema)), input);
}

/** As `validateEnvelope`, for whoever does it all day. */
export const validateEnvelopeCompiled: (input: unknown) => Validated<Envelope> = compiled(Envelope);

/** As `validateClientMessage`, for whoever does it all day. */
export const validateClientMessageCompiled: (input: unknown) => Validated<ClientMessage> = compiled(ClientMessage);
