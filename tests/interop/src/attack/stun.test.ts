import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AttackerSocket } from './attacker-socket.js';
import { type Described, LiveCall, onlyReachableAt } from './live-call.js';
import { Relay } from './relay.js';
import { nominatingCheck, unaskedSuccess } from './stun-checks.js';

/** As many as would show, if one in a hundred got through. */
const TIMES = 100;

const isCheck = (bytes: Uint8Array): boolean => bytes[0] === 0 && bytes[1] === 1;

describe('S-20: connectivity checks from somebody with a socket', () => {
  let call: LiveCall;
  let ends: { a: Described; b: Described };
  let attacker: AttackerSocket;

  beforeEach(async () => {
    call = await LiveCall.open({
      offer: (sdp) => onlyReachableAt(sdp), // one pair, so that only an attacker could change which is selected
      answer: (sdp) => onlyReachableAt(sdp),
      described: (a, b) => {
        ends = { a, b };
      },
    });
    await call.echo();
    attacker = await AttackerSocket.open(ends.a.address);
  });

  afterEach(() => {
    attacker.close();
    call.close();
  });

  test.each<[string, (to: Described, other: Described) => Uint8Array]>([
    ['no MESSAGE-INTEGRITY', (to, other) => nominatingCheck(`${to.ufrag}:${other.ufrag}`)],
    ['a wrong key', (to, other) => nominatingCheck(`${to.ufrag}:${other.ufrag}`, 'x'.repeat(22))],
    ["the other side's key", (to, other) => nominatingCheck(`${to.ufrag}:${other.ufrag}`, other.password)],
    ['a wrong local ufrag', (to, other) => nominatingCheck(`nobody:${other.ufrag}`, to.password)],
    ['the right local and a wrong remote ufrag', (to) => nominatingCheck(`${to.ufrag}:nobody`, to.password)],
    ['both ufrags the wrong way round', (to, other) => nominatingCheck(`${other.ufrag}:${to.ufrag}`, to.password)],
    ['no user name', (to) => nominatingCheck('', to.password)],
    ['a success that nobody asked for', (to) => unaskedSuccess(to.password)],
  ])('%s: no answer, no change, and the call goes on', async (_what, make) => {
    const before = call.standing();
    for (let i = 0; i < TIMES; i++) {
      await attacker.send(make(ends.a, ends.b), ends.a);
      await attacker.send(make(ends.b, ends.a), ends.b);
    }
    await call.echo(); // on the same sockets, so after the attack
    await call.echo();
    expect(call.standing()).toEqual(before);
    expect(attacker.receivedBytes).toBe(0);
  });
});

test('S-20: an honest check, taken off the path and sent again from elsewhere, moves nothing', async () => {
  const relay = await Relay.open('0.0.0.0');
  const call = await LiveCall.open({
    offer: (sdp) => onlyReachableAt(sdp, relay.portFor('b')),
    answer: (sdp) => onlyReachableAt(sdp, relay.portFor('a')),
    described: (a, b) => relay.between(a, b),
  });
  const ends = relay.ends;
  const attackers = await Promise.all(Array.from({ length: 20 }, () => AttackerSocket.open(ends.a!.address)));
  try {
    await call.echo();
    const before = call.standing();
    const checks = relay.seen.filter(({ bytes }) => isCheck(bytes));
    expect(new Set(checks.map(({ from }) => from))).toEqual(new Set(['a', 'b']));
    for (const attacker of attackers) {
      for (const { from, bytes } of checks) await attacker.send(bytes, from === 'a' ? ends.b! : ends.a!);
    }
    for (let i = 0; i < 20; i++) await call.echo();
    expect(call.standing()).toEqual(before);
    expect(attackers.map(({ replies }) => replies.dtls + replies.other)).toEqual(attackers.map(() => 0));
  } finally {
    for (const attacker of attackers) attacker.close();
    call.close();
    relay.close();
  }
});
