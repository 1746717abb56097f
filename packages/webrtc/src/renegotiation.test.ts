import { afterEach, describe, expect, test } from 'vitest';
import type { RTCDataChannel } from './index.js';
import { nextMessage, World } from './testing/world.js';

let world: World;
afterEach(() => world?.close());

/** Something said on `channel` comes out of `other`. */
async function expectAlive(channel: RTCDataChannel, other: RTCDataChannel): Promise<void> {
  const heard = nextMessage(other);
  channel.send('still there');
  expect(await world.until(heard)).toBe('still there');
}

const REJECTED_SECTION = (mid: number): string =>
  ['m=audio 0 UDP/TLS/RTP/SAVPF 111', 'c=IN IP4 0.0.0.0', `a=mid:x${mid}`, 'a=rtpmap:111 opus/48000/2', 'a=inactive', ''].join(
    '\r\n',
  );

describe('S-76: a peer that negotiates to annoy', () => {
  test('two hundred offers in a row leave one section, one transport, and the channel', async () => {
    world = new World({ seed: 5 });
    const [channel, other] = await world.connect();
    const { transport } = world.b.sctp!;
    const pair = transport.iceTransport.getSelectedCandidatePair();
    for (let round = 0; round < 200; round++) {
      const [offerer, answerer] = round % 2 ? [world.a, world.b] : [world.b, world.a];
      await world.until(world.negotiate(offerer, answerer));
    }
    expect(world.b.sctp!.transport).toBe(transport);
    expect(transport.iceTransport.getSelectedCandidatePair()?.remote.port).toBe(pair?.remote.port);
    expect(world.b.localDescription!.sdp.match(/^m=/gm)).toHaveLength(1);
    await expectAlive(channel, other);
  });

  test.each<[string, (sdp: string) => string]>([
    ['whose section has another name', (sdp) => sdp.replace('a=mid:0', 'a=mid:1').replace('BUNDLE 0', 'BUNDLE 1')],
    ['without the section there was', (sdp) => sdp.slice(0, sdp.indexOf('m=')).replace(/a=group:BUNDLE.*\r\n/, '')],
    ['with another section in its place', (sdp) => sdp.replace('m=application', `${REJECTED_SECTION(0)}m=application`)],
    ['of 65 sections', (sdp) => sdp + Array.from({ length: 64 }, (_, i) => REJECTED_SECTION(i)).join('')],
    ['of ten thousand sections', (sdp) => sdp + Array.from({ length: 10_000 }, (_, i) => REJECTED_SECTION(i)).join('')],
  ])('an offer %s is refused, and the call goes on', async (_what, change) => {
    world = new World();
    const [channel, other] = await world.connect();
    await world.until(world.a.setLocalDescription());
    const refused = world.b.setRemoteDescription({ type: 'offer', sdp: change(world.a.localDescription!.sdp) });
    const error = await world.until(
      refused.then(
        () => undefined,
        (reason: Error) => reason,
      ),
    );
    expect(['InvalidAccessError', 'OperationError', 'RTCError', 'SyntaxError']).toContain(error?.name);
    expect(world.b.signalingState).toBe('stable');
    await expectAlive(channel, other);
    await world.until(world.b.setRemoteDescription(world.a.localDescription!)); // and the honest one is taken
    await world.until(world.b.setLocalDescription());
    await world.until(world.a.setRemoteDescription(world.b.localDescription!));
    await expectAlive(other, channel);
  });

  test('fifty collisions in a row are over after two rounds each', async () => {
    world = new World({ seed: 9 });
    const { a: impolite, b: polite } = world;
    const [channel, other] = await world.connect();
    for (let i = 0; i < 50; i++) {
      await world.until(Promise.all([impolite.setLocalDescription(), polite.setLocalDescription()]));
      await world.until(polite.setRemoteDescription(impolite.localDescription!)); // takes its own offer back
      await world.until(polite.setLocalDescription());
      await world.until(impolite.setRemoteDescription(polite.localDescription!));
      await world.until(world.negotiate(polite, impolite)); // what it took back, it offers now
      expect([impolite.signalingState, polite.signalingState]).toEqual(['stable', 'stable']);
    }
    await expectAlive(channel, other);
  });
});
