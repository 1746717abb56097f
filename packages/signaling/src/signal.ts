import * as z from 'zod/mini';
import { StreamId } from './names.js';

const generation = () => z.int().check(z.minimum(1), z.maximum(1_000_000));

/** Which published stream travels in which media section of the description. */
export const MediaMapping = z
  .object({ mid: z.string().check(z.maxLength(32)), stream: StreamId, track: z.enum(['audio', 'video']) })
  .register(z.globalRegistry, { id: 'MediaMapping', description: 'Which track of which stream a media section carries.' });
export type MediaMapping = z.infer<typeof MediaMapping>;

/** A session description, offered or answered (JSEP, RFC 9429). */
export const DescriptionSignal = z
  .object({
    kind: z.literal('description'),
    generation: generation().check(
      z.describe("Counts the sender's RTCPeerConnection objects for this pair; signals of older ones are void."),
    ),
    answers: z.optional(generation().check(z.describe("The receiver's generation that this description answers to."))),
    description: z.object({
      type: z.enum(['offer', 'answer', 'pranswer', 'rollback']),
      sdp: z.string().check(z.maxLength(200_000)),
    }),
    media: z.optional(z.array(MediaMapping).check(z.maxLength(128))),
  })
  .register(z.globalRegistry, { id: 'DescriptionSignal', description: 'An offer or an answer.' });

/** A candidate as `RTCIceCandidateInit` has it; null: there are no more. */
export const SignalCandidate = z.nullable(
  z.object({
    candidate: z.string().check(z.maxLength(2_048)),
    sdpMid: z.nullable(z.string().check(z.maxLength(32))),
    sdpMLineIndex: z.nullable(z.int().check(z.minimum(0), z.maximum(1_000))),
    usernameFragment: z.nullable(z.string().check(z.maxLength(256))),
  }),
);

/** A trickled candidate (RFC 8838); `candidate: null` says that there are no more. */
export const CandidateSignal = z
  .object({ kind: z.literal('candidate'), generation: generation(), candidate: SignalCandidate })
  .register(z.globalRegistry, { id: 'CandidateSignal', description: 'A candidate, or null for the end of candidates.' });

/** Asks the other side to restart ICE: for the side that may not, or cannot, offer now. */
export const RestartSignal = z
  .object({ kind: z.literal('restart'), generation: generation() })
  .register(z.globalRegistry, { id: 'RestartSignal', description: 'Asks the other side for an ICE restart.' });

/** Says that the sender gave up its RTCPeerConnection of this pair and starts a new one. */
export const ResetSignal = z
  .object({ kind: z.literal('reset'), generation: generation() })
  .register(z.globalRegistry, { id: 'ResetSignal', description: 'The sender begins the pair anew, with this generation.' });

/** Says that the sender gave its RTCPeerConnection of this pair up, and starts no other. */
export const CloseSignal = z.object({ kind: z.literal('close'), generation: generation() }).register(z.globalRegistry, {
  id: 'CloseSignal',
  description: 'The sender needs the pair no more: media goes another way, and no file is on its way.',
});

/** What two peers tell each other to build and keep their RTCPeerConnection. */
export const Signal = z
  .discriminatedUnion('kind', [DescriptionSignal, CandidateSignal, RestartSignal, ResetSignal, CloseSignal])
  .register(z.globalRegistry, { id: 'Signal', description: 'What two peers negotiate; the server passes it on unread.' });
export type Signal = z.infer<typeof Signal>;
