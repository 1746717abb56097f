import * as z from 'zod/mini';

const count = () => z.int().check(z.minimum(0));
/** Bytes and packets outgrow 53 bits in no lifetime of a server. */
const amount = () => z.number().check(z.minimum(0));

export const TurnEndpoint = z.object({ address: z.string(), port: z.int() });
export type TurnEndpoint = z.infer<typeof TurnEndpoint>;

export const TurnAllocation = z
  .object({
    id: z.int(),
    username: z.string(),
    user: z.string().check(z.describe('Whose quotas it counts against: the username without its end.')),
    transport: z.enum(['udp', 'tcp', 'tls', 'dtls']),
    relayTransport: z.enum(['udp', 'tcp']),
    client: TurnEndpoint,
    relayed: z.array(TurnEndpoint),
    ageSeconds: amount(),
    expiresInSeconds: amount(),
    permissions: count(),
    channels: count(),
    connections: count(),
    sentBytes: amount().check(z.describe('From the client to peers.')),
    receivedBytes: amount().check(z.describe('From peers to the client.')),
    droppedPackets: amount().check(z.describe('Beyond its bandwidth or quota, both ways.')),
  })
  .register(z.globalRegistry, { id: 'TurnAllocation', description: 'An allocation of the relay.' });
export type TurnAllocation = z.infer<typeof TurnAllocation>;

export const TurnUser = z
  .object({
    user: z.string(),
    allocations: count(),
    sentBytes: amount(),
    receivedBytes: amount(),
    monthBytes: amount().check(z.describe('Both ways, in this calendar month (UTC).')),
  })
  .register(z.globalRegistry, { id: 'TurnUser', description: 'What one user has of the relay.' });
export type TurnUser = z.infer<typeof TurnUser>;

export const TurnRefusal = z
  .object({
    at: z.iso.datetime(),
    code: z.int(),
    reason: z.string().check(z.describe('A stable word: `turn/quota/user`.')),
    client: z.string().check(z.describe('The address that asked.')),
    username: z.nullable(z.string()),
    times: count(),
  })
  .register(z.globalRegistry, { id: 'TurnRefusal', description: 'What was refused to whom, and why.' });
export type TurnRefusal = z.infer<typeof TurnRefusal>;

const byReason = () => z.array(z.object({ reason: z.string(), count: count() }));

/** `GET /api/overview` of the admin port: all that the page shows. */
export const TurnOverview = z
  .object({
    version: z.string(),
    at: z.iso.datetime(),
    startedAt: z.iso.datetime(),
    realm: z.string(),
    driver: z.enum(['native', 'node']),
    isDraining: z.boolean(),
    listeners: z.array(z.object({ transport: z.enum(['udp', 'tcp', 'tls', 'dtls']), address: z.string(), port: z.int() })),
    sentBytes: amount(),
    receivedBytes: amount(),
    sentPackets: amount(),
    receivedPackets: amount(),
    droppedPackets: amount(),
    allocationsCreated: count(),
    resources: z.array(z.object({ name: z.string(), used: count(), limit: z.nullable(count()) })),
    refused: byReason(),
    dropped: byReason(),
    allocationCount: count(),
    allocations: z.array(TurnAllocation).check(z.describe('Those that relay most, at most 200.')),
    userCount: count(),
    users: z.array(TurnUser).check(z.describe('Those that relayed most this month, at most 200.')),
    refusals: z.array(TurnRefusal).check(z.describe('The latest first, at most 200.')),
  })
  .register(z.globalRegistry, { id: 'TurnOverview', description: 'What the relay does now.' });
export type TurnOverview = z.infer<typeof TurnOverview>;

/** `POST /api/reload`. */
export const TurnReload = z
  .object({
    needsRestart: z.array(z.string()).check(z.describe('What changed and cannot change without a restart: `listeners`.')),
  })
  .register(z.globalRegistry, { id: 'TurnReload', description: 'The configuration was read again; no allocation was dropped.' });
export type TurnReload = z.infer<typeof TurnReload>;

/** `POST /api/drain`. */
export const TurnDrain = z
  .strictObject({ draining: z.boolean() })
  .register(z.globalRegistry, { id: 'TurnDrain', description: 'Whether new allocations are refused, while old ones go on.' });
export type TurnDrain = z.infer<typeof TurnDrain>;
