import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeMediaServer } from '../testing/fake-media-server.js';
import { ManualClock } from '../testing/manual-clock.js';
import type { TestClient } from '../testing/test-client.js';
import { TestServer } from '../testing/test-server.js';

let media: FakeMediaServer;
let server: TestServer;
let clock: ManualClock;

beforeEach(async () => {
  media = new FakeMediaServer();
  clock = new ManualClock();
  server = await TestServer.start({ media: {} }, { clock, openMedia: async () => media });
});
afterEach(() => server.close());

const camera = (id: string) =>
  ({ type: 'publish', ref: 1, stream: { id, kind: 'camera', hasAudio: true, hasVideo: true } }) as const;

const offer = (generation = 1, number = 1, streams: readonly string[] = [], ref?: number) =>
  ({
    type: 'media-signal',
    ...(ref !== undefined && { ref }),
    signal: {
      kind: 'offer',
      generation,
      offer: number,
      sdp: `offer ${generation}.${number}`,
      media: streams.map((stream, index) => ({ mid: `${index}`, stream, track: 'video' as const })),
    },
  }) as const;

async function joined(session: string, spec: object = {}): Promise<TestClient> {
  return (await server.seat(session, spec)).join();
}

test('the modes of the media server are there once it is up', async () => {
  const { body } = await server.call('GET', '/v1/server');
  expect(body['modes']).toEqual(['p2p', 'sfu', 'auto']);
});

test('a server without a media server refuses its modes by name', async () => {
  const other = await TestServer.start({ media: null });
  const { status, body } = await other.call('POST', '/v1/sessions', { mode: 'sfu' });
  expect([status, body['code'], body['field']]).toEqual([422, 'session/mode-unavailable', 'mode']);
  await other.close();
});

test('an offer is answered by the media server, under its own number', async () => {
  const anna = await joined(await server.createSession({ mode: 'sfu' }));
  expect(anna.welcome!.session.media).toEqual({ way: 'sfu', epoch: 0, stage: 'settled' });
  anna.send(offer(1, 1));
  anna.send(offer(1, 2));
  const second = await anna.until('media-signal', ({ signal }) => signal.kind === 'answer' && signal.offer === 2);
  expect(second.signal).toEqual({ kind: 'answer', generation: 1, offer: 2, sdp: 'answer to offer 1.2' });
  expect(media.of(anna.id).offers.map(({ sdp }) => sdp)).toEqual(['offer 1.1', 'offer 1.2']);
});

test('what a connection publishes, mutes and takes down is told to the media server, before and after it offers', async () => {
  const anna = await joined(await server.createSession({ mode: 'sfu' }));
  anna.send(camera('cam-1'));
  anna.send(offer(1, 1, ['cam-1']));
  await anna.until('media-signal');
  const seat = media.of(anna.id);
  expect([...seat.streams.values()]).toEqual([
    { stream: 'cam-1', hasAudio: true, hasVideo: true, muted: { audio: false, video: false }, content: 'camera' },
  ]);
  anna.send({ type: 'update-stream', ref: 2, stream: 'cam-1', muted: { video: true } });
  await anna.until('done', ({ ref }) => ref === 2);
  expect(seat.streams.get('cam-1')?.muted).toEqual({ audio: false, video: true });
  anna.send({ type: 'unpublish', ref: 3, stream: 'cam-1' });
  await anna.until('done', ({ ref }) => ref === 3);
  expect(seat.streams.size).toBe(0);
});

test('a subscriber sends nothing whatever it offers, and nobody sends under the name of another', async () => {
  const session = await server.createSession({ mode: 'sfu' });
  const anna = await joined(session);
  const [bert, carl] = [await joined(session, { role: 'subscriber' }), await joined(session)];
  anna.send(camera('cam-1'));
  await anna.until('done');
  for (const one of [bert, carl]) {
    one.send(offer(1, 1, ['cam-1']));
    await one.until('media-signal');
    expect(media.of(one.id).offers[0]?.media).toEqual([]);
  }
  expect(media.of(bert.id).permissions).toEqual({ publish: false, subscribe: true, data: false });
});

test('a new RTCPeerConnection of a client takes the place of its old one: slots are told under its number', async () => {
  const anna = await joined(await server.createSession({ mode: 'sfu' }));
  anna.send(offer(1));
  await anna.until('media-signal');
  const seat = media.of(anna.id);
  seat.tell({ type: 'slots-changed', slots: [{ mid: '1', source: null }] });
  anna.send(offer(2));
  await anna.until('media-signal', ({ signal }) => signal.generation === 2);
  expect([media.of(anna.id), seat.resets]).toEqual([seat, 1]);
  seat.tell({ type: 'slots-changed', slots: [{ mid: '2', source: { connection: 'c', stream: 's', track: 'audio' } }] });
  await anna.until('media-slots', ({ generation }) => generation === 2);
  expect(anna.messages.filter(({ type }) => type === 'media-slots')).toEqual([
    { type: 'media-slots', generation: 1, slots: [{ mid: '1', source: null }] },
    { type: 'media-slots', generation: 2, slots: [{ mid: '2', source: { connection: 'c', stream: 's', track: 'audio' } }] },
  ]);
  anna.send({ ...offer(1), ref: 7 });
  await anna.until('done', ({ ref }) => ref === 7);
  expect(seat.offers).toHaveLength(2); // what comes of the old one is history
});

test('a client that gave its media up may come again at once', async () => {
  const anna = await joined(await server.createSession({ mode: 'sfu' }));
  anna.send({ type: 'media-view', tiles: [{ stream: 's', width: 320, height: 180, visible: true, priority: 1 }] });
  anna.send(offer(1));
  await anna.until('media-signal');
  const first = media.of(anna.id);
  anna.send({ type: 'media-signal', signal: { kind: 'close', generation: 1 } });
  anna.send(offer(2));
  await anna.until('media-signal', ({ signal }) => signal.kind === 'answer' && signal.generation === 2);
  expect([first.isClosed, media.of(anna.id) === first, media.of(anna.id).tiles.length]).toEqual([true, false, 1]);
});

test('slots, layers, speakers and limits reach the client', async () => {
  const session = await server.createSession({ mode: 'sfu' });
  const anna = await joined(session);
  anna.send(offer());
  await anna.until('media-signal');
  const seat = media.of(anna.id);
  seat.tell({ type: 'slots-wanted', audio: 8, video: 16 });
  seat.tell({ type: 'layers-wanted', stream: 's', track: 'video', layers: [{ rid: 'f', isActive: false }] });
  seat.tell({ type: 'limited', code: 'media/publisher-budget', isLimited: true });
  media.onSessionEvent({ type: 'speakers-changed', session, speakers: [anna.id] });
  expect((await anna.until('media-slots')).wanted).toEqual({ audio: 8, video: 16 });
  expect((await anna.until('media-layers')).layers).toEqual([{ rid: 'f', active: false }]);
  expect(await anna.until('media-limited')).toMatchObject({ code: 'media/publisher-budget', limited: true });
  expect((await anna.until('media-speakers')).speakers).toEqual([anna.id]);
});

test('a connection whose worker died begins anew; one that leaves is closed', async () => {
  const anna = await joined(await server.createSession({ mode: 'sfu' }));
  anna.send(offer());
  await anna.until('media-signal');
  media.of(anna.id).tell({ type: 'closed', reason: 'worker-lost' });
  const reset = await anna.until('media-signal', ({ signal }) => signal.kind === 'reset');
  expect(reset.signal).toEqual({ kind: 'reset', generation: 1 });
  anna.send(offer(2));
  await anna.until('media-signal', ({ signal }) => signal.kind === 'answer' && signal.generation === 2);
  const seat = media.of(anna.id);
  anna.send({ type: 'leave' });
  await anna.untilClosed();
  expect(seat.isClosed).toBe(true);
});

test('a media server without room says why, and when to ask again', async () => {
  media.refusal = { code: 'media/worker-full', detail: 'all seats are taken' };
  const anna = await joined(await server.createSession({ mode: 'sfu' }));
  anna.send(offer());
  expect((await anna.until('media-signal')).signal).toEqual({
    kind: 'refused',
    generation: 1,
    code: 'media/worker-full',
    detail: 'all seats are taken',
    retryAfterMs: 5_000,
  });
});

test('why a connection gets what it gets is told to itself and to the application alike', async () => {
  const session = await server.createSession({ mode: 'sfu' });
  const anna = await joined(session);
  anna.send(camera('cam-1'));
  const bert = await joined(session);
  bert.send({ type: 'media-view', tiles: [{ stream: 'cam-1', width: 640, height: 360, visible: true, priority: 2 }] });
  bert.send(offer());
  await bert.until('media-signal');
  const layer = { rid: 'h', spatial: 0, temporal: 1, width: 640, height: 360, framesPerSecond: 30, bitrateBps: 500_000 };
  const sample = {
    at: 0,
    layer: 'h 640x360',
    bitrateBps: 500_000,
    estimateBps: 800_000,
    lossRatio: 0,
    limitedBy: 'network' as const,
  };
  media.whys = [
    {
      connection: anna.id,
      stream: 'cam-1',
      track: 'video',
      layer,
      best: { ...layer, rid: 'f', width: 1_280, height: 720, bitrateBps: 1_500_000 },
      wanted: { width: 640, height: 360, visible: true, priority: 2 },
      estimateBps: 800_000,
      limitedBy: 'network',
      history: [
        { ...sample, at: 1_000, limitedBy: 'tile' as const },
        { ...sample, at: 2_000 },
        { ...sample, at: 12_000 },
      ],
    },
  ];
  bert.send({ type: 'get-media-why', ref: 9, stream: 'cam-1' });
  const { why } = await bert.until('done', ({ ref }) => ref === 9);
  expect(why?.[0]).toMatchObject({
    connection: bert.id,
    publisher: anna.id,
    stream: 'cam-1',
    limitedBy: 'network',
    layer: { rid: 'h' },
    best: { rid: 'f', width: 1_280 },
    since: '1970-01-01T00:00:02.000Z',
    tile: { width: 640, priority: 2 },
    spentBps: 500_000,
    rttMs: 12,
  });
  const { status, body } = await server.call('GET', `/v1/sessions/${session}/connections/${bert.id}/subscriptions/cam-1/why`);
  expect([status, body['items']]).toEqual([200, why]);
  const events = await server.call('GET', `/v1/sessions/${session}/connections/${bert.id}/events`);
  expect(events.body['items']).toMatchObject([{ event: 'media/joined' }]);
  const none = await server.call('GET', `/v1/sessions/${session}/connections/${anna.id}/subscriptions`);
  expect([none.status, none.body['code']]).toEqual([503, 'media/unavailable']);
});

test('the overview says what is wrong with a bad link', async () => {
  const anna = await joined(await server.createSession({ mode: 'sfu' }));
  anna.send(offer());
  await anna.until('media-signal');
  media.of(anna.id).state = 'connected';
  const { body } = await server.call('GET', '/v1/media');
  expect(body['connections']).toMatchObject([
    { connection: anna.id, verdict: 'downlink-loss', troubles: ['downlink-loss'], lossDownFraction: 0.05 },
  ]);
  expect(await (await fetch(`${server.base}/metrics`)).text()).toContain('maru_media_participants 0');
});

test('a server that drains says so, and lets the media server wait for who is there', async () => {
  await server.running.media;
  await server.running.drain(20_000);
  expect(media.drainedForMs).toBe(20_000);
  const { status, body } = await server.call('GET', '/v1/health');
  expect([status, body['code'] ?? body['status']]).toEqual([503, expect.anything()]);
});

test('auto: the third moves all to the server, and after a while the two who stay find back', async () => {
  const session = await server.createSession({ mode: 'auto' });
  const [anna, bert] = [await joined(session), await joined(session)];
  expect(bert.welcome!.session.media).toEqual({ way: 'p2p', epoch: 0, stage: 'settled' });
  anna.send(offer(1, 1, [], 1));
  expect((await anna.until('media-signal')).signal).toMatchObject({ kind: 'refused', code: 'media/unavailable' });

  const carl = await joined(session);
  expect(carl.welcome!.session.media).toEqual({ way: 'sfu', epoch: 1, stage: 'moving' });
  const people = [anna, bert, carl];
  for (const [index, one] of people.entries()) {
    await one.until('media-mode', ({ media: { stage } }) => stage === 'moving');
    one.send(offer(2));
    one.send({ type: 'media-ready', ref: 50 + index, epoch: 1, ready: true });
  }
  await anna.until('media-mode', ({ media: { epoch, stage } }) => epoch === 1 && stage === 'settled');
  expect(media.participants.size).toBe(3);

  carl.send({ type: 'leave' });
  await anna.until('connection-left');
  clock.pass(10_000);
  await anna.until('media-mode', ({ media: { way, stage } }) => way === 'p2p' && stage === 'moving');
  expect(media.participants.size).toBe(2); // they go on forwarding
  for (const one of [anna, bert]) one.send({ type: 'media-ready', epoch: 2, ready: true });
  await anna.until('media-mode', ({ media: { way, stage } }) => way === 'p2p' && stage === 'settled');
  expect(media.participants.size).toBe(0);
});
