import { afterEach, describe, expect, test } from 'vitest';
import { Hall } from '../testing/hall.js';
import { TestSource } from '../testing/test-camera.js';

let hall: Hall;
afterEach(() => hall.close());

describe('paths that change', () => {
  test('another network: a restart of ICE brings the call back, with the same slots', async () => {
    hall = await Hall.open({ seed: 21 });
    const [ada, bob] = [await hall.connected('ada'), await hall.connected('bob')];
    const camera = new TestSource('video', 1);
    ada.publish('ada-1', { video: camera });
    await hall.until(ada.negotiate());
    hall.play(camera);
    await hall.pass(3_000);
    const host = hall.hosts.get(bob)!;
    const slots = [...bob.sources];
    host.detach(host.hostAddresses().find(({ isLoopback }) => !isLoopback)!.address);
    hall.network.addAddress(host, '198.51.200.9', { up: { delayMs: 10 }, down: { delayMs: 10 } });
    await hall.until(bob.negotiate({ iceRestart: true }));
    const before = bob.framesOf(1).length;
    await hall.pass(4_000);
    expect(bob.framesOf(1).length - before).toBeGreaterThan(60);
    expect([...bob.sources]).toEqual(slots);
  });

  test('a NAT that gives another port is followed with the next check, without a word of signaling (R-09)', async () => {
    hall = await Hall.open({ seed: 22 });
    const { nat, zone } = hall.network.addNat({ outerAddresses: ['198.51.99.1'], kind: 'port-restricted' });
    const ada = await hall.connected('ada');
    const bob = await hall.connected('bob', { zone });
    const camera = new TestSource('video', 1);
    ada.publish('ada-1', { video: camera });
    await hall.until(ada.negotiate());
    hall.play(camera);
    await hall.pass(3_000);
    nat.rebind();
    const before = bob.framesOf(1).length;
    await hall.pass(12_000);
    expect(bob.framesOf(1).length - before).toBeGreaterThan(100);
    expect(bob.offers).toBe(1);
  });

  test('who is gone without a word is sent nothing after consent ends, and is asked to restart (S-23)', async () => {
    hall = await Hall.open({ seed: 23 });
    const [ada, bob] = [await hall.connected('ada'), await hall.connected('bob')];
    const camera = new TestSource('video', 1);
    ada.publish('ada-1', { video: camera });
    await hall.until(ada.negotiate());
    hall.play(camera);
    await hall.pass(3_000);
    const host = hall.hosts.get(bob)!;
    host.detach(host.hostAddresses().find(({ isLoopback }) => !isLoopback)!.address);
    bob.onEvent = () => {};
    await hall.when(() => bob.participant.state === 'failed', 40_000);
    expect(bob.events).toContainEqual({ type: 'restart-wanted' });
    const { sentPackets } = await hall.until(bob.participant.stats());
    await hall.pass(5_000);
    expect((await hall.until(bob.participant.stats())).sentPackets).toBe(sentPackets);
  });

  test('a new RTCPeerConnection takes the place of the old one: streams and subscriptions are as they were', async () => {
    hall = await Hall.open({ seed: 24 });
    const ada = await hall.connected('ada');
    const bob = await hall.connected('bob');
    const camera = new TestSource('video', 1);
    ada.publish('ada-1', { video: camera });
    await hall.until(ada.negotiate());
    hall.play(camera);
    await hall.pass(2_000);
    const again = hall.renewed(bob);
    await hall.until(again.negotiate());
    await hall.pass(4_000);
    expect(again.framesOf(1).length).toBeGreaterThan(60);
  });
});
