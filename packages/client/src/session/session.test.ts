import { SeededRandom } from '@maru/protocol/core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { CallEvents } from '../call.js';
import type { Environment } from '../environment/environment.js';
import { MaruError } from '../errors.js';
import { FakeMediaStream, FakeTrack } from '../testing/fake-media.js';
import { FakePeerConnection } from '../testing/fake-peer-connection.js';
import { MemoryHub } from '../testing/memory-hub.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { Session } from './session.js';

beforeAll(() => {
  vi.stubGlobal('MediaStream', FakeMediaStream);
  vi.stubGlobal('location', { href: 'https://maru.example/' });
});
afterAll(() => vi.unstubAllGlobals());

interface TestEnvironment extends Environment {
  listener: Parameters<Environment['watch']>[0] | undefined;
  /** The pairs that this person made. */
  readonly own: FakePeerConnection[];
}

/** A hub, a clock, and people who join. */
function world() {
  const clock = new VirtualClock();
  const hub = new MemoryHub();
  const random = new SeededRandom(7);
  const connections: FakePeerConnection[] = [];
  const environment = (): TestEnvironment => {
    const made: TestEnvironment = {
      clock,
      random,
      isPhone: false,
      createStream: () => new FakeMediaStream() as unknown as MediaStream,
      videoCodecs: () => undefined,
      userAgent: 'test',
      listener: undefined,
      own: [],
      createConnection: () => {
        const connection = new FakePeerConnection(() => random.uint32() % 4);
        connections.push(connection);
        made.own.push(connection);
        return connection as unknown as RTCPeerConnection; // it behaves as one as far as the SDK looks
      },
      carriersTo: () => hub.open,
      wallTime: () => 1_800_000_000_000,
      watch: (listener) => {
        made.listener = listener;
        return () => undefined;
      },
    };
    return made;
  };
  return {
    clock,
    hub,
    connections,
    environment,
    person(token: string) {
      const own = environment();
      const session = new Session({ token }, own);
      const heard: string[] = [];
      for (const name of [
        'state-changed',
        'connection-joined',
        'connection-left',
        'stream-published',
        'stream-unpublished',
        'message-received',
      ] as const) {
        session.on(name, (event: CallEvents[typeof name]) =>
          heard.push(name === 'state-changed' && 'state' in event ? event.state : name),
        );
      }
      return { session, heard, environment: own };
    },
    async joined(...names: string[]) {
      const people = names.map((name) => this.person(name));
      for (const { session } of people) {
        const joining = session.join();
        await clock.pass(50);
        await joining;
      }
      await clock.pass(500);
      return people;
    },
  };
}

const media = (...tracks: FakeTrack[]): readonly MediaStreamTrack[] => tracks as unknown as readonly MediaStreamTrack[];
const camera = (): readonly MediaStreamTrack[] => media(new FakeTrack('audio'), new FakeTrack('video'));

test('two who join see each other, by name', async () => {
  const [anna, bert] = await world().joined('anna', 'bert');
  expect([...anna!.session.connections.values()].map(({ name }) => name)).toEqual(['bert']);
  expect([...bert!.session.connections.values()].map(({ name }) => name)).toEqual(['anna']);
  expect(anna!.heard).toEqual(['joining', 'joined', 'connection-joined']);
});

test('what was published before joining is there for the others, with one offer and one answer', async () => {
  const here = world();
  const anna = here.person('anna');
  const bert = here.person('bert');
  await anna.session.publish(camera());
  await bert.session.publish(camera());
  for (const { session } of [anna, bert]) {
    const joining = session.join();
    await here.clock.pass(50);
    await joining;
  }
  await here.clock.pass(500);
  for (const { session } of [anna, bert]) {
    const [other] = session.connections.values();
    const [stream] = other!.streams.values();
    expect(stream).toMatchObject({ kind: 'camera', hasAudio: true, hasVideo: true });
    expect(stream!.mediaStream.getTracks().map(({ kind }) => kind)).toEqual(['audio', 'video']);
  }
  const descriptions = here.hub.taken.flatMap(({ message }) =>
    message.type === 'signal' && message.signal.kind === 'description' ? [message.signal.description.type] : [],
  );
  expect(descriptions).toEqual(['offer', 'answer']);
});

test('a stream that comes later arrives, and goes away when it is unpublished', async () => {
  const here = world();
  const [anna, bert] = await here.joined('anna', 'bert');
  const publishing = anna!.session.publish(camera(), { kind: 'screen' });
  await here.clock.pass(200);
  const local = await publishing;
  const [remote] = [...bert!.session.connections.values()][0]!.streams.values();
  expect(remote!.videoTrack).toBeDefined();
  const unpublishing = local.unpublish();
  await here.clock.pass(200);
  await unpublishing;
  expect(remote!.closed).toBe(true);
  expect(remote!.mediaStream.getTracks()).toEqual([]);
  expect(bert!.heard.slice(-2)).toEqual(['stream-published', 'stream-unpublished']);
});

test('a subscriber hears that it may not publish, before anything is sent', async () => {
  const here = world();
  const [anna] = await here.joined('subscriber-anna');
  await expect(anna!.session.publish(camera())).rejects.toMatchObject({ code: 'connection/forbidden' });
  expect(here.hub.taken).toEqual([]);
});

test('a subscriber that published before joining loses the stream, with an event', async () => {
  const here = world();
  const { session } = here.person('subscriber-anna');
  const stream = await session.publish(camera());
  const lost: string[] = [];
  session.on('local-stream-unpublished', ({ reason }) => lost.push(reason));
  const joining = session.join();
  await here.clock.pass(100);
  await joining;
  expect([stream.closed, session.streams.size, lost]).toEqual([true, 0, ['unpublished']]);
});

test('messages reach everybody or only those named', async () => {
  const here = world();
  const [anna, bert, cleo] = await here.joined('anna', 'bert', 'cleo');
  const said: string[] = [];
  for (const { session } of [bert!, cleo!])
    session.on('message-received', ({ message }) =>
      said.push(`${session.self!.id} ${message.from?.name} ${message.data} ${message.private}`),
    );
  void anna!.session.send({ type: 'chat', data: 'all' });
  void anna!.session.send({ type: 'chat', data: 'cleo', to: [cleo!.session.self!.id] });
  await here.clock.pass(100);
  expect(said.sort()).toEqual(['c2 anna all false', 'c3 anna all false', 'c3 anna cleo true']);
});

test('muting is seen by the others, and a moderator may ask for it', async () => {
  const here = world();
  const [anna, bert] = await here.joined('anna', 'bert');
  const track = new FakeTrack('audio');
  void anna!.session.publish(media(track));
  await here.clock.pass(200);
  const [remote] = [...bert!.session.connections.values()][0]!.streams.values();
  void remote!.connection.mute(remote!.id, 'audio');
  await here.clock.pass(200);
  expect(track.enabled).toBe(false);
  expect(remote!.muted).toEqual({ audio: true, video: false });
});

test('what one says of oneself is seen by the others', async () => {
  const here = world();
  const [anna, bert] = await here.joined('anna', 'bert');
  void anna!.session.updatePresence({ hand: true, mood: 'fine' });
  void anna!.session.updatePresence({ mood: null });
  await here.clock.pass(100);
  expect([...bert!.session.connections.values()][0]!.presence).toEqual({ hand: true });
  expect(anna!.session.self!.presence).toEqual({ hand: true });
});

test('a stopped screen share is unpublished by itself; a camera that goes away is told', async () => {
  const here = world();
  const [anna] = await here.joined('anna');
  const [screen, cam] = [new FakeTrack('video'), new FakeTrack('video')];
  void anna!.session.publish(media(screen), { kind: 'screen' });
  void anna!.session.publish(media(cam));
  await here.clock.pass(100);
  const heard: string[] = [];
  anna!.session.on('local-stream-unpublished', ({ stream, reason }) => heard.push(`${stream.kind} ${reason}`));
  anna!.session.on('local-track-ended', ({ stream, kind }) => heard.push(`${stream.kind} ${kind}`));
  screen.end();
  cam.end();
  await here.clock.pass(100);
  expect(heard).toEqual(['screen source-ended', 'camera video']);
});

test('a lost signaling touches no pair, and everything said meanwhile arrives', async () => {
  const here = world();
  const [anna, bert] = await here.joined('anna', 'bert');
  const pairs = here.connections.length;
  here.hub.weather = () => 'break';
  void anna!.session.send({ type: 'chat', data: 1 });
  await here.clock.pass(1_000);
  expect(anna!.session.state).toBe('reconnecting');
  expect(here.connections.every(({ closed }) => !closed)).toBe(true);
  here.hub.weather = () => 'pass';
  await here.clock.pass(20_000);
  expect(anna!.session.state).toBe('joined');
  expect(bert!.heard).toContain('message-received');
  expect(here.connections).toHaveLength(pairs);
});

test('a broken path is looked for anew by itself', async () => {
  const here = world();
  const [anna] = await here.joined('anna', 'bert');
  const [remote] = anna!.session.connections.values();
  const [first] = anna!.environment.own;
  first!.setConnectionState('connected');
  first!.setConnectionState('disconnected');
  expect(remote!.path.state).toBe('interrupted');
  await here.clock.pass(2_500);
  expect(remote!.path).toMatchObject({ state: 'restarting', restarts: 1 });
  first!.setConnectionState('connected');
  expect(remote!.path.state).toBe('connected');
});

test('a pair whose restarts bring nothing begins anew, on both sides', async () => {
  const here = world();
  const [anna] = await here.joined('anna', 'bert');
  const [first] = anna!.environment.own;
  first!.setConnectionState('connected');
  first!.setConnectionState('failed');
  await here.clock.pass(120_000);
  const open = here.connections.filter(({ closed }) => !closed);
  expect(here.connections.length).toBeGreaterThanOrEqual(4);
  expect(open).toHaveLength(2);
  expect(open[0]!.agreement).toBe(open[1]!.agreement);
});

test('leaving frees everything, and the others hear of it', async () => {
  const here = world();
  const [anna, bert] = await here.joined('anna', 'bert');
  await anna!.session.leave();
  await here.clock.pass(100);
  expect(anna!.session.closeReason).toEqual({ type: 'left' });
  expect(bert!.session.connections.size).toBe(0);
  expect(here.connections.every(({ closed }) => closed)).toBe(true);
  await anna!.session.leave();
  await expect(anna!.session.publish(camera())).rejects.toBeInstanceOf(MaruError);
});

test('a page that goes away gives up its seat', async () => {
  const here = world();
  const [anna, bert] = await here.joined('anna', 'bert');
  anna!.environment.listener!.leaving();
  await here.clock.pass(100);
  expect(bert!.heard.at(-1)).toBe('connection-left');
});

test('a token that is too old is told by its code', async () => {
  const here = world();
  const { session } = here.person('expired');
  const joining = session.join().catch((error: unknown) => error);
  await here.clock.pass(100);
  expect(await joining).toMatchObject({ code: 'token/expired' });
  expect(session.closeReason).toMatchObject({ type: 'refused', code: 'token/expired' });
});

test('tracks of a stream that the server refused are shown to nobody', async () => {
  const here = world();
  const [anna, bert] = await here.joined('anna', 'bert');
  const member = here.hub.members.get(bert!.session.self!.id)!;
  member.info = { ...member.info, role: 'subscriber' }; // the client does not know yet
  const publishing = bert!.session.publish(camera()).catch((error: unknown) => error);
  await here.clock.pass(500);
  expect(await publishing).toMatchObject({ code: 'connection/forbidden' });
  expect([...anna!.session.connections.values()][0]!.streams.size).toBe(0);
  expect(bert!.session.streams.size).toBe(0);
});
