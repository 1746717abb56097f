import { afterEach, describe, expect, test } from 'vitest';
import type { RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCStats } from './index.js';
import { EncodedSource } from './media/engine/encoded-source.js';
import { receiveEncoded } from './media/remote-source.js';
import { nextEvent, nextMessage, World } from './testing/world.js';

let world: World;
const others: RTCPeerConnection[] = [];
afterEach(() => {
  for (const one of others.splice(0)) one.close();
  world?.close();
});

/** A caller of this policy, and a callee that has heard of nothing. */
function pair(configuration: RTCConfiguration): readonly [RTCPeerConnection, RTCPeerConnection] {
  world = new World();
  const caller = world.newConnection(0, 11, configuration);
  const callee = world.newConnection(1, 12);
  others.push(caller, callee);
  world.trickle(caller, callee);
  return [caller, callee];
}

/** An offer as somebody writes it who has not heard of BUNDLE. */
const unbundled = (sdp: string): string => sdp.replace(/a=group:BUNDLE .*\r\n/, '').replace(/a=bundle-only\r\n/g, '');

async function negotiateUnbundled(caller: RTCPeerConnection, callee: RTCPeerConnection): Promise<void> {
  await caller.setLocalDescription();
  await callee.setRemoteDescription({ type: 'offer', sdp: unbundled(caller.localDescription!.sdp) });
  await callee.setLocalDescription();
  await caller.setRemoteDescription(callee.localDescription!);
}

async function connected(...connections: RTCPeerConnection[]): Promise<void> {
  for (const one of connections) while (one.connectionState !== 'connected') await nextEvent(one, 'connectionstatechange');
}

const transportsOf = async (of: RTCPeerConnection): Promise<RTCStats[]> =>
  [...(await world.until(of.getStats()))].map(([, one]) => one).filter(({ type }) => type === 'transport');

describe('before BUNDLE is agreed on', () => {
  test('each kind has a transport, and one is left afterwards; the others close and say so', async () => {
    const [caller, callee] = pair({});
    const audio = caller.addTransceiver('audio');
    const video = caller.addTransceiver('video');
    caller.createDataChannel('chat');
    await world.until(caller.setLocalDescription());
    const [first, second, third] = [audio.sender.transport!, video.sender.transport!, caller.sctp!.transport];
    expect(new Set([first, second, third]).size).toBe(3);
    await world.until(callee.setRemoteDescription(caller.localDescription!));
    await world.until(callee.setLocalDescription());
    const isClosed = nextEvent(second.iceTransport, 'statechange');
    const atOnce = caller.setRemoteDescription(callee.localDescription!).then(() => second.iceTransport.state);
    expect(await world.until(atOnce)).not.toBe('closed');
    expect([video.sender.transport, caller.sctp!.transport]).toEqual([first, first]);
    await world.until(isClosed);
    expect([second, third].map(({ state, iceTransport }) => [state, iceTransport.state])).toEqual([
      ['closed', 'closed'],
      ['closed', 'closed'],
    ]);
    await world.until(connected(caller, callee));
    expect(await transportsOf(caller)).toHaveLength(1);
  });

  test('a connection that closes right after the answer leaves nothing of them behind', async () => {
    const [caller, callee] = pair({});
    for (const kind of ['audio', 'video']) caller.addTransceiver(kind);
    await world.until(caller.setLocalDescription());
    await world.until(callee.setRemoteDescription(caller.localDescription!));
    await world.until(callee.setLocalDescription());
    await world.until(caller.setRemoteDescription(callee.localDescription!).then(() => caller.close()));
    callee.close();
    world.close();
    expect(world.hosts.map(({ openHandles }) => openHandles)).toEqual([0, 0]);
    await world.pass(1_000);
    expect(world.network.clock.nextAt).toBe(Number.POSITIVE_INFINITY);
  });

  test('an offer that is taken back takes its transports with it', async () => {
    const [caller] = pair({ bundlePolicy: 'max-compat' });
    const audio = caller.addTransceiver('audio');
    const video = caller.addTransceiver('video');
    await world.until(caller.setLocalDescription());
    const transports = [audio.sender.transport!, video.sender.transport!];
    await world.until(caller.setLocalDescription({ type: 'rollback' }));
    expect(transports.map(({ state }) => state)).toEqual(['closed', 'closed']);
    expect([audio.sender.transport, video.sender.transport]).toEqual([null, null]);
    expect(caller.iceConnectionState).toBe('new');
  });
});

describe('with a peer that does not bundle', () => {
  test('sound, pictures and data each have their way, and all arrive', async () => {
    const [caller, callee] = pair({});
    const sound = new EncodedSource({ kind: 'audio', codec: 'opus' });
    const picture = new EncodedSource({ kind: 'video', codec: 'VP8' });
    caller.addTrack(sound.track);
    caller.addTrack(picture.track);
    const channel = caller.createDataChannel('chat');
    const heard: string[] = [];
    callee.addEventListener('track', (event) => {
      const { track } = (event as Event & { receiver: ReturnType<RTCPeerConnection['getReceivers']>[number] }).receiver;
      receiveEncoded(track, ({ codec }) => heard.push(codec.name));
    });
    const isOpen = nextEvent(channel, 'open');
    await world.until(negotiateUnbundled(caller, callee));
    await world.until(connected(caller, callee));
    await world.until(isOpen);
    expect(await transportsOf(caller)).toHaveLength(3);
    expect(await transportsOf(callee)).toHaveLength(3);
    const report = await world.until(caller.getStats());
    expect([...report.keys()]).toHaveLength(new Set(report.keys()).size);
    for (const [, one] of report)
      for (const [name, id] of Object.entries(one))
        if (/(?<!dataChannelIdentifier)Id$/.test(name) && typeof id === 'string')
          expect(report.has(id), `${one.id}.${name}`).toBe(true);
    sound.write({ data: Uint8Array.of(0x78, 1), timestampMs: 0, isKeyFrame: true });
    const keyFrame = Uint8Array.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01, 0, 0);
    picture.write({ data: keyFrame, timestampMs: 0, isKeyFrame: true });
    await world.pass(200);
    expect(heard.sort()).toEqual(['VP8', 'opus']);
  });

  test('a section that comes later has its own transport until the peer bundles it', async () => {
    const [caller, callee] = pair({});
    const sender = caller.addTrack(new EncodedSource({ kind: 'audio', codec: 'opus' }).track);
    await world.until(negotiateUnbundled(caller, callee));
    await world.until(connected(caller, callee));
    const states: string[] = [];
    caller.addEventListener('connectionstatechange', () => states.push(caller.connectionState));
    const channel = caller.createDataChannel('chat');
    const isOpen = nextEvent(channel, 'open');
    await world.until(world.negotiate(caller, callee));
    await world.until(isOpen);
    expect(states).toEqual(['connecting', 'connected']);
    expect(caller.sctp!.transport).toBe(sender.transport);
  });

  test('a restart of ICE in one section alone restarts the transport of that section, and the others go on', async () => {
    const [caller, callee] = pair({});
    for (const kind of ['audio', 'video']) caller.addTransceiver(kind);
    const channel = caller.createDataChannel('chat');
    const isOpen = nextEvent(channel, 'open');
    const opened = nextEvent(callee, 'datachannel') as Promise<Event & { readonly channel: RTCDataChannel }>;
    await world.until(negotiateUnbundled(caller, callee));
    await world.until(connected(caller, callee));
    await world.until(isOpen);
    const before = ufragsOf(callee.localDescription!.sdp);
    expect(new Set(before).size).toBe(3);
    const { sdp = '' } = await world.until(caller.createOffer());
    const sections = unbundled(sdp).split(/(?=^m=)/m);
    sections[2] = sections[2]!
      .replace(/a=ice-ufrag:.*/, 'a=ice-ufrag:another')
      .replace(/a=ice-pwd:.*/, `a=ice-pwd:${'p'.repeat(24)}`);
    await world.until(callee.setRemoteDescription({ type: 'offer', sdp: sections.join('') }));
    await world.until(callee.setLocalDescription());
    const after = ufragsOf(callee.localDescription!.sdp);
    expect(after.map((ufrag, index) => ufrag === before[index])).toEqual([true, false, true]);
    const heard = nextMessage((await world.until(opened)).channel);
    channel.send('still here');
    expect(await world.until(heard)).toBe('still here');
  });
});

/** Of each section of a description. */
function ufragsOf(sdp: string): string[] {
  return [...sdp.matchAll(/^a=ice-ufrag:(.*?)\r?$/gm)].map(([, ufrag]) => ufrag!);
}
