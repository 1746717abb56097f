import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RemoteConnection } from '../connection.js';
import { FakeFilesChannel } from '../testing/fake-files-channel.js';
import { settle, VirtualClock } from '../testing/virtual-clock.js';
import { encodeChunk } from './chunk.js';
import { FileEngine } from './file-engine.js';
import type { FileSink, Transfer } from './transfer.js';

const person = (id: string): RemoteConnection => ({ id }) as RemoteConnection; // the engine looks at nothing else

/** Anna and Bert with a channel between them; Bert takes everything unless told otherwise. */
function twoPeople(options: { accepts?: boolean; sink?: () => FileSink; maxOpenOffers?: number; maxSizeBytes?: number } = {}) {
  const clock = new VirtualClock();
  const { accepts = true, sink, ...settings } = options;
  const engine = (): FileEngine =>
    new FileEngine({
      settings,
      now: () => clock.now(),
      later: (afterMs, task) => void clock.schedule(clock.now() + afterMs, task),
      channelWanted: () => undefined, // they have one, or are about to
    });
  const anna = engine();
  const bert = engine();
  anna.join(person('bert'));
  bert.join(person('anna'));
  if (accepts) bert.on('transfer-added', ({ transfer }) => void transfer.accept(sink?.()));
  const ends = { anna: new FakeFilesChannel(), bert: new FakeFilesChannel() };
  const connect = (maxMessageBytes?: number): void => {
    [ends.anna, ends.bert] = FakeFilesChannel.pair();
    bert.attach('anna', ends.bert, maxMessageBytes);
    anna.attach('bert', ends.anna, maxMessageBytes);
  };
  return {
    clock,
    anna,
    bert,
    ends,
    connect,
    /** Delivers until nothing moves any more, or `until` is true. */
    async run(until: () => boolean = () => false) {
      for (let idle = 0; idle < 8 && !until(); ) {
        const moved = [ends.anna.deliver(), ends.bert.deliver()].some(Boolean);
        await macrotask();
        await clock.pass(1);
        idle = moved ? 0 : idle + 1;
      }
    },
  };
}

/** Blobs are read outside of microtasks. */
const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) bytes[i] = (i * 31 + (i >> 8)) & 0xff;
  return bytes;
}

const file = (bytes: Uint8Array<ArrayBuffer>, name = 'a.bin'): { name: string; blob: Blob } => ({
  name,
  blob: new Blob([bytes]),
});
const only = (engine: FileEngine): Transfer => engine.transfers[0]!;

test.each([0, 1, 131_062, 131_072, 1_048_576, 3_000_001])(
  'a file of %i bytes arrives whole, with its SHA-256 on both sides',
  async (size) => {
    const world = twoPeople();
    world.connect();
    const bytes = randomBytes(size);
    world.anna.send([file(bytes)]);
    await world.run();
    const [sent, received] = [only(world.anna), only(world.bert)];
    expect([sent.state.name, received.state.name]).toEqual(['done', 'done']);
    expect(Buffer.from(await received.blob!.arrayBuffer()).equals(bytes)).toBe(true);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect([sent.sha256, received.sha256]).toEqual([sha256, sha256]);
    expect([sent.bytesDone, sent.bytesDoneRemote, received.bytesDone]).toEqual([size, size, size]);
  },
);

test('several files go at once and take turns', async () => {
  const world = twoPeople();
  world.connect();
  world.anna.send([file(randomBytes(7_000_000), 'a'), file(randomBytes(7_000_000), 'b'), file(randomBytes(10), 'c')]);
  await world.run(() => world.bert.transfers[2]?.state.name === 'done');
  expect(world.bert.transfers[0]!.state.name).not.toBe('done');
  expect(world.bert.transfers[1]!.bytesDone).toBeGreaterThan(0);
  await world.run();
  expect(world.bert.transfers.map(({ state }) => state.name)).toEqual(['done', 'done', 'done']);
});

test('nothing is sent before it is accepted, and a declined offer is declined on both sides', async () => {
  const world = twoPeople({ accepts: false });
  world.connect();
  world.anna.send([file(randomBytes(100_000))]);
  await world.run();
  expect(only(world.anna).state.name).toBe('offered');
  expect(world.ends.anna.sent.every((message) => typeof message === 'string')).toBe(true);
  only(world.bert).decline();
  await world.run();
  expect(only(world.anna).state).toEqual({ name: 'declined', by: 'them' });
  expect(only(world.bert).state).toEqual({ name: 'declined', by: 'us' });
});

test.each(['anna', 'bert'] as const)('%s pauses: both see by whom, nothing moves, and it goes on', async (who) => {
  const world = twoPeople();
  world.connect();
  world.anna.send([file(randomBytes(9_000_000))]);
  await world.run(() => only(world.bert)?.bytesDone > 1_000_000);
  only(world[who]).pause();
  await world.run();
  const at = only(world.bert).bytesDone;
  expect(only(world.anna).state).toEqual({ name: 'paused', by: who === 'anna' ? 'us' : 'them' });
  expect(only(world.bert).state).toEqual({ name: 'paused', by: who === 'bert' ? 'us' : 'them' });
  await world.run();
  expect(only(world.bert).bytesDone).toBe(at);
  only(world[who]).resume();
  await world.run();
  expect(only(world.bert).state.name).toBe('done');
});

test.each(['anna', 'bert'] as const)('%s cancels: both see by whom, and what was written is removed', async (who) => {
  const written: string[] = [];
  const sink = (): FileSink => ({
    write: () => void written.push('write'),
    close: async () => undefined,
    abort: () => void written.push('abort'),
  });
  const world = twoPeople({ sink });
  world.connect();
  world.anna.send([file(randomBytes(9_000_000))]);
  await world.run(() => only(world.bert)?.bytesDone > 1_000_000);
  only(world[who]).cancel();
  await world.run();
  expect(only(world.anna).state).toEqual({ name: 'cancelled', by: who === 'anna' ? 'us' : 'them' });
  expect(only(world.bert).state).toEqual({ name: 'cancelled', by: who === 'bert' ? 'us' : 'them' });
  expect(written.at(-1)).toBe('abort');
});

test('a slow disk holds the sender back: it is never more than the window ahead', async () => {
  let release: () => void = () => undefined;
  const sink = (): FileSink => ({
    write: () => new Promise((resolve) => (release = resolve)),
    close: async () => undefined,
    abort: () => undefined,
  });
  const world = twoPeople({ sink });
  world.connect();
  world.anna.send([file(randomBytes(20_000_000))]);
  await world.run();
  expect(only(world.anna).bytesDone).toBeLessThanOrEqual(8 * 1024 * 1024 + 131_072);
  expect(only(world.anna).state.name).toBe('active');
  release();
});

test('pieces that come while the sink writes are written at once, in their order', async () => {
  const sizes: number[] = [];
  const writes: (() => void)[] = [];
  const sink = (): FileSink => ({
    write: ({ length }) => {
      sizes.push(length);
      return new Promise((resolve) => writes.push(resolve));
    },
    close: async () => undefined,
    abort: () => undefined,
  });
  const world = twoPeople({ sink });
  world.connect();
  world.anna.send([file(randomBytes(20_000_000))]);
  await world.run();
  for (let write = writes.shift(); write; write = writes.shift()) {
    write();
    await world.run();
  }
  expect(only(world.bert).state.name).toBe('done');
  expect(sizes.reduce((sum, size) => sum + size)).toBe(20_000_000);
  expect(sizes.length).toBeLessThan(12); // of 128 KiB each it would be 153
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * 1024 * 1024);
});

test('a channel that is made anew goes on where it was, as often as that happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1_500_000 }), fc.array(fc.nat(120), { maxLength: 6 }), async (size, breaks) => {
      const world = twoPeople();
      world.connect();
      const bytes = randomBytes(size);
      world.anna.send([file(bytes)]);
      for (const after of breaks) {
        let steps = 0;
        await world.run(() => (steps += 1) > after);
        world.ends.anna.break();
        world.connect();
      }
      await world.run();
      expect([only(world.anna).state.name, only(world.bert).state.name]).toEqual(['done', 'done']);
      expect(only(world.bert).sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    }),
    { numRuns: 12 },
  );
});

test('without a channel a transfer waits and says so', async () => {
  const world = twoPeople();
  world.connect();
  world.anna.send([file(randomBytes(9_000_000))]);
  await world.run(() => only(world.bert)?.bytesDone > 1_000_000);
  world.ends.anna.break();
  expect([only(world.anna).state.name, only(world.bert).state.name]).toEqual(['waiting', 'waiting']);
});

test('a cancellation said while there was no channel is said when there is', async () => {
  const world = twoPeople();
  world.connect();
  world.anna.send([file(randomBytes(9_000_000))]);
  await world.run(() => only(world.bert)?.bytesDone > 1_000_000);
  world.ends.anna.break();
  only(world.anna).cancel();
  world.connect();
  await world.run();
  expect(only(world.bert).state).toEqual({ name: 'cancelled', by: 'them' });
});

test('when the other person leaves, everything with them fails cleanly', async () => {
  const world = twoPeople();
  world.connect();
  world.anna.send([file(randomBytes(9_000_000))]);
  await world.run(() => only(world.bert)?.bytesDone > 1_000_000);
  world.bert.leave('anna');
  expect(only(world.bert).state).toMatchObject({ name: 'failed', error: { code: 'files/connection-left' } });
});

test('a file that changes while it is sent fails on both sides', async () => {
  const world = twoPeople();
  world.connect();
  const blob = new Blob([randomBytes(5_000_000)]);
  Object.defineProperty(blob, 'slice', { value: () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }) });
  world.anna.send([{ name: 'gone.bin', blob }]);
  await world.run();
  expect(only(world.anna).state).toMatchObject({ name: 'failed', error: { code: 'files/source-changed' } });
  expect(only(world.bert).state).toMatchObject({ name: 'failed', error: { code: 'files/source-changed' } });
});

test('a full disk fails on both sides', async () => {
  const sink = (): FileSink => ({
    write: () => Promise.reject(new Error('QuotaExceededError')),
    close: async () => undefined,
    abort: () => undefined,
  });
  const world = twoPeople({ sink });
  world.connect();
  world.anna.send([file(randomBytes(100_000))]);
  await world.run();
  expect(only(world.bert).state).toMatchObject({ name: 'failed', error: { code: 'files/sink-failed' } });
  expect(only(world.anna).state).toMatchObject({ name: 'failed', error: { code: 'files/sink-failed' } });
});

test('bytes that were changed on the way are noticed', async () => {
  const world = twoPeople();
  world.connect();
  const sneaky = (data: unknown): void => {
    if (data instanceof ArrayBuffer) new Uint8Array(data)[20]! ^= 1;
  };
  const { bert } = world.ends;
  const say = bert.say.bind(bert);
  bert.say = (data) => {
    sneaky(data);
    say(data);
  };
  world.anna.send([file(randomBytes(100_000))]);
  await world.run();
  expect(only(world.bert).state).toMatchObject({ name: 'failed', error: { code: 'files/corrupt' } });
});

test('one person may offer only so many files at once, and none that is too large', async () => {
  const world = twoPeople({ accepts: false, maxOpenOffers: 3, maxSizeBytes: 1_000 });
  world.connect();
  world.anna.send([1, 2, 3, 4, 5].map((n) => file(randomBytes(10), `${n}`)));
  await world.run();
  expect(world.bert.transfers).toHaveLength(3);
  expect(world.anna.transfers.map(({ state }) => state.name)).toEqual(['offered', 'offered', 'offered', 'declined', 'declined']);
  for (const transfer of world.bert.transfers) transfer.decline();
  await world.run();
  world.anna.send([file(randomBytes(2_000))]);
  await world.run();
  expect(world.anna.transfers.at(-1)!.state.name).toBe('declined');
});

test.each([
  ['more than was announced', 1, 0, 500],
  ['a gap', 1, 50, 10],
  ['bytes that were there before', 1, 0, 0],
])('a sender that sends %s is stopped', async (_, id, offset, length) => {
  const world = twoPeople();
  world.connect();
  world.ends.bert.say(JSON.stringify({ type: 'offer', id, name: 'x', size: 100, mediaType: '' }));
  await settle();
  world.ends.bert.say(encodeChunk({ id, offset, bytes: new Uint8Array(length) }).buffer);
  expect(only(world.bert).state).toMatchObject({ name: 'failed', error: { code: 'files/protocol' } });
});

test('whatever comes over the channel, nothing throws and nothing is accepted that was not offered', () => {
  const text = fc.oneof(
    fc.string(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );
  const message = fc.record({
    type: fc.constantFrom('accept', 'progress', 'end', 'verified', 'decline', 'pause', 'resume', 'cancel', 'fail'),
    id: fc.oneof(fc.nat(3), fc.integer()),
    from: fc.integer(),
    bytes: fc.integer(),
    end: fc.constantFrom('sender', 'receiver', 'x'),
    sha256: fc.constantFrom('0'.repeat(64), 'x'),
    code: fc.string(),
  });
  const data = fc.oneof(
    text,
    message.map((value) => JSON.stringify(value)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.slice().buffer),
  );
  fc.assert(
    fc.property(fc.array(data, { maxLength: 40 }), (inputs) => {
      const world = twoPeople();
      world.connect();
      for (const input of inputs) world.ends.bert.say(input);
      expect(world.bert.transfers).toHaveLength(0);
    }),
  );
});
