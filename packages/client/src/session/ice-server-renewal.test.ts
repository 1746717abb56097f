import { expect, test } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { type IceOffer, IceServerRenewal } from './ice-server-renewal.js';

const offer = (credential: string, iceServersTtlMs?: number): IceOffer => ({
  iceServers: [{ urls: ['turn:x'], username: 'u', credential }],
  ...(iceServersTtlMs !== undefined && { iceServersTtlMs }),
});

/** A renewal whose answers are given one by one. */
function world(answers: readonly (IceOffer | Error)[]) {
  const clock = new VirtualClock();
  const taken: (string | undefined)[] = [];
  let asked = 0;
  const renewal = new IceServerRenewal(
    clock,
    async () => {
      const answer = answers[asked++]!;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    ([server]) => taken.push(server?.credential),
  );
  return { clock, renewal, taken, asked: () => asked };
}

test('fresh credentials are asked for before the old ones end, again and again', async () => {
  const { clock, renewal, taken } = world([offer('second', 60_000), offer('third', 60_000)]);
  renewal.offered(offer('first', 300_000));
  await clock.pass(239_999);
  expect(taken).toEqual(['first']);
  await clock.pass(1);
  expect(taken).toEqual(['first', 'second']);
  await clock.pass(48_000);
  expect(taken).toEqual(['first', 'second', 'third']);
});

test('credentials without an end are left alone, and so is a server that knows no others', async () => {
  const forever = world([]);
  forever.renewal.offered(offer('kept'));
  await forever.clock.pass(10_000_000);
  expect(forever.asked()).toBe(0);
  const old = world([new Error('request/unknown-type')]);
  old.renewal.offered(offer('kept', 1_000));
  await old.clock.pass(10_000_000);
  expect([old.asked(), old.taken]).toEqual([1, ['kept']]);
});

test('coming back brings others, and the end of the call stops it', async () => {
  const { clock, renewal, taken, asked } = world([offer('never', 1_000)]);
  renewal.offered(offer('first', 10_000));
  await clock.pass(7_000);
  renewal.offered(offer('resumed', 10_000));
  await clock.pass(7_000);
  renewal.stop();
  await clock.pass(100_000);
  expect([asked(), taken]).toEqual([0, ['first', 'resumed']]);
});
