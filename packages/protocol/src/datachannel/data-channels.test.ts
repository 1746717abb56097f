import { describe, expect, test } from 'vitest';
import { Pair, text } from './testing/pair.js';

describe('opening', () => {
  test('a channel opened before the association is up opens with it, and the peer hears of it', () => {
    const pair = new Pair();
    const key = pair.a.core.open(0, { label: 'chat', protocol: 'p', ordered: false, maxRetransmits: 3, priority: 'high' });
    pair.connect();
    expect(pair.a.events).toMatchObject([
      { type: 'channel-id-assigned', channel: key, streamId: 0 },
      { type: 'connected', maxChannels: 1_024 },
      { type: 'channel-opened', channel: key },
    ]);
    expect(pair.b.announced()).toMatchObject([
      {
        streamId: 0,
        properties: {
          label: 'chat',
          protocol: 'p',
          ordered: false,
          maxRetransmits: 3,
          maxPacketLifeTimeMs: undefined,
          priority: 'high',
          isNegotiated: false,
        },
      },
    ]);
  });

  test('the client has even ids and the server odd ones', () => {
    const pair = new Pair().connect();
    for (let i = 0; i < 3; i++) {
      pair.a.core.open(pair.now, {});
      pair.b.core.open(pair.now, {});
    }
    pair.run();
    expect(pair.b.announced().map(({ streamId }) => streamId)).toEqual([0, 2, 4]);
    expect(pair.a.announced().map(({ streamId }) => streamId)).toEqual([1, 3, 5]);
  });

  test('a negotiated channel needs no announcement, and what came too early waits for it', () => {
    const pair = new Pair().connect();
    const here = pair.a.core.open(pair.now, { negotiatedId: 9 });
    pair.a.core.send(pair.now, here, 'text', text('early'));
    pair.run();
    const there = pair.b.core.open(pair.now, { negotiatedId: 9 });
    pair.run();
    expect(pair.b.messages).toEqual([{ channel: there, kind: 'text', bytes: text('early') }]);
    expect(pair.b.announced()).toEqual([]);
  });

  test('two channels cannot have one id, and ids end where streams do', () => {
    const pair = new Pair({ maxStreams: 16 }).connect();
    pair.a.core.open(pair.now, { negotiatedId: 3 });
    pair.a.core.open(pair.now, { negotiatedId: 3 });
    pair.a.core.open(pair.now, { negotiatedId: 16 });
    pair.run();
    expect(pair.a.events.filter(({ type }) => type === 'channel-closed')).toMatchObject([
      { reason: 'stream-id-in-use' },
      { reason: 'no-stream-id' },
    ]);
    for (let i = 0; i < 9; i++) pair.a.core.open(pair.now, {});
    pair.run();
    expect(pair.a.types().filter((type) => type === 'channel-opened')).toHaveLength(1 + 8);
    expect(pair.a.events.at(-1)).toMatchObject({ type: 'channel-closed', reason: 'no-stream-id' });
  });
});

describe('messages', () => {
  test('texts, bytes and empty ones arrive as what they were', () => {
    const pair = new Pair();
    const key = pair.a.core.open(0, {});
    pair.connect();
    pair.a.core.send(pair.now, key, 'text', text('grüß dich'));
    pair.a.core.send(pair.now, key, 'binary', Uint8Array.of(1, 2, 3));
    pair.a.core.send(pair.now, key, 'text', new Uint8Array(0));
    pair.a.core.send(pair.now, key, 'binary', new Uint8Array(0));
    pair.run();
    expect(pair.b.messages.map(({ kind, bytes }) => [kind, ...bytes])).toEqual([
      ['text', ...text('grüß dich')],
      ['binary', 1, 2, 3],
      ['text'],
      ['binary'],
    ]);
    expect(pair.a.core.statsOf(key)).toEqual({ messagesSent: 4, bytesSent: 14, messagesReceived: 0, bytesReceived: 0 });
  });

  test('buffered amount counts user bytes alone, and falls to zero', () => {
    const pair = new Pair();
    const key = pair.a.core.open(0, { label: 'x'.repeat(500) });
    pair.a.core.connect(0, 'client');
    expect(pair.a.core.bufferedAmount(key)).toBe(0);
    pair.connect();
    pair.a.core.setBufferedAmountLowThreshold(key, 100_000);
    expect(pair.a.core.send(pair.now, key, 'binary', new Uint8Array(65_536))).toBe('queued');
    pair.a.core.send(pair.now, key, 'binary', new Uint8Array(65_536));
    pair.a.core.send(pair.now, key, 'binary', new Uint8Array(0));
    expect(pair.a.core.bufferedAmount(key)).toBe(131_072);
    pair.run();
    expect(pair.a.core.bufferedAmount(key)).toBe(0);
    expect(pair.a.types().filter((type) => type === 'buffered-amount-low')).toHaveLength(1);
    expect(pair.b.messages).toHaveLength(3);
  });

  test('the peer’s maximum is obeyed and a full buffer is told, both without sending', () => {
    const pair = new Pair({ remoteMaxMessageBytes: 1_000, sendBufferBytes: 1_500 });
    const key = pair.a.core.open(0, {});
    expect(pair.a.core.send(0, key, 'text', text('x'))).toBe('not-open');
    pair.connect();
    expect(pair.a.core.send(pair.now, key, 'binary', new Uint8Array(1_001))).toBe('too-large');
    expect(pair.a.core.send(pair.now, key, 'binary', new Uint8Array(1_000))).toBe('queued');
    expect(pair.a.core.send(pair.now, key, 'binary', new Uint8Array(1_000))).toBe('buffer-full');
    pair.run();
    expect(pair.b.messages).toHaveLength(1);
  });

  test('a message above our maximum closes its channel, and no other', () => {
    const pair = new Pair({ remoteMaxMessageBytes: 0 }, { maxMessageBytes: 10_000 });
    const long = pair.a.core.open(0, {});
    const fine = pair.a.core.open(0, {});
    pair.connect();
    pair.a.core.send(pair.now, long, 'binary', new Uint8Array(10_001));
    pair.a.core.send(pair.now, fine, 'binary', new Uint8Array(10_000));
    pair.run();
    expect(pair.b.events.filter(({ type }) => type === 'channel-closed')).toMatchObject([{ reason: 'message-too-large' }]);
    expect(pair.b.messages).toHaveLength(1);
    expect(pair.a.events.filter(({ type }) => type === 'channel-closed')).toMatchObject([{ channel: long, reason: 'closed' }]);
  });
});

describe('closing', () => {
  test('what was sent arrives, both sides hear of it, and the id is free again', () => {
    const pair = new Pair({ remoteMaxMessageBytes: 262_144 });
    const first = pair.a.core.open(0, { label: 'one' });
    pair.connect();
    pair.a.core.send(pair.now, first, 'binary', new Uint8Array(200_000));
    pair.a.core.close(pair.now, first);
    expect(pair.a.core.send(pair.now, first, 'text', text('x'))).toBe('not-open');
    pair.run();
    expect(pair.b.messages).toHaveLength(1);
    expect(pair.b.types().slice(-2)).toEqual(['channel-closing', 'channel-closed']);
    expect(pair.a.types().slice(-3)).toEqual(['channel-closing', 'buffered-amount-low', 'channel-closed']);
    const second = pair.a.core.open(pair.now, { label: 'two' });
    pair.run();
    expect(pair.a.core.streamIdOf(second)).toBe(0);
    pair.a.core.send(pair.now, second, 'text', text('again'));
    pair.run();
    expect(pair.b.messages).toHaveLength(2);
    expect(pair.b.announced().map(({ properties }) => properties.label)).toEqual(['one', 'two']);
  });

  test('both sides may close at once', () => {
    const pair = new Pair();
    const key = pair.a.core.open(0, {});
    pair.connect();
    pair.a.core.close(pair.now, key);
    pair.b.core.close(pair.now, pair.b.announced()[0]!.channel);
    pair.run();
    expect(pair.a.types().filter((type) => type === 'channel-closed')).toHaveLength(1);
    expect(pair.b.types().filter((type) => type === 'channel-closed')).toHaveLength(1);
  });

  test('the end of the association closes every channel, then says so', () => {
    const pair = new Pair();
    pair.a.core.open(0, {});
    pair.a.core.open(0, { negotiatedId: 1 });
    pair.connect();
    pair.b.core.abort(pair.now);
    pair.run();
    expect(pair.a.events.slice(-3)).toMatchObject([
      { type: 'channel-closed', reason: 'association-closed', associationClose: { reason: 'aborted-by-peer' } },
      { type: 'channel-closed' },
      { type: 'closed', reason: 'aborted-by-peer' },
    ]);
  });

  test('250 channels open, carry a message and close', () => {
    const pair = new Pair();
    const keys = Array.from({ length: 250 }, (_, i) => pair.a.core.open(0, { label: `c${i}` }));
    pair.connect().run(200);
    for (const key of keys) pair.a.core.send(pair.now, key, 'text', text(String(key)));
    pair.run(200);
    expect(pair.b.messages).toHaveLength(250);
    for (const key of keys) pair.a.core.close(pair.now, key);
    pair.run(200);
    expect(pair.a.types().filter((type) => type === 'channel-closed')).toHaveLength(250);
    expect(pair.b.types().filter((type) => type === 'channel-closed')).toHaveLength(250);
  });
});
