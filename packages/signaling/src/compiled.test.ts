import fc from 'fast-check';
import { expect, test } from 'vitest';
import { validateClientMessage, validateClientMessageCompiled, validateEnvelope, validateEnvelopeCompiled } from './index.js';

const stream = { id: 'camera', kind: 'camera', hasAudio: true, hasVideo: true, muted: { audio: true, video: false } };
const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null };
const description = { type: 'offer', sdp: 'v=0' };
const media = [{ mid: '0', stream: 'camera', track: 'video' }];

/** One of each kind, with every field that it may have. */
const MESSAGES: readonly object[] = [
  { type: 'publish', ref: 1, stream: { ...stream, metadata: { a: [1, { b: null }] } } },
  { type: 'update-stream', ref: 1, stream: 'camera', hasAudio: false, hasVideo: true, muted: { audio: true }, metadata: {} },
  { type: 'unpublish', stream: 'camera' },
  { type: 'update-subscription', stream: 'camera', audio: true, video: false },
  { type: 'signal', to: 'bo', signal: { kind: 'description', generation: 1, answers: 2, description, media } },
  { type: 'signal', to: 'bo', signal: { kind: 'candidate', generation: 1, candidate } },
  { type: 'signal', to: 'bo', signal: { kind: 'candidate', generation: 1, candidate: null } },
  { type: 'signal', to: 'bo', signal: { kind: 'restart', generation: 1 } },
  { type: 'message', ref: 9, to: ['bo', 'cy'], messageType: 'chat', data: { text: 'hello', nested: [[[]]] } },
  { type: 'update-connection', presence: { hand: true } },
  { type: 'request-mute', stream: 'camera', audio: true },
  { type: 'disconnect', connection: 'bo' },
  { type: 'get-ice-servers', ref: 2 },
  { type: 'leave' },
];

/** Every place in `value`, as the keys that lead there. */
function* placesIn(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) yield* placesIn(child, [...path, key]);
}

/** A copy of `value` with something else at `path`; undefined takes it away. */
function replaced(value: unknown, [key, ...rest]: readonly string[], other: unknown): unknown {
  if (key === undefined) return other;
  const copy = structuredClone(value) as Record<string, unknown>;
  if (rest.length === 0 && other === undefined) delete copy[key];
  else copy[key] = replaced(copy[key], rest, other);
  return copy;
}

test('each kind of message is admitted, without the fields that nobody knows', () => {
  for (const message of MESSAGES)
    expect(validateClientMessageCompiled({ ...message, unheardOf: 1 })).toEqual({ ok: true, value: message });
});

test('whatever is wrong, and wherever, compiled checks say what the schema says (S-85)', () => {
  const edits = MESSAGES.flatMap((message) => [...placesIn(message)].map((path) => ({ message, path })));
  fc.assert(
    fc.property(fc.constantFrom(...edits), fc.option(fc.jsonValue(), { nil: undefined }), ({ message, path }, other) => {
      const edited = replaced(message, path, other);
      expect(validateClientMessageCompiled(edited)).toEqual(validateClientMessage(edited));
    }),
    { numRuns: 1_000 },
  );
});

test('the envelope too', () => {
  const envelope = {
    seq: fc.option(fc.double(), { nil: undefined }),
    ack: fc.oneof(fc.nat(), fc.jsonValue()),
    message: fc.jsonValue(),
  };
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record(envelope)), (input) => {
      expect(validateEnvelopeCompiled(input)).toEqual(validateEnvelope(input));
    }),
  );
});
