import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SctpConfig, SendOptions } from './index.js';
import { type LinkProfile, payload, TwoEnds } from './testing/two-ends.js';

const BINARY = 53;

/** Sends `totalBytes` in messages of `messageBytes`, as fast as the association takes them; returns what happened. */
function transfer(link: LinkProfile, totalBytes: number, seed: number, options: { config?: SctpConfig; forMs?: number } = {}) {
  const messageBytes = 65_536;
  const ends = new TwoEnds({ a: options.config ?? {}, b: options.config ?? {}, link, seed }).connected();
  const count = Math.ceil(totalBytes / messageBytes);
  const startedAt = ends.now;
  let sent = 0;
  let received = 0;
  let lastAt = startedAt;
  let longestStallMs = 0;
  let isExact = true;
  ends.b.onMessage = ({ bytes, at }) => {
    const expected = payload(messageBytes, received);
    isExact &&= Buffer.compare(bytes, expected) === 0;
    received += 1;
    longestStallMs = Math.max(longestStallMs, at - lastAt);
    lastAt = at;
  };
  const fill = (): void => {
    while (sent < count && ends.a.association.totalBufferedAmount < 4_000_000)
      ends.a.association.send(ends.now, 1, BINARY, payload(messageBytes, sent++));
  };
  ends.run(options.forMs ?? 600_000, () => {
    fill();
    ends.a.association.drain(ends.a);
    return received === count;
  });
  const ms = lastAt - startedAt;
  return { ends, received, isExact, count, ms, longestStallMs, mbps: (received * messageBytes * 8) / 1_000 / ms };
}

describe('R-04: 10 MB at 50 ms round trip', () => {
  test.each([
    [0, 50],
    [0.01, 10],
    [0.05, 3],
    [0.1, 1],
  ])('at loss %d: byte-exact, at least %d Mbit/s', (loss, atLeast) => {
    const result = transfer({ delayMs: 25, loss, rateBps: 500e6 }, 10e6, 7);
    expect(result.isExact).toBe(true);
    expect(result.received).toBe(result.count);
    expect(result.mbps).toBeGreaterThanOrEqual(atLeast);
  });

  test('at loss 0.3: completes, with no stall above 10 s', () => {
    const result = transfer({ delayMs: 25, loss: 0.3, rateBps: 500e6 }, 10e6, 7);
    expect(result).toMatchObject({ isExact: true, received: result.count });
    expect(result.longestStallMs).toBeLessThan(10_000);
  });
});

describe('throughput at 100 ms round trip on 500 Mbit/s, from the third second on', () => {
  test.each([
    [0, 450],
    [0.001, 300],
    [0.01, 100],
  ])(
    'at loss %d: at least %d Mbit/s',
    (loss, atLeast) => {
      const ends = new TwoEnds({ link: { delayMs: 50, loss, rateBps: 500e6 }, seed: 3 }).connected();
      const message = payload(65_536);
      let received = 0;
      ends.b.onMessage = ({ at, bytes }) => {
        if (at >= 2_000) received += bytes.length;
      };
      ends.run(6_000 - ends.now, () => {
        while (ends.a.association.totalBufferedAmount < 4_000_000) ends.a.association.send(ends.now, 1, BINARY, message);
        ends.a.association.drain(ends.a);
        return false;
      });
      expect((received * 8) / 1_000 / 4_000).toBeGreaterThanOrEqual(atLeast);
    },
    60_000,
  );
});

test('whatever the link loses, repeats and reorders, every stream gets all its messages in order', () => {
  const link = fc.record({
    delayMs: fc.nat(100),
    jitterMs: fc.nat(60),
    loss: fc.double({ min: 0, max: 0.3, noNaN: true }),
    duplicate: fc.double({ min: 0, max: 0.3, noNaN: true }),
  });
  const message = fc.record({
    stream: fc.nat(3),
    length: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 15_000 })),
    unordered: fc.boolean(),
  });
  const tsn = fc.oneof(
    fc.constant(undefined),
    fc.integer({ min: 0xffff_fff0, max: 0xffff_ffff }),
    fc.integer({ min: 0x7fff_fff0, max: 0x8000_0005 }),
  );
  fc.assert(
    fc.property(
      link,
      fc.array(message, { minLength: 1, maxLength: 40 }),
      fc.integer(),
      fc.boolean(),
      fc.boolean(),
      fc.tuple(tsn, fc.constantFrom(20_000, 65_536, 1_048_576)),
      (profile, messages, seed, interleaving, zeroChecksum, [initialTsn, windowBytes]) => {
        const config: SctpConfig = {
          interleaving,
          zeroChecksum,
          receiveWindowBytes: windowBytes,
          maxReceiveWindowBytes: windowBytes,
          ...(initialTsn === undefined ? {} : { initialTsn }),
        };
        const ends = new TwoEnds({ a: config, b: config, link: profile, seed }).connected();
        messages.forEach(({ stream, length, unordered }, i) => {
          const options: SendOptions = { unordered };
          for (const end of [ends.a, ends.b])
            expect(end.association.send(ends.now, stream, 1_000 + i, payload(length, i), options)).toBe('queued');
        });
        const isDone = ends.run(
          300_000,
          () => ends.a.messages.length >= messages.length && ends.b.messages.length >= messages.length,
        );
        expect(isDone).toBe(true);
        const isAcknowledged = (end: typeof ends.a): boolean => end.association.snapshot().unacknowledgedChunks === 0;
        ends.run(300_000, () => isAcknowledged(ends.a) && isAcknowledged(ends.b)); // where most of the SACKs are lost, that takes a while
        ends.run(5_000); // and nothing comes twice
        for (const end of [ends.a, ends.b]) {
          expect(end.messages.length).toBe(messages.length);
          for (const { ppid, bytes, streamId } of end.messages) {
            const sent = messages[ppid - 1_000]!;
            expect(streamId).toBe(sent.stream);
            expect(Buffer.compare(bytes, payload(sent.length, ppid - 1_000))).toBe(0);
          }
          for (let stream = 0; stream <= 3; stream++) {
            const ordered = end.messages.filter(
              ({ ppid, streamId }) => streamId === stream && !messages[ppid - 1_000]!.unordered,
            );
            const ppids = ordered.map(({ ppid }) => ppid);
            expect(ppids).toEqual([...ppids].sort((x, y) => x - y));
          }
          expect(end.association.totalBufferedAmount).toBe(0);
          expect(end.association.snapshot().unacknowledgedChunks).toBe(0);
        }
      },
    ),
    { numRuns: 100 },
  );
});
