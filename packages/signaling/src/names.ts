import * as z from 'zod/mini';

/** Names that an application may choose: letters, digits, `_` and `-`; also what the server makes. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

export const SessionId = z
  .string()
  .check(z.regex(NAME))
  .register(z.globalRegistry, { id: 'SessionId', description: 'Name of a session: letters, digits, `_` and `-`, at most 128.' });

export const ConnectionId = z
  .string()
  .check(z.regex(NAME))
  .register(z.globalRegistry, { id: 'ConnectionId', description: 'Name of a connection, made by the server.' });

export const StreamId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/))
  .register(z.globalRegistry, {
    id: 'StreamId',
    description: 'Name of a stream, made by its publisher, unique within the session: at most 64 characters.',
  });
