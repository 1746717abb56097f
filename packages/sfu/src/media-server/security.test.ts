import { nodeCrypto } from '@maru/node';
import { SeededRandom } from '@maru/protocol/core';
import {
  IceControlling,
  newTransactionId,
  Priority,
  StunEncoder,
  StunMethod,
  shortTermKey,
  UseCandidate,
  Username,
} from '@maru/protocol/stun';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Participant } from '../core/index.js';
import { Hall } from '../testing/hall.js';
import { ReferenceCall } from '../testing/reference-call.js';
import { TestSource } from '../testing/test-camera.js';
import { ParticipantTransport } from '../worker/participant-transport.js';
import { MediaRefusal } from './refusal.js';

let hall: Hall;
afterEach(() => hall.close());

/** A call that goes on while others do their worst. */
async function callUnderWay(): Promise<ReferenceCall> {
  hall = await Hall.open({ seed: 11 });
  return ReferenceCall.begin(hall);
}

function check(username: string, password: string, seed: number): Uint8Array {
  const encoder = new StunEncoder();
  encoder
    .start('request', StunMethod.binding, newTransactionId(new SeededRandom(seed)))
    .add(Username, username)
    .add(Priority, 0x7eff_ffff)
    .add(IceControlling, 7n)
    .add(UseCandidate, true);
  return encoder.integrity(shortTermKey(password), nodeCrypto).fingerprint().finish().slice();
}

const ufragIn = (sdp: string): string => /a=ice-ufrag:(\S+)/.exec(sdp)![1]!;

describe('strangers', () => {
  test('checks with a right name and a wrong password change nothing and get no answer (S-20)', async () => {
    const call = await callUnderWay();
    const ours = ufragIn(call.ada.pc.remoteDescription!.sdp);
    const theirs = ufragIn(call.ada.pc.localDescription!.sdp);
    const stranger = hall.stranger();
    const harm = await call.harmOf(async () => {
      for (let i = 0; i < 500; i++) {
        const username = [`${ours}:${theirs}`, `${ours}:wrong`, `nobody:${theirs}`, ours][i % 4]!;
        stranger.send(check(username, 'wrongwrongwrongwrongwrong', i), i % 8);
        await hall.pass(4);
      }
    });
    expect(harm).toEqual([]);
    expect(stranger.replies).toBe(0);
  });

  test('ClientHellos and alerts from elsewhere never reach DTLS (S-29, S-36, S-37)', async () => {
    const call = await callUnderWay();
    const stranger = hall.stranger();
    const hello = Uint8Array.from([22, 254, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 1, 0, 0, 28, ...new Array<number>(36).fill(0)]);
    const alert = Uint8Array.from([21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40]);
    const harm = await call.harmOf(async () => {
      for (let i = 0; i < 500; i++) {
        stranger.send(i % 2 ? hello : alert, i % 16);
        await hall.pass(4);
      }
    });
    expect(harm).toEqual([]);
    expect(stranger.replies).toBe(0);
  });

  test('media from elsewhere is not taken, and nothing is sent there (S-48)', async () => {
    const call = await callUnderWay();
    const stranger = hall.stranger();
    const rtp = new Uint8Array(1_000).fill(0x55);
    rtp.set([0x80, 96, 0, 1]);
    const harm = await call.harmOf(async () => {
      for (let i = 0; i < 2_000; i++) {
        stranger.send(rtp, i % 64);
        if (i % 10 === 0) await hall.pass(5);
      }
    });
    expect(harm).toEqual([]);
    expect(stranger.replies).toBe(0);
  });

  test('every first byte and every short length is dropped (S-58)', async () => {
    const call = await callUnderWay();
    const stranger = hall.stranger();
    const harm = await call.harmOf(async () => {
      for (let first = 0; first < 256; first++) {
        for (const length of [1, 2, 7, 12, 13, 20, 40, 64]) stranger.send(new Uint8Array(length).fill(first), first % 4);
        await hall.pass(5);
      }
    });
    expect(harm).toEqual([]);
    expect(stranger.replies).toBe(0);
  });
});

describe('clients that misbehave', () => {
  test('another certificate than was announced gets no media and no keys (S-30)', async () => {
    hall = await Hall.open();
    const eve = hall.client('eve');
    await hall.until(eve.pc.setLocalDescription());
    const sdp = eve
      .offer()
      .sdp.replace(/(a=fingerprint:\S+ )(..)/g, (_, start: string, first: string) => start + (first === '00' ? '01' : '00'));
    const answer = await hall.until(eve.participant.offer({ sdp, media: [] }));
    if (answer instanceof MediaRefusal) throw new Error(answer.detail);
    await hall.until(eve.pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp }));
    await hall.when(() => eve.participant.state === 'failed');
    expect(eve.events).toContainEqual({ type: 'reset-wanted' });
    const log = await hall.until(eve.participant.log());
    expect(log.map(({ event }) => event)).not.toContain('dtls/connected');
  });

  test('offers that make no sense, are too large or come too often are refused, each with its reason (S-26, S-72)', async () => {
    hall = await Hall.open();
    const { participant } = hall.client('eve');
    const offer = (sdp: string) => hall.until(participant.offer({ sdp, media: [] }));
    expect(await offer('v=0')).toMatchObject({ code: 'media/invalid-offer' });
    expect(await offer(`v=0\r\n${'a=x\r\n'.repeat(10_000)}`)).toMatchObject({ code: 'media/invalid-offer' });
    for (let i = 0; i < 30; i++) await offer('v=0');
    expect(await offer('v=0')).toMatchObject({ code: 'media/too-many-offers' });
  });

  test('who may not publish is not seen, who may not subscribe sees nothing, from one moment to the next (S-79)', async () => {
    hall = await Hall.open({ seed: 12 });
    const ada = await hall.connected('ada');
    const bob = await hall.connected('bob', { permissions: { subscribe: false } });
    const eve = await hall.connected('eve', { permissions: { publish: false } });
    const [camera, hidden] = [new TestSource('video', 1), new TestSource('video', 2)];
    ada.publish('ada-1', { video: camera });
    eve.publish('eve-1', { video: hidden });
    await hall.until(Promise.all([ada.negotiate(), eve.negotiate()]));
    hall.play(camera);
    hall.play(hidden);
    await hall.pass(3_000);
    expect([bob.seen.length, ada.seen.length]).toEqual([0, 0]);
    expect(eve.framesOf(1).length).toBeGreaterThan(50);
    eve.participant.setPermissions({ publish: false, subscribe: false, data: false });
    await hall.pass(200);
    const until = eve.seen.length;
    await hall.pass(2_000);
    expect(eve.seen.length).toBe(until);
  });

  test('messages of who may not send any go to nobody', async () => {
    hall = await Hall.open();
    const ada = await hall.connected('ada', { permissions: { data: false } });
    const bob = await hall.connected('bob');
    await hall.when(() => ada.control.readyState === 'open' && bob.control.readyState === 'open');
    ada.control.send('hello');
    await hall.pass(1_000);
    expect(bob.messages).toEqual([]);
  });
});

test('what breaks for one participant ends its transport, and nobody else notices', async () => {
  const call = await callUnderWay();
  const eve = await hall.connected('eve');
  const breaks = vi.spyOn(ParticipantTransport.prototype, 'settle').mockImplementationOnce(() => {
    throw new Error('an invariant');
  });
  const harm = await call.harmOf(async () => {
    eve.participant.view([]);
    await hall.pass(1_000);
  });
  expect(harm).toEqual([]);
  breaks.mockRestore();
  expect(eve.events).toContainEqual({ type: 'reset-wanted' });
  const again = hall.renewed(eve);
  await hall.until(again.negotiate());
  await hall.pass(3_000);
  expect(again.framesOf(1).length).toBeGreaterThan(30);
});

test('what breaks while figures of one participant are made for a report costs that one alone, and reports go on', async () => {
  const call = await callUnderWay();
  const eve = await hall.connected('eve');
  await hall.pass(2_000); // the key frame that she needs is no harm
  const figures = Participant.prototype.figures;
  const breaks = vi.spyOn(Participant.prototype, 'figures').mockImplementation(function (this: Participant) {
    if (this.id === 'eve') throw new Error('an invariant');
    return figures.call(this);
  });
  const harm = await call.harmOf(() => hall.pass(2_500));
  breaks.mockRestore();
  expect(harm).toEqual([]);
  expect(eve.events).toContainEqual({ type: 'reset-wanted' });
  await hall.pass(1_500);
  const [session] = hall.server.report().sessions;
  expect(session!.participants.map(({ connection }) => connection)).toEqual(['ada', 'bob', 'eve']);
  expect(session!.participants[0]!.sentPackets).toBeDefined();
});
