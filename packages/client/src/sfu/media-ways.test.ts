import { SeededRandom } from '@maru/protocol/core';
import type { Slot } from '@maru/signaling';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Environment } from '../environment/environment.js';
import { Session } from '../session/session.js';
import { FakeMediaStream, FakeTrack } from '../testing/fake-media.js';
import { FakePeerConnection, slotsOf } from '../testing/fake-peer-connection.js';
import { MemoryHub } from '../testing/memory-hub.js';
import { VirtualClock } from '../testing/virtual-clock.js';

beforeAll(() => {
  vi.stubGlobal('location', { href: 'https://maru.example/' });
});
afterAll(() => vi.unstubAllGlobals());

interface Person {
  readonly session: Session;
  readonly id: string;
  readonly own: FakePeerConnection[];
}

const AT_SERVER = { way: 'sfu', epoch: 0, stage: 'settled' } as const;
const camera = (): readonly MediaStreamTrack[] =>
  [new FakeTrack('audio'), new FakeTrack('video')] as unknown as readonly MediaStreamTrack[];

function world() {
  const clock = new VirtualClock();
  const hub = new MemoryHub();
  const random = new SeededRandom(7);
  const join = async (token: string): Promise<Person> => {
    const own: FakePeerConnection[] = [];
    const environment: Environment = {
      clock,
      random,
      isPhone: false,
      createStream: () => new FakeMediaStream() as unknown as MediaStream,
      videoCodecs: () => undefined,
      userAgent: 'test',
      createConnection: () => {
        const connection = new FakePeerConnection(() => random.uint32() % 4);
        own.push(connection);
        return connection as unknown as RTCPeerConnection; // it behaves as one as far as the SDK looks
      },
      carriersTo: () => hub.open,
      wallTime: () => 1_800_000_000_000,
      watch: () => () => undefined,
    };
    const session = new Session({ token }, environment);
    const joining = session.join();
    await clock.pass(50);
    await joining;
    await clock.pass(500);
    return { session, own, id: session.self!.id };
  };
  return { clock, hub, join };
}

const offersOf = (hub: MemoryHub, id: string) =>
  hub.taken.flatMap(({ from, message }) =>
    from === id && message.type === 'media-signal' && message.signal.kind === 'offer' ? [message.signal] : [],
  );

const isOpen = ({ closed }: FakePeerConnection): boolean => !closed;

test('through the server, everybody has one connection, and what it sends is named', async () => {
  const { hub, join } = world();
  hub.media = AT_SERVER;
  const [anna, bert] = [await join('anna'), await join('bert')];
  const stream = await anna.session.publish(camera());
  await join('carl');
  expect([anna.own.length, bert.own.length]).toEqual([1, 1]);
  const offers = offersOf(hub, anna.id);
  expect(offers.at(-1)?.media.map(({ stream: id, track }) => [id, track])).toEqual([
    [stream.id, 'audio'],
    [stream.id, 'video'],
  ]);
  expect(slotsOf(offers[0]!.sdp, 'video')).toHaveLength(4);
});

test('people come and go 500 times, and it costs those who stay no offer', async () => {
  const { clock, hub, join } = world();
  hub.media = AT_SERVER;
  const [anna, bert] = [await join('anna'), await join('bert')];
  const stream = await bert.session.publish(camera());
  await clock.pass(100);
  const offersBefore = offersOf(hub, anna.id).length;
  const [mid = ''] = slotsOf(offersOf(hub, anna.id)[0]!.sdp, 'audio');
  const remote = anna.session.connections.get(bert.id)!.streams.get(stream.id)!;
  const source = { connection: bert.id, stream: stream.id, track: 'audio' } as const;
  for (let time = 0; time < 500; time += 1) {
    hub.tell(anna.id, { type: 'media-slots', generation: 1, slots: [{ mid, source }] });
    await clock.pass(1);
    expect(remote.audioTrack).toBeDefined();
    hub.tell(anna.id, { type: 'media-slots', generation: 1, slots: [{ mid, source: null }] });
    await clock.pass(1);
    expect(remote.audioTrack).toBeUndefined();
  }
  expect(offersOf(hub, anna.id)).toHaveLength(offersBefore);
});

test('more slots are made when the server wants them', async () => {
  const { clock, hub, join } = world();
  hub.media = AT_SERVER;
  const anna = await join('anna');
  hub.tell(anna.id, { type: 'media-slots', generation: 1, slots: [], wanted: { audio: 4, video: 16 } });
  await clock.pass(50);
  expect(slotsOf(offersOf(hub, anna.id).at(-1)!.sdp, 'video')).toHaveLength(16);
});

test('a slot that showed somebody else shows nothing until pictures of the new source have come', async () => {
  const { clock, hub, join } = world();
  hub.media = AT_SERVER;
  const [anna, bert, carl] = [await join('anna'), await join('bert'), await join('carl')];
  const [first, second] = [await bert.session.publish(camera()), await carl.session.publish(camera())];
  await clock.pass(100);
  const [mid = ''] = slotsOf(offersOf(hub, anna.id)[0]!.sdp, 'video');
  const shows = (connection: string, stream: string): Slot[] => [{ mid, source: { connection, stream, track: 'video' } }];
  hub.tell(anna.id, { type: 'media-slots', generation: 1, slots: shows(bert.id, first.id) });
  await clock.pass(10);
  expect(anna.session.connections.get(bert.id)!.streams.get(first.id)!.videoTrack).toBeDefined();
  hub.tell(anna.id, { type: 'media-slots', generation: 1, slots: shows(carl.id, second.id) });
  await clock.pass(10);
  const carls = anna.session.connections.get(carl.id)!.streams.get(second.id)!;
  expect(carls.videoTrack).toBeUndefined();
  anna.own[0]!.transceivers.find((one) => one.mid === mid)!.arrived += 3;
  await clock.pass(60);
  expect(carls.videoTrack).toBeDefined();
});

test('when the media server began anew, so does the client, once', async () => {
  const { clock, hub, join } = world();
  hub.media = AT_SERVER;
  const anna = await join('anna');
  await anna.session.publish(camera());
  await clock.pass(100);
  hub.tell(anna.id, { type: 'media-signal', signal: { kind: 'reset', generation: 0 } });
  await clock.pass(100);
  const { generation, media } = offersOf(hub, anna.id).at(-1)!;
  expect([generation, media.length, anna.own.filter(isOpen).length]).toEqual([2, 2, 1]);
});

test('when the path to the server dies unsaid, so has signaling perhaps: it is taken up anew at once, and carries the restart', async () => {
  const { clock, hub, join } = world();
  hub.media = AT_SERVER;
  const anna = await join('anna');
  const states: string[] = [];
  anna.session.on('state-changed', ({ state }) => states.push(state));
  const [connection] = anna.own;
  connection!.setConnectionState('connected');
  await clock.pass(20_000);
  const offers = offersOf(hub, anna.id).length;
  connection!.setConnectionState('disconnected');
  await clock.pass(3_000);
  expect(states).toEqual(['reconnecting', 'joined']);
  expect(offersOf(hub, anna.id).length).toBeGreaterThan(offers);
  await clock.pass(30_000);
  expect(states).toHaveLength(2);
});

test('who is refused for want of room asks again when told to', async () => {
  const { clock, hub, join } = world();
  hub.media = AT_SERVER;
  const anna = await join('anna');
  const codes: string[] = [];
  anna.session.on('media-refused', ({ code }) => codes.push(code));
  hub.tell(anna.id, {
    type: 'media-signal',
    signal: { kind: 'refused', generation: 1, code: 'media/worker-full', detail: 'full', retryAfterMs: 5_000 },
  });
  await clock.pass(4_000);
  expect([codes, anna.own.length]).toEqual([['media/worker-full'], 1]);
  await clock.pass(2_000);
  expect(offersOf(hub, anna.id).at(-1)?.generation).toBe(2);
});

test('a file goes from person to person in every mode: a pair is made for it', async () => {
  const { clock, hub, join } = world();
  hub.media = AT_SERVER;
  const [anna, bert] = [await join('anna'), await join('bert')];
  anna.session.files.send([{ name: 'a.txt', blob: new Blob(['hello']) }], [bert.id]);
  await clock.pass(200);
  expect([anna.own.filter(isOpen).length, bert.own.filter(isOpen).length]).toEqual([2, 2]);
  const signals = hub.taken.filter(({ message }) => message.type === 'signal');
  expect(signals.length).toBeGreaterThan(0);
});

test('in a move, what came the old way is shown until it comes over the new one; then the old way ends', async () => {
  const { clock, hub, join } = world();
  const [anna, bert] = [await join('anna'), await join('bert')];
  const stream = await bert.session.publish(camera());
  await clock.pass(500);
  const remote = anna.session.connections.get(bert.id)!.streams.get(stream.id)!;
  const [pair] = anna.own;
  const old = { audio: remote.audioTrack, video: remote.videoTrack };
  expect(old.video).toBeDefined();

  hub.moveMedia({ way: 'sfu', epoch: 1, stage: 'moving' });
  await clock.pass(200);
  const link = anna.own[1]!;
  link.setConnectionState('connected');
  const sdp = offersOf(hub, anna.id)[0]!.sdp;
  const slots = (['audio', 'video'] as const).map((track) => ({
    mid: slotsOf(sdp, track)[0]!,
    source: { connection: bert.id, stream: stream.id, track },
  }));
  hub.tell(anna.id, { type: 'media-slots', generation: 1, slots });
  const arrive = (connection: FakePeerConnection): void => {
    for (const transceiver of connection.transceivers) transceiver.arrived += 20;
  };
  await clock.pass(100);
  arrive(pair!);
  await clock.pass(100);
  expect([remote.audioTrack, remote.videoTrack]).toEqual([old.audio, old.video]);
  const isReady = () => hub.taken.some(({ from, message }) => from === anna.id && message.type === 'media-ready');
  expect(isReady()).toBe(false);

  arrive(link);
  await clock.pass(100);
  expect(remote.videoTrack).not.toBe(old.video);
  expect([isReady(), pair!.closed]).toEqual([true, false]);
  hub.moveMedia({ way: 'sfu', epoch: 1, stage: 'settled' });
  await clock.pass(50);
  expect([pair!.closed, remote.videoTrack === old.video]).toEqual([true, false]);
});

test('whoever hears and sees nothing of the other is there as soon as the pair is', async () => {
  const { clock, hub, join } = world();
  hub.media = AT_SERVER;
  const [anna] = [await join('anna'), await join('bert')];
  await anna.session.publish(camera()); // anna gets nothing of bert, who only watches
  anna.own[0]!.setConnectionState('connected');
  await clock.pass(500);
  hub.moveMedia({ way: 'p2p', epoch: 1, stage: 'moving' });
  await clock.pass(200);
  const isReady = () => hub.taken.some(({ from, message }) => from === anna.id && message.type === 'media-ready');
  const pair = anna.own[1]!;
  const wasReady = isReady();
  pair.setConnectionState('connected');
  await clock.pass(50);
  expect([wasReady, isReady()]).toEqual([false, true]);
});
