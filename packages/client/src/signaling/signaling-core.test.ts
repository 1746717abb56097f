import { SeededRandom } from '@maru/protocol/core';
import type { ClientMessage, ServerMessage } from '@maru/signaling';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TransportName } from '../call.js';
import { MemoryHub } from '../testing/memory-hub.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import type { OpenCarrier } from './carrier.js';
import { SignalingCore, type SignalingEvent } from './signaling-core.js';
import { SignalingDriver } from './signaling-driver.js';

const ALL: readonly TransportName[] = ['websocket', 'sse', 'polling'];

/** One client of a hub, with everything that it was told. */
function client(clock: VirtualClock, open: OpenCarrier, name: string, transports: readonly TransportName[] = ALL) {
  const events: SignalingEvent[] = [];
  const core = new SignalingCore({
    transports,
    token: name,
    attempt: `attempt-of-${name}-0000`,
    presence: undefined,
    client: { name: 'test', version: '1' },
    random: new SeededRandom(name.length),
  });
  const driver = new SignalingDriver(
    core,
    clock,
    open,
    (event) => events.push(event),
    () => undefined,
  );
  return {
    core,
    driver,
    events,
    names: () => events.map(({ type }) => type),
    /** Application messages received, in order. */
    heard: () =>
      events.flatMap((event) => (event.type === 'message' && event.message.type === 'message' ? [event.message.data] : [])),
  };
}

const chat = (data: number): ClientMessage => ({ type: 'message', messageType: 'chat', data });

test('joins, says something, and the others hear it', async () => {
  const clock = new VirtualClock();
  const hub = new MemoryHub();
  const anna = client(clock, hub.open, 'anna');
  const bert = client(clock, hub.open, 'bert');
  anna.driver.start();
  bert.driver.start();
  await clock.pass(100);
  anna.driver.post(chat(1));
  await clock.pass(100);
  expect(anna.names()[0]).toBe('welcomed');
  expect(bert.heard()).toEqual([1]);
});

test('whatever breaks on the way, every message arrives once and in order', async () => {
  const steps = fc.array(fc.oneof(fc.constant('say' as const), fc.constant('answer' as const), fc.nat(3_000)), {
    minLength: 5,
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.double({ min: 0, max: 0.3, noNaN: true }), steps, async (seed, loss, plan) => {
      const clock = new VirtualClock();
      const hub = new MemoryHub();
      const anna = client(clock, hub.open, 'anna');
      const bert = client(clock, hub.open, 'bert');
      anna.driver.start();
      bert.driver.start();
      await clock.pass(1_000);
      const random = new SeededRandom(seed);
      hub.weather = () => (random.unit() < loss ? 'break' : 'pass');
      const said: number[] = [];
      const answered: number[] = [];
      for (const [index, step] of plan.entries()) {
        if (step === 'say') said.push(index) && anna.driver.post(chat(index));
        else if (step === 'answer') answered.push(index) && bert.driver.post(chat(index));
        else await clock.pass(step);
      }
      hub.weather = () => 'pass';
      await clock.pass(60_000);
      expect(bert.heard()).toEqual(said);
      expect(anna.heard()).toEqual(answered);
      expect([anna.core.isOpen, bert.core.isOpen]).toEqual([true, true]);
      expect(anna.core.unackedCount).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test.each(ALL)('%s alone is enough', async (only) => {
  const clock = new VirtualClock();
  const hub = new MemoryHub();
  const opened: TransportName[] = [];
  const open: OpenCarrier = (transport, ...rest) => {
    opened.push(transport);
    return hub.open(transport, ...rest);
  };
  const anna = client(clock, open, 'anna', [only]);
  anna.driver.start();
  await clock.pass(100);
  expect(anna.core.isOpen).toBe(true);
  expect(opened).toEqual([only]);
});

test('a network that lets only long polling through is found out without waiting, and remembered', async () => {
  const clock = new VirtualClock();
  const hub = new MemoryHub();
  const opened: TransportName[] = [];
  const open: OpenCarrier = (transport, opening, listener) => {
    opened.push(transport);
    if (transport === 'polling') return hub.open(transport, opening, listener);
    queueMicrotask(() => listener.failed('blocked'));
    return { send: () => undefined, close: () => undefined };
  };
  const anna = client(clock, open, 'anna');
  anna.driver.start();
  await clock.pass(1);
  expect(opened).toEqual(['websocket', 'sse', 'polling']);
  expect(anna.core.isOpen).toBe(true);
  await clock.pass(5_000);
  anna.driver.networkChanged();
  await clock.pass(10);
  expect(opened.at(-1)).toBe('polling');
  expect(opened).toHaveLength(4);
});

test('a captive portal that answers nothing does not keep the join from ending', async () => {
  const clock = new VirtualClock();
  const anna = client(clock, () => ({ send: () => undefined, close: () => undefined }), 'anna');
  anna.driver.start();
  await clock.pass(30_000);
  expect(anna.events.at(-1)).toEqual({
    type: 'ended',
    end: { type: 'lost', code: 'signaling/unreachable', detail: expect.any(String) },
  });
});

test('a refusal is told with its code, and nothing is tried again', async () => {
  const clock = new VirtualClock();
  const anna = client(clock, new MemoryHub().open, 'expired');
  anna.driver.start();
  await clock.pass(60_000);
  expect(anna.events).toEqual([
    { type: 'ended', end: { type: 'refused', code: 'token/expired', detail: 'the token is too old' } },
  ]);
});

test('a seat that is gone is told as lost', async () => {
  const clock = new VirtualClock();
  const hub = new MemoryHub();
  const anna = client(clock, hub.open, 'anna');
  anna.driver.start();
  await clock.pass(100);
  hub.members.clear();
  anna.driver.networkChanged();
  await clock.pass(100);
  expect(anna.events.at(-1)).toMatchObject({ type: 'ended', end: { type: 'lost', code: 'connection/gone' } });
});

test('a server that falls silent is left for a new transport', async () => {
  const clock = new VirtualClock();
  const hub = new MemoryHub();
  const anna = client(clock, hub.open, 'anna');
  anna.driver.start();
  await clock.pass(100);
  await clock.pass(26_000); // two and a half heartbeats of 10 s
  expect(anna.names()).toContain('interrupted');
  expect(anna.names()).toContain('resumed');
});

test('a hundred messages at once are spread as the server allows, and none is lost', async () => {
  const clock = new VirtualClock();
  const hub = new MemoryHub();
  const anna = client(clock, hub.open, 'anna');
  anna.driver.start();
  await clock.pass(100);
  for (let i = 0; i < 200; i += 1) anna.driver.post(chat(i));
  await clock.pass(10);
  expect(hub.taken.length).toBeLessThanOrEqual(100);
  await clock.pass(10_000);
  expect(hub.taken.length).toBe(200);
});

test('more than the protocol keeps ends signaling instead of losing messages silently', async () => {
  const clock = new VirtualClock();
  const anna = client(clock, () => ({ send: () => undefined, close: () => undefined }), 'anna');
  anna.driver.start();
  let taken = 0;
  while (anna.driver.post(chat(taken))) taken += 1;
  expect(taken).toBe(1_000);
  expect(anna.events.at(-1)).toMatchObject({ type: 'ended', end: { code: 'signaling/overflow' } });
});

test('frames that are none break the carrier, not the client', async () => {
  const frames = fc.array(
    fc.oneof(fc.jsonValue(), fc.record({ seq: fc.integer(), ack: fc.integer(), message: fc.jsonValue() })),
    { maxLength: 10 },
  );
  await fc.assert(
    fc.asyncProperty(frames, async (hostile) => {
      const clock = new VirtualClock();
      const hub = new MemoryHub();
      const listeners: Parameters<OpenCarrier>[2][] = [];
      const anna = client(
        clock,
        (transport, opening, listener) => {
          listeners.push(listener);
          return hub.open(transport, opening, listener);
        },
        'anna',
      );
      anna.driver.start();
      await clock.pass(10);
      for (const frame of hostile) listeners.at(-1)!.frame(frame);
      await clock.pass(20_000);
      const ended = anna.events.some(({ type }) => type === 'ended');
      expect(ended || anna.core.isOpen).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test('a message of a newer server is passed over, and the next ones come', async () => {
  const clock = new VirtualClock();
  const hub = new MemoryHub();
  let listener: Parameters<OpenCarrier>[2] | undefined;
  const anna = client(clock, (transport, opening, given) => hub.open(transport, opening, (listener = given)), 'anna');
  anna.driver.start();
  await clock.pass(10);
  const next: ServerMessage = { type: 'connection-away', connection: 'c9' };
  listener!.frame({ seq: 1, ack: 0, message: { type: 'brand-new' } });
  listener!.frame({ seq: 2, ack: 0, message: next });
  expect(anna.events.slice(-2)).toEqual([
    { type: 'unknown-message', detail: expect.any(String) },
    { type: 'message', message: next },
  ]);
});
