import * as z from 'zod/mini';
import { Mode } from '../session.js';

export const ServerInfo = z
  .object({
    name: z.literal('maru'),
    version: z.string(),
    protocol: z.int(),
    modes: z.array(Mode).check(z.describe('Modes that sessions may have here.')),
    transports: z.array(z.enum(['websocket', 'events', 'polling'])),
    startedAt: z.iso.datetime(),
    sessions: z.int(),
    connections: z.int(),
    streams: z.int(),
  })
  .register(z.globalRegistry, { id: 'ServerInfo', description: 'What this server is and does now.' });
export type ServerInfo = z.infer<typeof ServerInfo>;

export const Health = z
  .object({ status: z.enum(['ok', 'draining']) })
  .register(z.globalRegistry, { id: 'Health', description: 'Whether to send new work here: 200 `ok`, 503 `draining`.' });
export type Health = z.infer<typeof Health>;
