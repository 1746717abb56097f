import { describe, expect, test } from 'vitest';
import { IDENTITIES, Link, type LinkProfile, twoPeers } from './testing/peers.js';

/** Handshakes over 100 seeds of one link: how long each took, in virtual ms. */
function handshakes(profile: LinkProfile, mtuBytes: number): number[] {
  const options = { mtuBytes, certificate: IDENTITIES.ecdsa };
  return Array.from({ length: 100 }, (_, seed) => {
    const { client, server } = twoPeers({ client: options, server: options, seed });
    const link = new Link(client, server, { ...profile, mtuBytes }, seed).start();
    expect(link.connect(), `seed ${seed}, ${JSON.stringify(profile)}, MTU ${mtuBytes}`).toBe(true);
    return link.now;
  }).sort((a, b) => a - b);
}

describe('R-03: 100 handshakes of 100 complete', () => {
  for (const [loss, medianMs] of [
    [0, 500],
    [0.1, 1_000],
    [0.2, 2_000],
    [0.5, 10_000],
  ] as const) {
    for (const mtuBytes of [100, 576, 1_200]) {
      test(`at ${loss * 100} % loss, MTU ${mtuBytes}, 25 % reordered, 10 % doubled: median within ${medianMs} ms, all within 30 s`, () => {
        const times = handshakes({ latencyMs: 25, jitterMs: 10, loss, reorder: 0.25, duplicate: 0.1 }, mtuBytes);
        expect(times[50]).toBeLessThanOrEqual(medianMs);
        expect(times[99]).toBeLessThanOrEqual(30_000);
      });
    }
  }
});

test('a path that carries less than we were told is found out: flights shrink after three sends', () => {
  const options = { certificate: IDENTITIES.rsa };
  const { client, server } = twoPeers({ client: options, server: options });
  const link = new Link(client, server, { mtuBytes: 600 }).start();
  expect(link.connect(3_000)).toBe(true);
});
