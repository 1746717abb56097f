import * as z from 'zod/mini';
import { Metadata } from './json.js';
import { ConnectionId, SessionId } from './names.js';
import { Mode } from './session.js';

/** Addresses of the web app's own back end. Errors are problem details (see `rest.ts`). */
export const APP_PATHS = {
  config: '/app/config',
  halls: '/app/halls',
  hall: (hall: string): string => `/app/halls/${encodeURIComponent(hall)}`,
  join: (hall: string): string => `/app/halls/${encodeURIComponent(hall)}/join`,
  certificate: '/app/ca.crt',
} as const;

/** `GET /app/config`: what the web app must know before anybody joins. */
export const AppConfig = z
  .object({
    name: z.string(),
    version: z.string(),
    languages: z.array(z.string()),
    shareUrl: z
      .nullable(z.string())
      .check(z.describe('Address under which other devices reach this server; null: the one in use.')),
    hasTurn: z.boolean().check(z.describe('Whether a relay is offered to those whose networks need one.')),
    hasOwnCertificate: z.boolean().check(z.describe('Whether /app/ca.crt has an authority that devices may trust.')),
    modes: z.array(Mode).check(z.describe('How media may travel in halls here.')),
    hallMode: Mode.check(z.describe('How it does where nobody chose.')),
    limits: z.object({
      connectionsPerSession: z.int(),
      nameChars: z.int(),
      messageBytes: z.int(),
    }),
  })
  .register(z.globalRegistry, { id: 'AppConfig', description: 'What the web app must know before anybody joins.' });
export type AppConfig = z.infer<typeof AppConfig>;

/** `POST /app/halls`. */
export const CreateHallRequest = z.object({ mode: z.optional(Mode) }).register(z.globalRegistry, {
  id: 'CreateHallRequest',
  description: 'Asks for a new hall; how its media travels may be chosen.',
});
export type CreateHallRequest = z.infer<typeof CreateHallRequest>;

/** `POST /app/halls` answers 201 with this: a hall that nobody can guess. Also `GET /app/halls/{hall}`, with who is in. */
export const HallInfo = z
  .object({ hall: SessionId, connections: z.int().check(z.describe('How many are in now.')), limit: z.int() })
  .register(z.globalRegistry, { id: 'HallInfo', description: 'A hall of the web app.' });
export type HallInfo = z.infer<typeof HallInfo>;

/** Longest name that a person may give. */
export const NAME_CHARS = 64;

/** `POST /app/halls/{hall}/join`: asks for a seat under a name. The hall is made if its link is older than the server's memory. */
export const JoinHallRequest = z
  .object({
    name: z.string().check(z.minLength(1), z.maxLength(NAME_CHARS)),
    mode: z.optional(Mode).check(z.describe('As the link says; for a hall that has to be made anew.')),
  })
  .register(z.globalRegistry, { id: 'JoinHallRequest', description: 'Asks for a seat under a name.' });
export type JoinHallRequest = z.infer<typeof JoinHallRequest>;

export const JoinHallResponse = z
  .object({ session: SessionId, connection: ConnectionId, token: z.string(), expiresAt: z.iso.datetime(), metadata: Metadata })
  .register(z.globalRegistry, { id: 'JoinHallResponse', description: 'The right to the seat; `metadata.name` is the name.' });
export type JoinHallResponse = z.infer<typeof JoinHallResponse>;
