import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LabNat } from './lab.js';
import { RelayedWorld, TURN_DTLS, TURN_TCP, TURN_TLS, TURN_UDP } from './relayed-world.js';
import { missingForLab, titled } from './requirements.js';

describe.skipIf(missingForLab() !== undefined)(titled('R-17: coturn killed and started again'), () => {
  let world: RelayedWorld;
  beforeAll(() => {
    world = new RelayedWorld();
  });
  afterEach(() => world.down());
  afterAll(() => world.remove());

  test.each<[string, LabNat, object]>([
    ['UDP', 'symmetric', TURN_UDP],
    ['TCP', 'udp-blocked', TURN_TCP],
    ['TLS', 'udp-blocked', TURN_TLS],
    ['DTLS', 'symmetric', TURN_DTLS],
  ])('in a call over %s: it goes on', async (_, nat, server) => {
    const connected = await world.call(nat, nat, { iceServers: [server] });
    expect(await connected.echo(100_000)).toBe(true);
    await world.restartTurnServer();
    expect(await connected.echo(100_000)).toBe(true);
  });
});
