import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LabLink, LabNat } from './lab.js';
import { ALL, RelayedWorld, STUN, TURN_DTLS, TURN_TCP, TURN_TLS, TURN_UDP } from './relayed-world.js';
import { missingForLab, titled } from './requirements.js';

const BAD_LINK: LabLink = { delayMs: 25, loss: 0.05 };

describe.skipIf(missingForLab() !== undefined)(titled('calls between real hosts'), () => {
  let world: RelayedWorld;
  const call = (...how: Parameters<RelayedWorld['call']>) => world.call(...how);
  beforeAll(() => {
    world = new RelayedWorld();
  });
  afterEach(() => world.down());
  afterAll(() => world.remove());

  test.each<[LabNat, LabNat]>([
    ['none', 'none'],
    ['none', 'symmetric'],
    ['full-cone', 'symmetric'],
    ['port-restricted', 'full-cone'],
    ['port-restricted', 'port-restricted'],
  ])('%s and %s connect directly', async (a, b) => {
    const connected = await call(a, b);
    expect(await connected.echo(300_000)).toBe(true);
    const pair = await connected.selectedPair();
    expect([pair.local, pair.remote]).not.toContain('relay');
    expect(pair.protocol).toBe('udp');
  });

  test.each<[LabNat, LabNat]>([
    ['port-restricted', 'symmetric'],
    ['symmetric', 'symmetric'],
  ])('%s and %s need a relay, and use it over UDP', async (a, b) => {
    const connected = await call(a, b);
    expect(await connected.echo(300_000)).toBe(true);
    const pair = await connected.selectedPair();
    expect([pair.local, pair.remote]).toContain('relay');
    if (pair.local === 'relay') expect(pair.relayProtocol).toBe('udp');
  });

  test.each<[string, LabNat, object, string]>([
    ['TCP', 'port-restricted', { iceServers: [STUN, TURN_UDP, TURN_TCP] }, 'tcp'],
    ['TLS', 'port-restricted', { iceServers: [STUN, TURN_TLS] }, 'tls'],
    ['TCP, both ends of it,', 'udp-blocked', { iceServers: [TURN_TCP] }, 'tcp'],
  ])('where UDP is blocked, TURN over %s carries the call to %s', async (_, b, configuration, relayProtocol) => {
    const connected = await call('udp-blocked', b, configuration);
    expect(await connected.echo(300_000)).toBe(true);
    expect(await connected.selectedPair()).toMatchObject({ local: 'relay', relayProtocol });
  });

  test('a policy of relays only hides every other address', async () => {
    const connected = await call('none', 'none', { ...ALL, iceTransportPolicy: 'relay' });
    expect(await connected.echo(100_000)).toBe(true);
    expect(await connected.selectedPair()).toMatchObject({ local: 'relay', remote: 'relay' });
  });

  test('TURN over DTLS carries a call (RFC 7350)', async () => {
    const connected = await call('port-restricted', 'none', { iceServers: [TURN_DTLS], iceTransportPolicy: 'relay' });
    expect(await connected.echo(300_000)).toBe(true);
    expect(await connected.selectedPair()).toMatchObject({ local: 'relay', relayProtocol: 'dtls' });
  });

  test('hosts that hide their addresses behind names find each other by mDNS', async () => {
    const connected = await world.callOnCable();
    expect(await connected.echo(100_000)).toBe(true);
    expect(await connected.selectedPair()).toMatchObject({ local: 'host', remote: 'host', protocol: 'udp' });
    const lines = (await connected.candidatesOfA()).join('\n');
    expect(lines).toMatch(/[0-9a-f-]{36}\.local \d+ typ host/);
    expect(lines).not.toContain('192.168.7.');
  });

  test('over a link of 50 ms that loses 5 %, every byte arrives as it was', async () => {
    const connected = await call('port-restricted', 'port-restricted', ALL, BAD_LINK);
    expect(await connected.echo(500_000)).toBe(true);
    const pair = await connected.selectedPair();
    expect([pair.local, pair.remote]).not.toContain('relay');
  });

  test('a call outlives its NAT forgetting it', async () => {
    const connected = await call('symmetric', 'none', { iceServers: [STUN] });
    expect(await connected.echo(100_000)).toBe(true);
    const before = await connected.remotePortOfA();
    world.lab!.rebind('a');
    expect(await connected.echo(100_000)).toBe(true);
    expect(await connected.remotePortOfA()).not.toBe(before);
  });
});
