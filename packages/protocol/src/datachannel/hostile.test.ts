import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SctpAssociation } from '../sctp/index.js';
import { encodeOpen } from './dcep/open.js';
import { Pair, text } from './testing/pair.js';

const DCEP = 50;

const open = (label: string, protocol = ''): Uint8Array =>
  encodeOpen({ isOrdered: true, maxRetransmits: undefined, maxPacketLifeTimeMs: undefined, priority: 256, label, protocol });

/** A pair whose client side speaks SCTP as we say, past its own data channels. */
function liar(): { pair: Pair; say: (streamId: number, ppid: number, bytes: Uint8Array) => void; association: SctpAssociation } {
  const pair = new Pair().connect();
  const { association } = pair.a.core;
  const say = (streamId: number, ppid: number, bytes: Uint8Array): void => {
    association.send(pair.now, streamId, ppid, bytes);
    pair.run(10);
  };
  return { pair, say, association };
}

describe('S-68: what a peer may not do in DCEP', () => {
  test.each([
    ['a label above 1 KiB', 2, open('x'.repeat(1_025))],
    ['a label of 65535 bytes', 2, open('x'.repeat(65_535))],
    ['a protocol above 1 KiB', 2, open('', 'x'.repeat(1_025))],
    ['the parity of our ids', 3, open('odd')],
    ['text that is not UTF-8', 2, Uint8Array.of(3, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0xc3, 0x28)],
    ['an unknown channel type', 2, Uint8Array.of(3, 0x55, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['an unknown message', 2, Uint8Array.of(9)],
  ])('%s is answered with a reset, and nothing opens', (_name, streamId, message) => {
    const { pair, say } = liar();
    say(streamId, DCEP, message);
    pair.run();
    expect(pair.b.announced()).toEqual([]);
    expect(pair.a.core.association.stateName).toBe('established');
    expect([...pair.b.core.droppedByReason.values()].reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  test('OPEN on an open channel closes it', () => {
    const { pair, say } = liar();
    say(0, DCEP, open('one'));
    say(0, DCEP, open('two'));
    pair.run();
    expect(pair.b.announced().length).toBe(1);
    expect(pair.b.types()).toContain('channel-closing');
  });

  test('ACK without OPEN and unknown PPIDs are dropped', () => {
    const { pair, say } = liar();
    say(6, DCEP, Uint8Array.of(2));
    say(6, 999, Uint8Array.of(2));
    expect([...pair.b.core.droppedByReason.keys()]).toEqual(['dcep/ack/without-channel', 'datachannel/unknown-ppid']);
  });

  test('no more than 256 channels are open at once', () => {
    const { pair, association } = liar();
    for (let i = 0; i < 400; i++) association.send(pair.now, 2 * i, DCEP, open(String(i)));
    pair.run(300);
    expect(pair.b.announced().length).toBe(256);
    expect(pair.b.core.droppedByReason.get('dcep/open/too-many')).toBe(144);
  });

  test('messages to channels that never come are kept up to a bound', () => {
    const { pair, association } = liar();
    for (let i = 0; i < 200; i++) association.send(pair.now, 8, 53, new Uint8Array(1_000).fill(i));
    pair.run();
    const key = pair.b.core.open(pair.now, { negotiatedId: 8 });
    pair.run();
    const got = pair.b.messages.filter(({ channel }) => channel === key);
    expect(got.length).toBe(64);
    expect(got.at(-1)!.bytes[0]).toBe(199);
  });

  test('deprecated partial messages are joined, up to the limit', () => {
    const { pair, say } = liar();
    say(0, DCEP, open('parts'));
    say(0, 54, text('Hel'));
    say(0, 51, text('lo'));
    say(0, 52, Uint8Array.of(1));
    say(0, 53, Uint8Array.of(2));
    expect(pair.b.messages.map(({ kind, bytes }) => [kind, ...bytes])).toEqual([
      ['text', ...text('Hello')],
      ['binary', 1, 2],
    ]);
    for (let i = 0; i < 300; i++) say(0, 52, new Uint8Array(1_000));
    pair.run();
    expect(pair.b.types()).toContain('channel-closing');
  });

  test('whatever a peer says on its streams, the core stands and closes at most once', () => {
    const word = fc.record({
      streamId: fc.nat(8),
      ppid: fc.constantFrom(50, 51, 52, 53, 54, 56, 57, 7),
      bytes: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.constant(open('a')), fc.constant(Uint8Array.of(2))),
    });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), fc.array(fc.nat(8), { maxLength: 3 }), (words, resets) => {
        const { pair, association } = liar();
        pair.b.core.open(pair.now, { negotiatedId: 4 });
        for (const { streamId, ppid, bytes } of words) association.send(pair.now, streamId, ppid, bytes);
        association.resetStreams(pair.now, resets);
        pair.run();
        const closed = pair.b.events.filter((event) => event.type === 'channel-closed').map(({ channel }) => channel);
        expect(new Set(closed).size).toBe(closed.length);
        expect(association.stateName).toBe('established');
      }),
      { numRuns: 100 },
    );
  });
});

describe('S-69: a slow receiver', () => {
  test('holds what the send buffer may hold, and then says so', () => {
    const pair = new Pair({ sendBufferBytes: 1_000_000 });
    const key = pair.a.core.open(0, {});
    pair.connect();
    let outcome = 'queued';
    let sent = 0;
    while (outcome === 'queued') {
      outcome = pair.a.core.send(pair.now, key, 'binary', new Uint8Array(10_000));
      if (outcome === 'queued') sent += 10_000;
    }
    expect(outcome).toBe('buffer-full');
    expect(sent).toBe(1_000_000);
    expect(pair.a.core.bufferedAmount(key)).toBe(1_000_000);
  });

  test('old unreliable messages make room for new ones', () => {
    const pair = new Pair({ sendBufferBytes: 100_000 });
    const key = pair.a.core.open(0, { maxPacketLifeTimeMs: 100 });
    pair.connect();
    for (let i = 0; i < 10; i++) pair.a.core.send(pair.now, key, 'binary', new Uint8Array(10_000));
    expect(pair.a.core.send(pair.now, key, 'binary', new Uint8Array(10_000))).toBe('buffer-full');
    expect(pair.a.core.send(pair.now + 100, key, 'binary', new Uint8Array(10_000))).toBe('queued');
    expect(pair.a.core.bufferedAmount(key)).toBe(10_000);
  });
});
