import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { payload, TwoEnds } from './testing/two-ends.js';

const BINARY = 53;

describe.each([true, false])('partial reliability, interleaving %s', (interleaving) => {
  const config = { interleaving };
  const lossy = (loss: number, seed = 5): TwoEnds => {
    const ends = new TwoEnds({ a: config, b: config, link: { delayMs: 20 }, seed }).connected();
    ends.profile = { delayMs: 20, loss };
    return ends;
  };

  test('without retransmissions some are lost, the rest arrives in order, and nothing is left over', () => {
    const ends = lossy(0.2);
    for (let i = 0; i < 200; i++) ends.a.association.send(ends.now, 1, i, payload(1_000, i), { maxRetransmits: 0 });
    ends.run(20_000);
    const got = ends.b.messages.map(({ ppid }) => ppid);
    expect(got.length).toBeGreaterThan(100);
    expect(got.length).toBeLessThan(200);
    expect(got).toEqual([...got].sort((x, y) => x - y));
    expect(ends.a.association.snapshot()).toMatchObject({ unacknowledgedChunks: 0, abandonedMessages: 200 - got.length });
  });

  test('a long message that lost a fragment is given up whole, and those after it arrive', () => {
    const ends = lossy(0.05);
    for (let i = 0; i < 20; i++)
      ends.a.association.send(ends.now, 1, i, payload(40_000, i), { maxRetransmits: 0, unordered: i % 2 === 0 });
    ends.profile = { delayMs: 20 };
    ends.run(100);
    ends.a.association.send(ends.now, 1, 99, payload(10));
    ends.run(20_000);
    expect(ends.b.messages.at(-1)).toMatchObject({ ppid: 99 });
    for (const { ppid, bytes } of ends.b.messages) expect(bytes).toEqual(ppid === 99 ? payload(10) : payload(40_000, ppid));
    expect(ends.a.association.snapshot().unacknowledgedChunks).toBe(0);
  });

  test('a message whose time is over is not sent any more, begun or not', () => {
    const ends = lossy(1);
    for (let i = 0; i < 50; i++) ends.a.association.send(ends.now, 1, i, payload(20_000, i), { lifetimeMs: 300 });
    ends.run(1_000);
    ends.profile = { delayMs: 20 };
    ends.a.association.send(ends.now, 1, 99, payload(10));
    ends.run(20_000);
    expect(ends.b.messages.map(({ ppid }) => ppid)).toEqual([99]);
    expect(ends.a.association.bufferedAmount(1)).toBe(0);
    expect(ends.a.association.snapshot().unacknowledgedChunks).toBe(0);
  });

  test('whatever is lost, reliable messages among unreliable ones all arrive, in order', () => {
    const message = fc.record({
      length: fc.integer({ min: 1, max: 5_000 }),
      limit: fc.option(fc.nat(2)),
      lifetimeMs: fc.option(fc.nat(200)),
      unordered: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0, max: 0.4, noNaN: true }),
        fc.integer(),
        (messages, loss, seed) => {
          const ends = lossy(loss, seed);
          messages.forEach(({ length, limit, lifetimeMs, unordered }, i) => {
            const options = { maxRetransmits: limit ?? undefined, lifetimeMs: lifetimeMs ?? undefined, unordered };
            ends.a.association.send(ends.now, i % 2, 1_000 + i, payload(length, i), options);
          });
          ends.run(120_000);
          const got = ends.b.messages.map(({ ppid }) => ppid - 1_000);
          expect(new Set(got).size).toBe(got.length);
          messages.forEach(({ limit, lifetimeMs }, i) => {
            if (limit === null && lifetimeMs === null) expect(got).toContain(i);
          });
          for (const stream of [0, 1]) {
            const ordered = got.filter((i) => i % 2 === stream && !messages[i]!.unordered);
            expect(ordered).toEqual([...ordered].sort((x, y) => x - y));
          }
          for (const { ppid, bytes } of ends.b.messages)
            expect(Buffer.compare(bytes, payload(messages[ppid - 1_000]!.length, ppid - 1_000))).toBe(0);
          expect(ends.a.association.snapshot().unacknowledgedChunks).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('stream resets', () => {
  test('both sides start anew after all was sent, even over a bad link', () => {
    const ends = new TwoEnds({ link: { delayMs: 20, loss: 0.1, jitterMs: 10 } }).connected();
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 20; i++) ends.a.association.send(ends.now, 3, round * 20 + i, payload(3_000, i));
      ends.a.association.resetStreams(ends.now, [3]);
      expect(ends.a.association.send(ends.now, 3, BINARY, payload(1))).toBe('stream-resetting');
      const count = (type: string): number => ends.a.events.concat(ends.b.events).filter((event) => event.type === type).length;
      expect(
        ends.run(30_000, () => count('outbound-streams-reset') === round + 1 && count('inbound-streams-reset') === round + 1),
      ).toBe(true);
      expect(ends.b.messages.length).toBe(20 * (round + 1));
    }
    expect(ends.b.messages.map(({ ppid }) => ppid)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test('streams can be added, up to what the peer grants', () => {
    const ends = new TwoEnds({ a: { maxStreams: 10 }, b: { maxStreams: 20 }, link: { delayMs: 5 } }).connected();
    ends.a.association.addStreams(ends.now, 5);
    ends.run(1_000);
    expect(ends.a.events.at(-1)).toEqual({ type: 'streams-added', outboundStreams: 15, inboundStreams: 10 });
    expect(ends.b.events.at(-1)).toEqual({ type: 'streams-added', outboundStreams: 10, inboundStreams: 15 });
    ends.a.association.send(ends.now, 14, BINARY, payload(5));
    ends.a.association.addStreams(ends.now, 50);
    ends.run(1_000);
    expect(ends.b.messages.length).toBe(1);
    expect(ends.a.association.outboundStreams).toBe(15);
  });
});

describe('the path', () => {
  test('larger packets are found and used, up to what arrives', () => {
    const ends = new TwoEnds({ link: { delayMs: 10, mtuBytes: 1_400 } }).connected();
    for (let i = 0; i < 40; i++) ends.a.association.send(ends.now, 1, BINARY, payload(65_536));
    ends.run(10_000);
    expect(ends.b.messages.length).toBe(40);
    expect(ends.a.association.snapshot().packetBytes).toBe(1_372);
  });

  test('after a blackout of two seconds data flows within half a second', () => {
    const ends = new TwoEnds({ link: { delayMs: 25, rateBps: 50e6 } }).connected();
    const at: number[] = [];
    ends.b.onMessage = (message) => at.push(message.at);
    const fill = (): boolean => {
      while (ends.a.association.totalBufferedAmount < 1e6) ends.a.association.send(ends.now, 1, BINARY, payload(16_384));
      ends.a.association.drain(ends.a);
      return false;
    };
    ends.run(2_000, fill);
    ends.profile = { loss: 1 };
    ends.run(2_000, fill);
    ends.profile = { delayMs: 25, rateBps: 50e6 };
    const backAt = ends.now;
    ends.run(3_000, fill);
    expect(at.find((time) => time >= backAt)! - backAt).toBeLessThan(600);
    const lastSecond = at.filter((time) => time > ends.now - 1_000).length * 16_384 * 8;
    expect(lastSecond).toBeGreaterThan(40e6);
  });

  test('a peer that vanishes is noticed, with data in flight or without', () => {
    const busy = new TwoEnds({ link: { delayMs: 10 } }).connected();
    busy.profile = { loss: 1 };
    busy.run(3_600_000);
    expect(busy.a.events.at(-1)).toMatchObject({ type: 'closed', reason: 'unreachable' });
    const idle = new TwoEnds({ link: { delayMs: 10 } }).connected();
    idle.run(3_600_000);
    expect(idle.a.association.stateName).toBe('established');
    idle.a.association.send(idle.now, 0, BINARY, payload(10));
    idle.profile = { loss: 1 };
    idle.run(20_000);
    expect(idle.a.association.stateName).toBe('established');
    idle.run(200_000);
    expect(idle.a.events.at(-1)).toMatchObject({ type: 'closed', reason: 'unreachable' });
  });

  test('a small message overtakes long ones that flow on another stream', () => {
    const ends = new TwoEnds({ link: { delayMs: 25, rateBps: 100e6, queueMs: 50 } }).connected();
    const pings: number[] = [];
    ends.b.onMessage = ({ streamId, ppid, at }) => {
      if (streamId === 2) pings.push(at - ppid);
    };
    let nextPing = 1_000;
    ends.run(4_000, () => {
      while (ends.a.association.bufferedAmount(1) < 4e6) ends.a.association.send(ends.now, 1, BINARY, payload(262_144));
      if (ends.now >= nextPing) {
        ends.a.association.send(ends.now, 2, Math.round(ends.now), payload(64));
        nextPing += 100;
      }
      ends.a.association.drain(ends.a);
      return false;
    });
    pings.sort((x, y) => x - y);
    expect(pings[pings.length >> 1]).toBeLessThan(85);
  });
});
