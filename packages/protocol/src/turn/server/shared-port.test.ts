import { describe, expect, test } from 'vitest';
import { EvenPort, Lifetime, RequestedTransport, StunMethod, XorRelayedAddress } from '../../stun/index.js';
import type { Relay } from './index.js';
import { RELAY_ADDRESS, TableDriver } from './testing/table-driver.js';

const PORT = 50_000;
const [PEER, OTHER] = ['8.8.8.8', '8.8.4.4'];
const bytesOf = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

const sharing = (): TableDriver =>
  new TableDriver({
    relayAddresses: [{ address: RELAY_ADDRESS, firstPort: PORT, lastPort: PORT, isShared: true }],
    relayToRelay: 'hairpin',
  });

describe('one relay port for all', () => {
  test('every allocation has it, and a peer reaches the one that permitted it, whichever relay the driver names', () => {
    const driver = sharing();
    const ada = driver.client('5.5.5.5', 1);
    const bob = driver.client('6.6.6.6', 2, 'bob');
    const relays = [...ada.allocate(), ...bob.allocate()] as [Relay, Relay];
    for (const relay of relays) expect([relay.isShared, relay.relayed.port]).toEqual([true, PORT]);
    expect([ada.bind(0x4000, PEER, 7), bob.permit(OTHER)]).toEqual([0, 0]);
    for (const relay of relays) {
      driver.fromPeer(relay, PEER, 7, bytesOf(1));
      driver.fromPeer(relay, OTHER, 9, bytesOf(2));
      driver.fromPeer(relay, '1.1.1.1', 9, bytesOf(3));
    }
    const ways = driver.relayed.map(({ to, address }) => `${to} ${address}`);
    expect(ways).toEqual(['channel 5.5.5.5', 'client 6.6.6.6', 'channel 5.5.5.5', 'client 6.6.6.6']);
  });

  test('an address belongs to the first that permits it, until that lapses or ends', () => {
    const driver = sharing();
    const ada = driver.client('5.5.5.5', 1);
    const bob = driver.client('6.6.6.6', 2, 'bob');
    const [relay] = ada.allocate();
    bob.allocate();
    expect(ada.bind(0x4000, PEER, 7)).toBe(0);
    expect([bob.permit(PEER), bob.bind(0x4000, PEER, 8)]).toEqual([403, 403]);
    bob.send(PEER, 7, bytesOf(1));
    expect(driver.relayed).toEqual([]);
    driver.pass(301_000); // the permission has lapsed, the channel has not
    expect(bob.permit(PEER)).toBe(0);
    expect(ada.permit(PEER)).toBe(403);
    driver.fromPeer(relay!, PEER, 7, bytesOf(1));
    expect(driver.relayed).toMatchObject([{ to: 'client', address: '6.6.6.6' }]);
    bob.code(StunMethod.refresh, (encoder) => encoder.add(Lifetime, 0));
    expect(ada.bind(0x4000, PEER, 7)).toBe(0);
    driver.fromPeer(relay!, PEER, 7, bytesOf(1));
    expect(driver.relayed.at(-1)).toMatchObject({ to: 'channel', address: '5.5.5.5' });
  });

  test('it stays shared when the settings change, and a range grows around the ports that are taken', () => {
    const driver = sharing();
    const ada = driver.client('5.5.5.5', 1);
    const [first] = ada.allocate();
    ada.permit(PEER);
    driver.server.reconfigure(driver.now, { ...driver.settings, defaultLifetimeS: 900 });
    const [second] = driver.client('6.6.6.6', 2, 'bob').allocate();
    for (const relay of [first!, second!]) driver.fromPeer(relay, PEER, 7, bytesOf(1));
    expect(driver.relayed).toHaveLength(2);
    const ranged = new TableDriver({ relayAddresses: [{ address: RELAY_ADDRESS, firstPort: PORT, lastPort: PORT }] });
    ranged.client('5.5.5.5', 1).allocate();
    const wider = [{ address: RELAY_ADDRESS, firstPort: PORT, lastPort: PORT + 1 }];
    ranged.server.reconfigure(ranged.now, { ...ranged.settings, relayAddresses: wider });
    const [next] = ranged.client('6.6.6.6', 2, 'bob').allocate();
    expect(next!.relayed.port).toBe(PORT + 1);
  });

  test('there are no pairs of ports, and nobody is reached through himself', () => {
    const driver = sharing();
    const ada = driver.client('5.5.5.5', 1);
    expect(ada.code(StunMethod.allocate, (e) => e.add(RequestedTransport, 17).add(EvenPort, { reserveNext: true }))).toBe(508);
    const answer = ada.request(StunMethod.allocate, (encoder) => encoder.add(RequestedTransport, 17));
    expect(answer?.value(XorRelayedAddress)).toEqual({ address: RELAY_ADDRESS, port: PORT });
    expect(ada.permit(RELAY_ADDRESS)).toBe(403);
  });
});
