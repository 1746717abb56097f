import { describe, expect, test } from 'vitest';
import { payload, TwoEnds } from './testing/two-ends.js';

const BINARY = 53;

describe('an association over a good link', () => {
  test('comes up when both sides begin at once, and tells what was agreed on', () => {
    const ends = new TwoEnds({ link: { delayMs: 10 } }).connected();
    for (const end of [ends.a, ends.b]) {
      expect(end.events).toEqual([
        {
          type: 'connected',
          outboundStreams: 1_024,
          inboundStreams: 1_024,
          features: { partialReliability: true, streamReset: true, interleaving: true, zeroChecksum: true },
        },
      ]);
    }
    expect(ends.now).toBeLessThanOrEqual(40);
  });

  test('comes up when one side begins, in two round trips, the first message on the second', () => {
    const ends = new TwoEnds({ link: { delayMs: 10 } });
    ends.a.association.send(0, 0, BINARY, payload(10));
    ends.connected('a');
    expect(ends.now).toBe(40);
    expect(ends.b.messages.map(({ at }) => at)).toEqual([30]);
  });

  test('who gives the other a head start says nothing of its own where that is used, and begins where it is not', () => {
    const used = new TwoEnds({ link: { delayMs: 2 } });
    used.b.association.connect(0, 10);
    used.connected('a');
    expect([used.a.transmitted, used.b.transmitted]).toEqual([2, 2]); // INIT, INIT ACK, COOKIE ECHO, COOKIE ACK
    used.run(1_000);
    expect(used.b.transmitted).toBe(2);
    const unused = new TwoEnds({ link: { delayMs: 2 } });
    unused.b.association.connect(0, 10);
    unused.run(1_000, () => unused.a.has('connected') && unused.b.has('connected'));
    expect(unused.now).toBe(18);
  });

  test.each([1, 3, 4, 1_152, 1_153, 1_156, 1_157, 5_000, 65_536, 262_144])('carries a message of %i bytes', (length) => {
    const ends = new TwoEnds({ link: { delayMs: 5 } }).connected();
    ends.a.association.send(ends.now, 7, BINARY, payload(length));
    ends.run(10_000, () => ends.b.messages.length > 0);
    const [message] = ends.b.messages;
    expect(message).toMatchObject({ streamId: 7, ppid: BINARY });
    expect(Buffer.compare(message!.bytes, payload(length))).toBe(0);
    expect(message!.bytes.buffer.byteLength).toBe(length);
  });

  test('delivers a thousand messages on five streams in the order of each', () => {
    const ends = new TwoEnds({ link: { delayMs: 5 } }).connected();
    for (let i = 0; i < 1_000; i++) ends.a.association.send(ends.now, i % 5, BINARY, payload(1 + ((i * 37) % 3_000), i));
    ends.run(30_000, () => ends.b.messages.length === 1_000);
    for (let stream = 0; stream < 5; stream++) {
      const got = ends.b.messages.filter(({ streamId }) => streamId === stream);
      got.forEach(({ bytes }, n) => {
        const i = n * 5 + stream;
        expect(Buffer.compare(bytes, payload(1 + ((i * 37) % 3_000), i))).toBe(0);
      });
      expect(got.length).toBe(200);
    }
    expect(ends.a.association.totalBufferedAmount).toBe(0);
  });

  test('shuts down gracefully: what was queued arrives, then both sides say so', () => {
    const ends = new TwoEnds({ link: { delayMs: 5 } }).connected();
    ends.a.association.send(ends.now, 1, BINARY, payload(100_000));
    ends.a.association.shutdown(ends.now);
    expect(ends.a.association.send(ends.now, 1, BINARY, payload(1))).toBe('closed');
    ends.run(10_000, () => ends.a.has('closed') && ends.b.has('closed'));
    expect(ends.b.messages.length).toBe(1);
    for (const end of [ends.a, ends.b])
      expect(end.events.at(-1)).toEqual({ type: 'closed', reason: 'shutdown', peerCause: undefined });
  });

  test('aborts at once, and the other side learns why', () => {
    const ends = new TwoEnds({ link: { delayMs: 5 } }).connected();
    ends.a.association.abort(ends.now);
    ends.run(100);
    expect(ends.a.events.at(-1)).toEqual({ type: 'closed', reason: 'aborted', peerCause: undefined });
    expect(ends.b.events.at(-1)).toEqual({ type: 'closed', reason: 'aborted-by-peer', peerCause: 12 });
    expect(ends.a.association.deadline).toBe(Infinity);
    expect(ends.b.association.deadline).toBe(Infinity);
  });
});
