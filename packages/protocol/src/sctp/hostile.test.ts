import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkType } from './chunk-types.js';
import { SctpAssociation, type SctpConfig } from './index.js';
import { chunk, impersonate, packet, parameter, u16, u32 } from './testing/craft.js';
import { payload, TwoEnds, testContext } from './testing/two-ends.js';

const DATA = { config: { interleaving: false } satisfies SctpConfig, flags: { whole: 3, begin: 2, middle: 0, end: 1 } };

/** A DATA chunk. */
function data(tsn: number, flags: number, streamId: number, streamSequence: number, bytes: readonly number[]): number[] {
  return chunk(ChunkType.data, flags, [...u32(tsn), ...u16(streamId, streamSequence), ...u32(53), ...bytes]);
}

function withoutInterleaving(config: SctpConfig = {}): TwoEnds {
  return new TwoEnds({ a: DATA.config, b: { ...DATA.config, ...config }, link: { delayMs: 1 } });
}

/** A core that answers INITs, and what it answers. */
function listener(config: SctpConfig = {}): { association: SctpAssociation; tell: (bytes: Uint8Array) => Uint8Array[] } {
  const association = new SctpAssociation(config, testContext(1));
  const tell = (bytes: Uint8Array): Uint8Array[] => {
    const answers: Uint8Array[] = [];
    association.receive(0, bytes);
    association.drain({ transmit: (sent) => answers.push(sent.slice()), event() {}, message() {} });
    return answers;
  };
  return { association, tell };
}

const init = (parameters: readonly number[] = [], streams: readonly [number, number] = [10, 10], tag = 7, window = 100_000) =>
  chunk(ChunkType.init, 0, [...u32(tag, window), ...u16(...streams), ...u32(1), ...parameters]);

const typesOf = (packets: readonly Uint8Array[]): number[] => packets.map((bytes) => bytes[12]!);

describe('S-61: INIT and its parameters', () => {
  test.each([0, 1, 2, 3])('a parameter of length %i is refused', (length) => {
    expect(listener().tell(packet(0, init([...u16(0x8008, length), 0, 0, 0, 0])))).toEqual([]);
  });

  test('a parameter past the end of the chunk is refused', () => {
    expect(listener().tell(packet(0, init(parameter(0x8008, [130], 60_000))))).toEqual([]);
  });

  test('unknown parameters are skipped, reported or end the reading, as their two high bits say', () => {
    for (const [type, isReported, isFollowed] of [
      [0x3fff, false, false],
      [0x7fff, true, false],
      [0xbfff, false, true],
      [0xffff, true, true],
    ] as const) {
      const [answer] = listener().tell(packet(0, init([...parameter(type, [1, 2, 3, 4]), ...parameter(0xfffe, [5])])));
      const text = Buffer.from(answer!).toString('hex');
      expect(answer![12]).toBe(ChunkType.initAck);
      expect(text.includes(`0008000c${type.toString(16)}`)).toBe(isReported);
      expect(text.includes('fffe')).toBe(isFollowed);
    }
  });

  test('no streams or a tag of zero are answered with ABORT', () => {
    expect(typesOf(listener().tell(packet(0, init([], [0, 10]))))).toEqual([ChunkType.abort]);
    expect(typesOf(listener().tell(packet(0, init([], [10, 0]))))).toEqual([ChunkType.abort]);
    expect(typesOf(listener().tell(packet(0, init([], [10, 10], 0))))).toEqual([ChunkType.abort]);
  });

  test('a tiny window is taken as it is', () => {
    expect(typesOf(listener().tell(packet(0, init([], [1, 1], 7, 10))))).toEqual([ChunkType.initAck]);
  });

  test('an INIT that is bundled, before or after, is ignored', () => {
    const cookie = chunk(ChunkType.cookieAck, 0, []);
    expect(listener().tell(packet(0, init(), cookie))).toEqual([]);
    expect(listener().tell(packet(0, cookie, init()))).toEqual([]);
  });

  test('a thousand INITs leave nothing behind', () => {
    const { association, tell } = listener();
    for (let i = 0; i < 1_000; i++)
      for (const answer of tell(packet(0, init([], [10, 10], i + 1)))) expect(answer.length).toBeLessThan(200);
    expect(association.stateName).toBe('closed');
    expect(association.deadline).toBe(Infinity);
  });
});

describe('S-62: nothing inside shows outside', () => {
  test('tags, TSNs and cookies differ from association to association, and no tag is zero', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 50; seed++) {
      const association = new SctpAssociation({}, testContext(seed));
      association.connect(0);
      association.drain({
        transmit: (bytes) => {
          const text = Buffer.from(bytes).toString('hex');
          expect(text.slice(32, 40)).not.toBe('00000000');
          seen.add(text.slice(32, 40)).add(text.slice(56, 64));
        },
        event() {},
        message() {},
      });
    }
    expect(seen.size).toBe(100);
  });
});

describe('S-63: cookies', () => {
  const exchange = (now: number, change: (bytes: Uint8Array) => void) => {
    const { association, tell } = listener();
    const [answer] = tell(packet(0, init()));
    const tag = Buffer.from(answer!).readUInt32BE(16);
    const at = Buffer.from(answer!).indexOf(Buffer.from('0007', 'hex'), 32);
    const cookie = answer!.slice(at + 4, at + Buffer.from(answer!).readUInt16BE(at + 2));
    change(cookie);
    const answers: Uint8Array[] = [];
    association.receive(now, packet(tag, chunk(ChunkType.cookieEcho, 0, [...cookie])));
    association.drain({ transmit: (sent) => answers.push(sent.slice()), event() {}, message() {} });
    return { association, types: typesOf(answers) };
  };

  test('one that is ours is taken', () => {
    expect(exchange(1, () => {}).association.stateName).toBe('established');
  });

  test('one with any bit altered is ignored', () => {
    for (let i = 0; i < 60; i++) {
      const { association, types } = exchange(1, (cookie) => {
        cookie[i]! ^= 1;
      });
      expect([association.stateName, types]).toEqual(['closed', []]);
    }
  });

  test('one older than a minute is refused', () => {
    const { association, types } = exchange(60_001, () => {});
    expect([association.stateName, types]).toEqual(['closed', [ChunkType.error]]);
  });

  test('replayed in an association that is up, it changes nothing', () => {
    const ends = new TwoEnds({ link: { delayMs: 1 } });
    let echo: Uint8Array | undefined;
    ends.filter = (bytes) => {
      if (bytes[12] === ChunkType.cookieEcho) echo ??= bytes.slice();
      return true;
    };
    ends.connected('a');
    ends.a.association.send(ends.now, 1, 53, payload(10));
    ends.run(100);
    ends.b.association.receive(ends.now, echo!);
    ends.a.association.send(ends.now, 1, 53, payload(10));
    ends.run(100);
    expect(ends.b.messages.length).toBe(2);
    expect(ends.b.events.length).toBe(1);
  });
});

describe('S-64: a window full of holes', () => {
  test('what is too far ahead is not held, and the window told is what is left', () => {
    const ends = withoutInterleaving();
    const a = impersonate(ends);
    for (const ahead of [40_001, 65_536, 2 ** 30, 2 ** 31 - 1]) a.inject(data((a.tsn + ahead) >>> 0, 3, 0, 1, [1]));
    const [sack] = a.inject(data(a.tsn + 2, 3, 0, 2, new Array<number>(1_000).fill(1)));
    expect(Buffer.from(sack!).readUInt16BE(24)).toBe(1); // one gap block
    expect(Buffer.from(sack!).readUInt32BE(20)).toBeLessThanOrEqual(1_048_576 - 1_000);
  });

  test('a hundred thousand one-byte chunks out of order stay in the budget, with a SACK for two packets at most', () => {
    const ends = withoutInterleaving({ receiveWindowBytes: 1_048_576 });
    const a = impersonate(ends);
    let sacks = 0;
    let window = Infinity;
    const bytes = packet(a.tag, data(0, 3, 0, 0, [1]));
    bytes.fill(0, 8, 12); // zero checksum, as agreed on
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < 100_000; i++) {
      view.setUint32(16, (a.tsn + 2 + i * 2) >>> 0);
      view.setUint32(20, ((i & 1_023) << 16) | (1 + (i >> 10)));
      for (const answer of a.injectRaw(bytes)) {
        sacks += 1;
        window = Buffer.from(answer).readUInt32BE(20);
      }
    }
    expect(sacks).toBeLessThanOrEqual(50_001);
    expect(window).toBeLessThan(100);
    expect(ends.b.association.stats.drops.get('sctp/data/no-room')).toBeGreaterThan(80_000);
  });
});

describe('S-65: messages without end', () => {
  test('fragments without an end are dropped beyond the limit, and the owner is told once', () => {
    const ends = withoutInterleaving({ maxMessageBytes: 10_000 });
    const a = impersonate(ends);
    const bytes = new Array<number>(1_000).fill(1);
    for (let i = 0; i < 300; i++) a.inject(data((a.tsn + i) >>> 0, i === 0 ? 2 : 0, 5, 0, bytes));
    expect(ends.b.events.filter(({ type }) => type === 'message-refused')).toEqual([
      { type: 'message-refused', streamId: 5, reason: 'too-large' },
    ]);
    expect(ends.b.association.stateName).toBe('established');
    expect(ends.b.messages).toEqual([]);
  });

  test('open messages on all streams together stay in the budget', () => {
    const ends = new TwoEnds({ link: { delayMs: 1 } });
    const a = impersonate(ends);
    const bytes = new Array<number>(1_100).fill(1);
    let window = Infinity;
    for (let i = 0; i < 2_500; i++) {
      const iData = chunk(ChunkType.iData, i < 1_024 ? 2 : 0, [
        ...u32((a.tsn + i) >>> 0),
        ...u16(i % 1_024, 0),
        ...u32(0, i >> 10),
        ...bytes,
      ]);
      for (const answer of a.inject(iData)) if (answer[12] === ChunkType.sack) window = Buffer.from(answer).readUInt32BE(20);
    }
    expect(ends.b.association.stats.drops.get('sctp/data/no-room')).toBeGreaterThan(1_000);
    expect(window).toBeLessThan(2_000);
  });

  test.each([
    ['another stream sequence', (tsn: number) => data(tsn, 1, 5, 1, [1])],
    ['another stream', (tsn: number) => data(tsn, 1, 6, 0, [1])],
    ['the U bit', (tsn: number) => data(tsn, 5, 5, 0, [1])],
  ])('a fragment with %s ends the association', (_name, second) => {
    const ends = withoutInterleaving();
    const a = impersonate(ends);
    a.inject(data(a.tsn, 2, 5, 0, [1]));
    expect(typesOf(a.inject(second(a.tsn + 1)))).toContain(ChunkType.abort);
    expect(ends.b.events.at(-1)).toMatchObject({ type: 'closed', reason: 'protocol-violation' });
  });

  test('DATA where I-DATA was agreed on, and the reverse, ends the association', () => {
    const interleaved = new TwoEnds({ link: { delayMs: 1 } });
    const a = impersonate(interleaved);
    a.inject(data(a.tsn, 3, 0, 0, [1]));
    expect(interleaved.b.events.at(-1)).toMatchObject({ reason: 'protocol-violation' });
    const plain = withoutInterleaving();
    const b = impersonate(plain);
    b.inject(chunk(ChunkType.iData, 3, [...u32(b.tsn), ...u16(0, 0), ...u32(0, 53), 1]));
    expect(plain.b.events.at(-1)).toMatchObject({ reason: 'protocol-violation' });
  });

  test('no user data ends the association; an unknown stream does not', () => {
    const ends = withoutInterleaving();
    const a = impersonate(ends);
    expect(typesOf(a.inject(data(a.tsn, 3, 60_000, 0, [1])))).toContain(ChunkType.error);
    expect(ends.b.association.stateName).toBe('established');
    a.inject(data(a.tsn + 1, 3, 0, 0, []));
    expect(ends.b.events.at(-1)).toMatchObject({ reason: 'protocol-violation' });
  });
});

describe('S-66: FORWARD-TSN and RE-CONFIG', () => {
  const forward = (tsn: number, ...streams: number[]) => chunk(ChunkType.forwardTsn, 0, [...u32(tsn), ...u16(...streams)]);

  test('far ahead, backwards and unknown streams are ignored', () => {
    const ends = withoutInterleaving();
    const a = impersonate(ends);
    a.inject(forward((a.tsn + 50_000) >>> 0, 1, 1));
    a.inject(forward((a.tsn - 100) >>> 0, 1, 1));
    a.inject(forward((a.tsn + 2 ** 31) >>> 0, 1, 1));
    a.inject(forward(a.tsn, 65_535, 7));
    a.inject(data(a.tsn + 1, 3, 1, 0, [1]));
    expect(ends.b.messages.length).toBe(1);
    expect(ends.b.association.stats.drops.get('sctp/forward-tsn/too-far-ahead')).toBeGreaterThan(0);
  });

  test('requests out of sequence, of unknown streams and in masses are refused, one answer each at most', () => {
    const ends = withoutInterleaving();
    const a = impersonate(ends);
    const reset = (sequence: number, ...streams: number[]) =>
      chunk(ChunkType.reConfig, 0, parameter(13, [...u32(sequence, 0, a.tsn - 1), ...u16(...streams)]));
    const resultOf = (answers: Uint8Array[]) => Buffer.from(answers[0]!).readUInt32BE(answers[0]!.length - 4);
    expect(resultOf(a.inject(reset((a.tsn + 5) >>> 0, 1)))).toBe(5);
    expect(resultOf(a.inject(reset(a.tsn, 60_000)))).toBe(2);
    expect(resultOf(a.inject(reset((a.tsn + 1) >>> 0, 1)))).toBe(1);
    let answers = 0;
    for (let i = 0; i < 2_000; i++) answers += a.inject(reset((a.tsn + 1) >>> 0, 1)).length;
    expect(answers).toBeLessThanOrEqual(2_000);
    expect(ends.b.events.filter(({ type }) => type === 'inbound-streams-reset').length).toBe(1);
  });
});

describe('S-67: lies in SACKs', () => {
  const sack = (cumulative: number, window: number, gaps: number[] = [], duplicates: number[] = []) =>
    chunk(ChunkType.sack, 0, [
      ...u32(cumulative, window),
      ...u16(gaps.length / 2, duplicates.length),
      ...u16(...gaps),
      ...u32(...duplicates),
    ]);

  function sending(): { ends: TwoEnds; a: ReturnType<typeof impersonate>; first: number } {
    const ends = new TwoEnds({ link: { delayMs: 1 } });
    const a = impersonate(ends);
    for (let i = 0; i < 20; i++) ends.b.association.send(ends.now, 0, 53, payload(1_000));
    const [first] = a.injectRaw(new Uint8Array(0));
    return { ends, a, first: Buffer.from(first!).readUInt32BE(16) };
  }

  test('acknowledging what was never sent changes nothing', () => {
    const { ends, a, first } = sending();
    const before = ends.b.association.snapshot();
    for (const lie of [
      sack((first + 1_000) >>> 0, 1e6),
      sack((first - 1_000) >>> 0, 1e6),
      sack((first - 1) >>> 0, 1e6, [500, 60_000]),
      sack((first - 1) >>> 0, 1e6, [0, 0, 5, 2]),
    ])
      a.inject(lie);
    const after = ends.b.association.snapshot();
    expect(after.unacknowledgedChunks).toBe(before.unacknowledgedChunks);
    expect(after.congestionWindowBytes).toBe(before.congestionWindowBytes);
  });

  test('the window grows for what was in flight only, however often it is acknowledged', () => {
    const { ends, a, first } = sending();
    const before = ends.b.association.snapshot().congestionWindowBytes;
    const inFlight = ends.b.association.snapshot().unacknowledgedChunks;
    for (let i = 0; i < 100; i++) a.inject(sack((first - 1) >>> 0, 1e6, [2, inFlight], new Array<number>(200).fill(first)));
    expect(ends.b.association.snapshot().congestionWindowBytes).toBeLessThanOrEqual(before + inFlight * 1_100);
  });

  test('a window that stays shut is probed less and less, and ends the association', () => {
    const { ends, a, first } = sending();
    let probes = 0;
    ends.filter = (_bytes, from) => {
      if (from === ends.b) {
        probes += 1;
        ends.b.association.receive(ends.now, packet(a.tag, sack((first - 1) >>> 0, 0)));
      }
      return false;
    };
    ends.run(600_000, () => ends.b.has('closed'));
    expect(ends.b.events.at(-1)).toMatchObject({ type: 'closed', reason: 'unreachable' });
    expect(probes).toBeLessThan(150);
  });
});

describe('S-70: tags', () => {
  test('chunks of every type with tag 0, the peer’s own or a random one are ignored', () => {
    const ends = new TwoEnds({ link: { delayMs: 1 } });
    const a = impersonate(ends);
    for (const tag of [0, a.peerTag, 0x1234_5678])
      for (let type = 0; type < 256; type++) {
        if (type === ChunkType.init && tag === 0) continue; // right for INIT
        a.injectRaw(packet(tag, chunk(type, 0, [...u32(0, 0, 0, 0)])));
      }
    expect(ends.b.association.stateName).toBe('established');
    a.injectRaw(packet(a.tag, chunk(ChunkType.abort, 0, [])));
    expect(ends.b.events.at(-1)).toMatchObject({ reason: 'aborted-by-peer' });
  });

  test('a checksum of zero is taken only where it was agreed on, a wrong one never', () => {
    for (const zeroChecksum of [true, false]) {
      const config = { zeroChecksum, interleaving: false };
      const ends = new TwoEnds({ a: config, b: config, link: { delayMs: 1 } });
      const a = impersonate(ends);
      const zero = packet(a.tag, data(a.tsn, 3, 0, 0, [1]));
      zero.fill(0, 8, 12);
      const wrong = packet(a.tag, data(a.tsn, 3, 0, 0, [1]));
      wrong[9]! ^= 1;
      a.injectRaw(wrong);
      expect(ends.b.messages.length).toBe(0);
      a.injectRaw(zero);
      expect(ends.b.messages.length).toBe(zeroChecksum ? 1 : 0);
    }
  });
});

describe('S-71: echoes', () => {
  test('a HEARTBEAT is answered with as much as it brought, a large one not at all', () => {
    const ends = new TwoEnds({ link: { delayMs: 1 } });
    const a = impersonate(ends);
    const [answer] = a.inject(chunk(ChunkType.heartbeat, 0, parameter(1, new Array<number>(500).fill(7))));
    expect(answer![12]).toBe(ChunkType.heartbeatAck);
    expect(answer!.length).toBe(12 + 4 + 504);
    expect(a.inject(chunk(ChunkType.heartbeat, 0, parameter(1, new Array<number>(60_000).fill(7))))).toEqual([]);
  });

  test('ERROR is never answered, whatever it nests', () => {
    const ends = new TwoEnds({ link: { delayMs: 1 } });
    const a = impersonate(ends);
    const causes = Array.from({ length: 1_000 }, () => parameter(6, u32(0xffff_ffff))).flat();
    expect(a.inject(chunk(ChunkType.error, 0, causes))).toEqual([]);
  });

  test('unknown chunks ask for what their two high bits say, in masses too', () => {
    const ends = new TwoEnds({ link: { delayMs: 1 } });
    const a = impersonate(ends);
    expect(a.inject(chunk(0x3f, 0, []))).toEqual([]);
    expect(typesOf(a.inject(chunk(0x7f, 0, [])))).toEqual([ChunkType.error]);
    expect(a.inject(chunk(0xbf, 0, []))).toEqual([]);
    expect(typesOf(a.inject(chunk(0xff, 0, [])))).toEqual([ChunkType.error]);
    const answers = a.inject(...Array.from({ length: 200 }, () => chunk(0xff, 0, [])));
    expect(answers.reduce((bytes, { length }) => bytes + length, 0)).toBeLessThan(1_188);
  });
});

describe('no bytes make an association throw, hang or answer for ever', () => {
  const types = fc.constantFrom(...Object.values(ChunkType), 0x3f, 0x7f, 0xbf, 0xff);
  const oneChunk = fc.tuple(types, fc.nat(255), fc.uint8Array({ maxLength: 80 }), fc.option(fc.nat(200)));

  test('random bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (packets) => {
        const { tell } = listener();
        for (const bytes of packets) tell(bytes);
      }),
    );
  });

  test('random chunks with the right tag, to one that is up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(oneChunk, { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
        fc.boolean(),
        (packets, interleaving) => {
          const ends = new TwoEnds({ a: { interleaving }, b: { interleaving }, link: { delayMs: 1 } });
          const a = impersonate(ends);
          ends.b.association.send(ends.now, 0, 53, payload(5_000));
          for (const chunks of packets)
            a.inject(...chunks.map(([type, flags, value, length]) => chunk(type, flags, [...value], length ?? undefined)));
          ends.run(5_000);
          expect(ends.b.events.filter(({ type }) => type === 'connected').length).toBe(1);
          expect(ends.b.events.filter(({ type }) => type === 'closed').length).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 200 },
    );
  });
});
