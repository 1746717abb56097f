import * as z from 'zod/mini';
import { ConnectionId, StreamId } from './names.js';

const amount = () => z.number().check(z.minimum(0));

/** What keeps a subscription from the best layer there is. */
export const LimitingFactor = z
  .enum(['nothing', 'network', 'tile', 'hidden', 'publisher', 'codec', 'server', 'muted', 'unsubscribed', 'no-slot'])
  .register(z.globalRegistry, {
    id: 'LimitingFactor',
    description:
      "It gets the best there is (`nothing`); the receiver's network carries no more; the tile is no larger, or not visible (`hidden`); the publisher sends no better; the receiver's browser cannot decode it (`codec`); the server is out of a resource; it is muted or unsubscribed; the receiver has no section left for it (`no-slot`).",
  });
export type LimitingFactor = z.infer<typeof LimitingFactor>;

/** A layer as it is forwarded. */
export const ForwardedLayer = z
  .object({
    rid: z.nullable(z.string()).check(z.describe('Of a simulcast; null: there is one encoding only.')),
    spatial: z.int().check(z.minimum(0)),
    temporal: z.int().check(z.minimum(0)),
    width: z.int().check(z.minimum(0), z.describe('0: not known.')),
    height: z.int().check(z.minimum(0)),
    framesPerSecond: amount(),
    bitrateBps: amount(),
  })
  .register(z.globalRegistry, { id: 'ForwardedLayer', description: 'The layer that is forwarded.' });
export type ForwardedLayer = z.infer<typeof ForwardedLayer>;

export const WhyEntry = z
  .object({
    at: z.iso.datetime(),
    layer: z.string().check(z.describe('In words: `f 1280x720`; empty: nothing was forwarded.')),
    limitedBy: LimitingFactor,
    bitrateBps: amount(),
    estimateBps: amount(),
    lossFraction: amount().check(z.describe('Of the packets to this connection, 0 to 1.')),
  })
  .register(z.globalRegistry, { id: 'WhyEntry', description: 'How it was from this moment on.' });
export type WhyEntry = z.infer<typeof WhyEntry>;

/** Why a connection gets a track the way it does. */
export const SubscriptionWhy = z
  .object({
    connection: ConnectionId.check(z.describe('Who receives.')),
    stream: StreamId,
    publisher: ConnectionId.check(z.describe('Whose stream it is.')),
    track: z.enum(['audio', 'video']),
    layer: z.nullable(ForwardedLayer).check(z.describe('What is forwarded now; null: nothing.')),
    best: z
      .nullable(ForwardedLayer)
      .check(
        z.describe('What would be forwarded if the way to this connection carried everything; null: nothing is wanted, or sent.'),
      ),
    limitedBy: LimitingFactor,
    since: z.iso.datetime().check(z.describe('Since when it is this layer for this reason; ten minutes are remembered.')),
    tile: z.object({
      width: z.int(),
      height: z.int(),
      visible: z.boolean(),
      priority: z.int(),
    }),
    estimateBps: amount().check(z.describe('What the way to this connection carries, as the server estimates it.')),
    spentBps: amount().check(z.describe('What of it all its subscriptions take.')),
    rttMs: z.nullable(amount()),
    lossFraction: amount().check(z.describe('Of the packets to this connection, 0 to 1.')),
    history: z.array(WhyEntry).check(z.describe('The last ten minutes, the oldest first.')),
  })
  .register(z.globalRegistry, {
    id: 'SubscriptionWhy',
    description: 'Which layer of a track a connection gets, and what keeps it from a better one.',
  });
export type SubscriptionWhy = z.infer<typeof SubscriptionWhy>;
