import { SeededRandom } from '@maru/protocol/core';
import { expect, test } from 'vitest';
import type { Environment } from '../environment/environment.js';
import { FakeMediaStream } from '../testing/fake-media.js';
import { FakePeerConnection } from '../testing/fake-peer-connection.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { DirectCall } from './direct-call.js';
import { decodeDirectCode, kindOfDirectCode } from './direct-code.js';

function world() {
  const clock = new VirtualClock();
  let seed = 0;
  const environment = (): Environment => ({
    clock,
    random: new SeededRandom((seed += 1)),
    isPhone: false,
    createStream: () => new FakeMediaStream() as unknown as MediaStream,
    videoCodecs: () => undefined,
    userAgent: 'test',
    createConnection: () => new FakePeerConnection() as unknown as RTCPeerConnection, // it behaves as one as far as the SDK looks
    carriersTo: () => () => {
      throw new Error('a direct call asks no server');
    },
    wallTime: () => 1_800_000_000_000,
    watch: () => () => undefined,
  });
  const made = async (code: Promise<string>): Promise<string> => {
    await clock.pass(5_000);
    return code;
  };
  return { clock, environment, call: () => new DirectCall({ metadata: { name: 'x' } }, environment()), made };
}

test('an invite is answered, and only its own answer completes it', async () => {
  const { call, made } = world();
  const [anna, bert, cleo, dora] = [call(), call(), call(), call()];
  const invite = await made(anna.createInvite());
  const answer = await made(bert.acceptInvite(invite));
  expect([kindOfDirectCode(invite), kindOfDirectCode(answer)]).toEqual(['invite', 'answer']);
  expect(decodeDirectCode(answer).callId).toBe(decodeDirectCode(invite).callId);

  const other = await made(dora.acceptInvite(await made(cleo.createInvite())));
  await expect(anna.complete(other)).rejects.toMatchObject({ code: 'direct/wrong-kind-of-code' });
  await expect(anna.complete(invite)).rejects.toMatchObject({ code: 'direct/wrong-kind-of-code' });
  await expect(anna.complete('rubbish')).rejects.toMatchObject({ code: 'direct/invalid-code' });
  await expect(bert.acceptInvite(invite)).rejects.toMatchObject({ code: 'sdk/invalid-state' });
  expect(anna.state).toBe('joining');
});

test('an invite that is no invite leaves the call as it was', async () => {
  const { call } = world();
  const bert = call();
  await expect(bert.acceptInvite('rubbish')).rejects.toMatchObject({ code: 'direct/invalid-code' });
  expect(bert.state).toBe('new');
});

test('when no way is found the call is over, and says why', async () => {
  const { call, made, clock } = world();
  const [anna, bert] = [call(), call()];
  const answer = await made(bert.acceptInvite(await made(anna.createInvite())));
  const completing = anna.complete(answer).catch((error: unknown) => error);
  await clock.pass(60_000);
  expect(await completing).toMatchObject({ code: 'direct/no-path' });
  expect(anna.closeReason).toMatchObject({ type: 'lost', code: 'direct/no-path' });
});

test('leaving while the code is made rejects it', async () => {
  const { call, clock } = world();
  const anna = call();
  const code = anna.createInvite().catch((error: unknown) => error);
  await anna.leave();
  await clock.pass(10_000);
  expect(await code).toMatchObject({ code: 'sdk/invalid-state' });
  expect(anna.closeReason).toEqual({ type: 'left' });
});
