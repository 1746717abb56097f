import * as z from 'zod/mini';
import { ConnectionId, StreamId } from './names.js';
import { MediaMapping, SignalCandidate } from './signal.js';

const generation = () => z.int().check(z.minimum(1), z.maximum(1_000_000));
const mid = () => z.string().check(z.minLength(1), z.maxLength(32));
const pixels = () => z.int().check(z.minimum(0), z.maximum(16_384));

/** Which way media takes now. */
export const MediaWay = z.enum(['p2p', 'sfu']).register(z.globalRegistry, {
  id: 'MediaWay',
  description: 'From browser to browser (`p2p`), or forwarded by the server (`sfu`).',
});
export type MediaWay = z.infer<typeof MediaWay>;

/** How the media of a session travels now. In a session of mode `auto` it changes; `epoch` counts the changes. */
export const MediaState = z
  .object({
    way: MediaWay,
    epoch: z.int().check(z.minimum(0)),
    stage: z
      .enum(['settled', 'moving'])
      .check(
        z.describe('`moving`: the new way is being made while the old one still carries; `settled`: the old one is given up.'),
      ),
  })
  .register(z.globalRegistry, { id: 'MediaState', description: 'Which way the media of the session takes.' });
export type MediaState = z.infer<typeof MediaState>;

/** The client's offer. Only clients offer; the server answers, one offer at a time. */
export const MediaOffer = z
  .object({
    kind: z.literal('offer'),
    generation: generation().check(z.describe("Counts the client's RTCPeerConnection objects to the server, from 1.")),
    offer: generation().check(z.describe('Counts the offers of this generation, from 1: the answer repeats it.')),
    sdp: z.string().check(z.maxLength(200_000)),
    media: z
      .array(MediaMapping)
      .check(
        z.maxLength(128),
        z.describe('Which published track each sending section carries. Sections that only receive are slots.'),
      ),
  })
  .register(z.globalRegistry, { id: 'MediaOffer', description: 'The offer of a client to the server.' });
export type MediaOffer = z.infer<typeof MediaOffer>;

export const MediaCandidate = z
  .object({ kind: z.literal('candidate'), generation: generation(), candidate: SignalCandidate })
  .register(z.globalRegistry, {
    id: 'MediaCandidate',
    description: "A candidate of the client (RFC 8838), or null for their end. The server's are all in its answer.",
  });

export const MediaClose = z
  .object({ kind: z.literal('close'), generation: generation() })
  .register(z.globalRegistry, { id: 'MediaClose', description: 'The client gave its RTCPeerConnection to the server up.' });

/** What a client tells the media server. */
export const ClientMediaSignal = z
  .discriminatedUnion('kind', [MediaOffer, MediaCandidate, MediaClose])
  .register(z.globalRegistry, {
    id: 'ClientMediaSignal',
    description: 'What a client negotiates with the media server.',
  });
export type ClientMediaSignal = z.infer<typeof ClientMediaSignal>;

export const MediaAnswer = z
  .object({
    kind: z.literal('answer'),
    generation: generation(),
    offer: generation(),
    sdp: z.string().check(z.maxLength(200_000)),
  })
  .register(z.globalRegistry, { id: 'MediaAnswer', description: 'The answer to the offer with this number.' });

export const MediaRestart = z.object({ kind: z.literal('restart'), generation: generation() }).register(z.globalRegistry, {
  id: 'MediaRestart',
  description: 'Asks the client to restart ICE: it offers with new credentials.',
});

export const MediaReset = z
  .object({ kind: z.literal('reset'), generation: z.int().check(z.minimum(0)) })
  .register(z.globalRegistry, {
    id: 'MediaReset',
    description: 'The transport of this generation and of all before it is gone; 0: whichever it was. The client begins anew.',
  });

export const MediaRefused = z
  .object({
    kind: z.literal('refused'),
    generation: generation(),
    code: z.string(),
    detail: z.string(),
    retryAfterMs: z.optional(z.int().check(z.minimum(0), z.describe('When an offer is worth making again; absent: it is not.'))),
  })
  .register(z.globalRegistry, { id: 'MediaRefused', description: 'The media server does not take this client, or this offer.' });
export type MediaRefused = z.infer<typeof MediaRefused>;

/** What the media server tells a client. */
export const ServerMediaSignal = z
  .discriminatedUnion('kind', [MediaAnswer, MediaRestart, MediaReset, MediaRefused])
  .register(z.globalRegistry, { id: 'ServerMediaSignal', description: 'What the media server negotiates with a client.' });
export type ServerMediaSignal = z.infer<typeof ServerMediaSignal>;

/** How a client shows a stream. */
export const Tile = z
  .object({
    stream: StreamId,
    width: pixels().check(z.describe('In device pixels; 0: as large as it comes.')),
    height: pixels(),
    visible: z.boolean().check(z.describe('A stream that is not visible costs nothing: its picture does not come.')),
    priority: z
      .int()
      .check(z.minimum(0), z.maximum(2), z.describe('0: a thumbnail; 1: ordinary; 2: pinned, or a shared screen.')),
  })
  .register(z.globalRegistry, { id: 'Tile', description: 'How large and how important a stream is on the screen of a client.' });
export type Tile = z.infer<typeof Tile>;

/** What a receiving section carries. */
export const SlotSource = z
  .object({ connection: ConnectionId, stream: StreamId, track: z.enum(['audio', 'video']) })
  .register(z.globalRegistry, { id: 'SlotSource', description: 'A published track.' });
export type SlotSource = z.infer<typeof SlotSource>;

export const Slot = z
  .object({ mid: mid(), source: z.nullable(SlotSource).check(z.describe('null: nothing.')) })
  .register(z.globalRegistry, { id: 'Slot', description: 'What a section in which the client receives carries from now on.' });
export type Slot = z.infer<typeof Slot>;

/** One layer of a simulcast, as far as its publisher is concerned. */
export const LayerWish = z
  .object({ rid: z.string().check(z.maxLength(16)), active: z.boolean() })
  .register(z.globalRegistry, { id: 'LayerWish', description: 'Whether anybody can use this layer of a simulcast (RFC 8853).' });
export type LayerWish = z.infer<typeof LayerWish>;
