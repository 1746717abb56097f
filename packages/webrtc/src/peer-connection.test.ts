import { InvariantError } from '@maru/protocol/core';
import { DtlsConnection } from '@maru/protocol/dtls';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { RTCDataChannel, RTCPeerConnection, RTCStats } from './index.js';
import { nextEvent, nextMessage, reaches, World } from './testing/world.js';

let world: World;
afterEach(() => world?.close());

const connected = (pc: RTCPeerConnection): Promise<string> =>
  reaches(pc, 'connectionstatechange', () => pc.connectionState, 'connected');

describe('two connections', () => {
  test('open a channel and carry messages over a link that loses, delays and reorders', async () => {
    world = new World({ seed: 7, link: { delayMs: 20, jitterMs: 10, loss: 0.05 } });
    const [channel, other] = await world.connect();
    const received: unknown[] = [];
    other.onmessage = ({ data }) => received.push(data);
    const sent = Array.from({ length: 200 }, (_, i) => `message ${i}`);
    for (const text of sent) channel.send(text);
    await world.pass(20_000);
    expect(received).toEqual(sent);
    expect([world.a.connectionState, world.b.connectionState]).toEqual(['connected', 'connected']);
  });

  test('are open in one round trip of ICE, two of DTLS and two of SCTP', async () => {
    const oneWayMs = 50;
    world = new World({ link: { delayMs: oneWayMs / 2 } }); // each host's link carries half
    world.trickle();
    const channel = world.a.createDataChannel('chat');
    const isOpen = nextEvent(channel, 'open');
    await world.until(world.negotiate()); // signalling takes no time here
    const startedAt = world.now;
    await world.until(isOpen);
    const roundTrips = (world.now - startedAt) / (2 * oneWayMs);
    expect(roundTrips).toBeLessThanOrEqual(5.1);
  });

  test('keep a ClientHello that comes before the answer: four round trips after it, the channel is open', async () => {
    const oneWayMs = 50;
    world = new World({ link: { delayMs: oneWayMs / 2 } });
    const { a, b } = world;
    world.trickle();
    const channel = a.createDataChannel('chat');
    const isOpen = nextEvent(channel, 'open');
    await world.until(a.setLocalDescription());
    await world.until(b.setRemoteDescription(a.localDescription!));
    await world.until(b.setLocalDescription());
    await world.pass(500); // the answer is slow; b's checks and its ClientHello are not
    const answeredAt = world.now;
    await world.until(a.setRemoteDescription(b.localDescription!));
    await world.until(isOpen);
    expect((world.now - answeredAt) / (2 * oneWayMs)).toBeLessThanOrEqual(4.1);
  });

  test('may create a channel between offer and answer: it is negotiated next', async () => {
    world = new World();
    world.trickle();
    const { a, b } = world;
    await world.until(a.setLocalDescription()); // of nothing
    const channel = a.createDataChannel('late');
    const isNeeded = nextEvent(a, 'negotiationneeded');
    await world.until(b.setRemoteDescription(a.localDescription!).then(() => b.setLocalDescription()));
    await world.until(a.setRemoteDescription(b.localDescription!));
    await world.until(isNeeded);
    expect(channel.readyState).toBe('connecting');
    const isOpen = nextEvent(channel, 'open');
    await world.until(world.negotiate());
    await world.until(isOpen);
  });

  test('hear that data was refused: the channel ends with an error, the transport goes', async () => {
    world = new World();
    const { a, b } = world;
    const channel = a.createDataChannel('unwanted');
    const events: string[] = [];
    for (const type of ['open', 'error', 'close']) channel.addEventListener(type, () => events.push(type));
    await world.until(a.setLocalDescription().then(() => b.setRemoteDescription(a.localDescription!)));
    await world.until(b.setLocalDescription());
    const refusal = b.localDescription!.sdp.replace(/m=application \d+/, 'm=application 0').replace(/a=group.*\r\n/, '');
    await world.until(a.setRemoteDescription({ type: 'answer', sdp: refusal }));
    await world.pass(1);
    expect(events).toEqual(['error', 'close']);
    expect(a.sctp).toBeNull();
    expect(world.hosts[0].openHandles).toBe(0);
  });

  test('go on with another peer that answers a restart with a certificate of its own', async () => {
    world = new World();
    const [channel, other] = await world.connect();
    const { a, b } = world;
    const ended = nextEvent(channel, 'close');
    const third = world.newConnection(1, 99);
    world.trickle(a, third);
    a.restartIce();
    await world.until(world.negotiate(a, third));
    b.close();
    await world.until(ended);
    expect(other.readyState).toBe('closed');
    const next = a.createDataChannel('next');
    await world.until(nextEvent(next, 'open'));
    third.close();
  });

  test('break alone: a fault of ours in one connection ends that one, with events, and closes its sockets', async () => {
    world = new World();
    const [channel] = await world.connect();
    const { a, b } = world;
    const events: string[] = [];
    for (const type of ['error', 'close']) channel.addEventListener(type, () => events.push(type));
    const socket = world.hosts[0].bindDatagram('192.0.2.1');
    const { receive } = DtlsConnection.prototype;
    DtlsConnection.prototype.receive = () => {
      throw new InvariantError('as if');
    };
    try {
      const failed = reaches(a, 'connectionstatechange', () => a.connectionState, 'failed');
      world.b.createDataChannel('provokes a packet to a');
      await world.until(failed);
    } finally {
      DtlsConnection.prototype.receive = receive;
    }
    await world.pass(1);
    expect(events).toEqual(['error', 'close']);
    expect(a.sctp!.state).toBe('closed');
    socket.close();
    expect(world.hosts[0].openHandles).toBe(0);
    expect(b.connectionState).not.toBe('closed');
    a.close();
  });

  test('leave nothing behind: no socket, no timer', async () => {
    world = new World();
    await world.connect();
    world.close();
    expect(world.hosts.map(({ openHandles }) => openHandles)).toEqual([0, 0]);
    await world.pass(1_000); // what was on its way arrives nowhere
    expect(world.network.clock.nextAt).toBe(Infinity);
  });

  test('tell each other of closing: an error, then the end of each channel', async () => {
    world = new World();
    const [, other] = await world.connect();
    const events: string[] = [];
    for (const type of ['closing', 'error', 'close']) other.addEventListener(type, () => events.push(type));
    const ended = nextEvent(other, 'close');
    world.a.close();
    await world.until(ended);
    expect(events).toEqual(['error', 'close']);
    expect(world.a.connectionState).toBe('closed');
    expect(other.readyState).toBe('closed');
  });

  test('notice when the other is gone: disconnected in 11 s, failed in 36 s (RFC 7675)', async () => {
    world = new World();
    await world.connect();
    const { a } = world;
    const goneAt = world.now;
    world.hosts[1].detach('198.51.100.1');
    await world.until(reaches(a, 'connectionstatechange', () => a.connectionState, 'disconnected'));
    expect(world.now - goneAt).toBeLessThan(11_000);
    await world.until(reaches(a, 'connectionstatechange', () => a.connectionState, 'failed'));
    expect(world.now - goneAt).toBeLessThan(36_000);
  });

  test('may restart ICE at the same time: glare is rolled back, the channel stays', async () => {
    world = new World();
    const [channel, other] = await world.connect();
    const { a, b } = world;
    a.restartIce();
    b.restartIce();
    await world.until(Promise.all([a.setLocalDescription(), b.setLocalDescription()]));
    const [fromA, fromB] = [a.localDescription!, b.localDescription!];
    // b is polite: it gives way, and says its own later.
    await world.until(b.setRemoteDescription(fromA).then(() => b.setLocalDescription()));
    await world.until(a.setRemoteDescription(b.localDescription!));
    expect(fromB.type).toBe('offer');
    await world.until(world.negotiate(b, a));
    const answer = nextMessage(other);
    channel.send('still here');
    expect(await world.until(answer)).toBe('still here');
  });

  test('take an ICE restart back with their old credentials, after it gathered', async () => {
    world = new World();
    const [channel, other] = await world.connect();
    const { a } = world;
    const ice = a.sctp!.transport.iceTransport;
    const before = [ice.getLocalParameters(), ice.getLocalCandidates().map(({ candidate }) => candidate)];
    const states: string[] = [];
    a.addEventListener('icegatheringstatechange', () => states.push(a.iceGatheringState));
    a.restartIce();
    await world.until(a.setLocalDescription());
    await world.pass(100);
    expect(ice.getLocalParameters()).not.toEqual(before[0]);
    expect(states).toEqual(['gathering', 'complete']);
    await world.until(a.setLocalDescription({ type: 'rollback' }));
    await world.pass(100);
    expect([ice.getLocalParameters(), ice.getLocalCandidates().map(({ candidate }) => candidate)]).toEqual(before);
    expect([a.iceGatheringState, states.length]).toEqual(['complete', 2]);
    const answer = nextMessage(other);
    channel.send('as before');
    expect(await world.until(answer)).toBe('as before');
  });

  test('restart by an offer that is created and never applied: nothing changes', async () => {
    world = new World();
    await world.connect();
    const ice = world.a.sctp!.transport.iceTransport;
    const before = ice.getLocalParameters();
    const offer = await world.until(world.a.createOffer({ iceRestart: true }));
    await world.pass(100);
    expect(offer.sdp).not.toContain(before!.usernameFragment);
    expect([ice.getLocalParameters(), world.a.iceGatheringState]).toEqual([before, 'complete']);
  });

  test('go on with another peer that answers an offer which restarted nothing (handover)', async () => {
    world = new World();
    const [channel] = await world.connect();
    const { a, b } = world;
    const ended = nextEvent(channel, 'close');
    const third = world.newConnection(1, 98);
    world.trickle(a, third);
    await world.until(world.negotiate(a, third));
    b.close();
    await world.until(ended);
    const announced = nextEvent(a, 'datachannel') as Promise<Event & { channel: typeof channel }>;
    const theirs = third.createDataChannel('next');
    const ours = (await world.until(announced)).channel;
    const message = nextMessage(theirs);
    if (ours.readyState !== 'open') await world.until(nextEvent(ours, 'open'));
    ours.send('hello again');
    expect(await world.until(message, 1_000)).toBe('hello again');
    third.close();
  });

  test('S-26: refuse a peer that restarts a hundred times in a second, and take its next restart after that', async () => {
    world = new World();
    const [channel, other] = await world.connect();
    const { a, b } = world;
    const outcomes: string[] = [];
    for (let i = 0; i < 100; i++) {
      const { sdp = '' } = await world.until(a.createOffer({ iceRestart: true }));
      const changed = sdp.replace(/a=ice-ufrag:.*/, `a=ice-ufrag:storm${i}`);
      await world.until(
        b.setRemoteDescription({ type: 'offer', sdp: changed }).then(
          () => outcomes.push('taken'),
          (error: DOMException) => outcomes.push(error.name),
        ),
      );
      if (outcomes.at(-1) === 'taken') await world.until(b.setRemoteDescription({ type: 'rollback' }));
      await world.pass(10);
    }
    expect(outcomes.filter((outcome) => outcome === 'taken').length).toBeLessThanOrEqual(6);
    expect(new Set(outcomes)).toEqual(new Set(['taken', 'OperationError']));
    await world.pass(1_000);
    a.restartIce();
    await world.until(world.negotiate());
    const answer = nextMessage(other);
    channel.send('still here');
    expect(await world.until(answer)).toBe('still here');
  });

  test('reject a candidate of a generation that nobody described, and let the script be that did not listen', async () => {
    world = new World();
    await world.connect();
    const stranger = { candidate: 'candidate:1 1 udp 1 203.0.113.5 9 typ host', sdpMid: '0', usernameFragment: 'unheard' };
    void world.b.addIceCandidate(stranger); // an unhandled rejection would end this run
    await expect(world.until(world.b.addIceCandidate(stranger))).rejects.toMatchObject({ name: 'OperationError' });
  });

  test('survive a change of network by an ICE restart', async () => {
    world = new World();
    const [channel, other] = await world.connect();
    world.hosts[0].detach('192.0.2.1');
    world.network.addAddress(world.hosts[0], '192.0.2.99', { up: { delayMs: 5 }, down: { delayMs: 5 } });
    world.a.restartIce();
    await world.until(world.negotiate());
    const answer = nextMessage(other);
    channel.send('from elsewhere');
    expect(await world.until(answer, 10_000)).toBe('from elsewhere');
  });

  test('take messages up to 256 KiB and refuse longer ones with a TypeError', async () => {
    world = new World();
    const [channel, other] = await world.connect();
    const limit = world.a.sctp!.maxMessageSize;
    expect(limit).toBe(262_144);
    const arrived = nextMessage(other);
    channel.send(new Uint8Array(limit).fill(7));
    expect(new Uint8Array((await world.until(arrived)) as ArrayBuffer)).toEqual(new Uint8Array(limit).fill(7));
    expect(() => channel.send(new Uint8Array(limit + 1))).toThrow(TypeError);
  });
});

describe('identity', () => {
  const zeros = Array.from({ length: 32 }, () => '00').join(':');

  async function answerWith(change: (sdp: string) => string): Promise<void> {
    world = new World();
    world.trickle();
    world.a.createDataChannel('chat');
    await world.until(world.a.setLocalDescription());
    await world.until(world.b.setRemoteDescription(world.a.localDescription!));
    await world.until(world.b.setLocalDescription());
    await world.until(world.a.setRemoteDescription({ type: 'answer', sdp: change(world.b.localDescription!.sdp) }));
  }

  test.each([
    ['S-30a: another fingerprint', (sdp: string) => sdp.replace(/sha-256 .*/g, `sha-256 ${zeros}`)],
    [
      'S-30d: nothing stronger than SHA-1',
      (sdp: string) => sdp.replace(/sha-256 .*/g, 'sha-1 00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00'),
    ],
  ])('%s fails the connection before a channel opens', async (_what, change) => {
    await answerWith(change);
    const { a, b } = world;
    const failed = Promise.all(
      [a, b].map((pc) => reaches(pc, 'connectionstatechange', () => pc.connectionState, 'failed', 'closed')),
    );
    let hasOpened = false;
    b.ondatachannel = () => {
      hasOpened = true;
    };
    const error = nextEvent(a.sctp!.transport, 'error') as Promise<Event & { error: { errorDetail: string } }>;
    await world.until(failed);
    expect((await world.until(error)).error.errorDetail).toBe('fingerprint-failure');
    expect(a.sctp!.transport.state).toBe('failed');
    expect(hasOpened).toBe(false);
  });

  test('S-30b: a description without fingerprint is refused', async () => {
    await expect(answerWith((sdp) => sdp.replace(/a=fingerprint.*\r\n/g, ''))).rejects.toMatchObject({
      name: 'InvalidAccessError',
    });
  });

  test('S-30c: of several fingerprints one right one is enough', async () => {
    await answerWith((sdp) => sdp.replace(/(a=fingerprint:sha-256 .*)/g, `a=fingerprint:sha-256 ${zeros}\r\n$1`));
    await world.until(connected(world.a));
  });

  test('S-29: ClientHellos from elsewhere change nothing and are not answered', async () => {
    world = new World({ seed: 3 });
    const { network } = world;
    const attacker = network.addHost('attacker', { addresses: ['203.0.113.66'], up: { delayMs: 1 }, down: { delayMs: 1 } });
    const socket = attacker.bindDatagram('203.0.113.66', 4_444);
    let [answers, bytesBack, bytesSent] = [0, 0, 0];
    // ICE may ask such a sender once who it is: that is STUN, and less than what was sent. DTLS says nothing at all.
    socket.receiver = {
      datagram: (bytes) => {
        bytesBack += bytes.length;
        if (bytes[0]! > 3) answers += 1;
      },
      settled() {},
    };
    // A DTLS 1.0 record that holds the beginning of a ClientHello: 22, fe ff, epoch 0.
    const hello = Uint8Array.from([
      22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 14, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0xfe, 0xfd,
    ]);
    const spray = (): void => {
      for (const [host, address] of [
        [world.a, '192.0.2.1'],
        [world.b, '198.51.100.1'],
      ] as const) {
        const ports = [...(host.localDescription?.sdp ?? '').matchAll(/ (\d+) typ host/g)].map((match) => Number(match[1]));
        for (const port of ports.filter((port) => port > 9)) {
          socket.send(hello, socket.pathTo(address, port));
          bytesSent += hello.length;
        }
      }
      socket.flush();
      if (world.a.connectionState !== 'connected' || world.b.connectionState !== 'connected') {
        network.clock.schedule(network.clock.now() + 10, spray);
      }
    };
    spray();
    await world.connect();
    await world.until(Promise.all([connected(world.a), connected(world.b)]));
    expect(answers).toBe(0);
    expect(bytesBack).toBeLessThanOrEqual(bytesSent);
  });
});

describe('statistics', () => {
  test('hold together: every id that one entry names is another entry', async () => {
    world = new World();
    const [channel] = await world.connect();
    channel.send('hello');
    await world.pass(100);
    const report = await world.until(world.a.getStats());
    const entries = [...report.values()] as (RTCStats & Record<string, unknown>)[];
    for (const entry of entries) {
      expect(report.get(entry.id)).toBe(entry);
      for (const [member, value] of Object.entries(entry)) {
        if (member !== 'id' && member.endsWith('Id') && member !== 'dataChannelIdentifier')
          expect(report.has(value as string)).toBe(true);
      }
    }
    const kinds = new Set(entries.map(({ type }) => type));
    expect([...kinds].sort()).toEqual([
      'candidate-pair',
      'certificate',
      'data-channel',
      'local-candidate',
      'peer-connection',
      'remote-candidate',
      'transport',
    ]);
    expect(entries.find(({ type }) => type === 'data-channel')).toMatchObject({
      label: 'chat',
      state: 'open',
      messagesSent: 1,
      bytesSent: 5,
      messagesReceived: 0,
    });
    expect(entries.find(({ type }) => type === 'transport')).toMatchObject({
      iceRole: 'controlling',
      dtlsRole: 'server',
      dtlsState: 'connected',
      tlsVersion: 'FEFD',
    });
    expect(entries.find(({ type }) => type === 'peer-connection')).toMatchObject({
      dataChannelsOpened: 1,
      dataChannelsClosed: 0,
    });
  });
});

describe('the state machine', () => {
  type Step = (pc: RTCPeerConnection, other: RTCPeerConnection) => Promise<unknown>;

  test('S-75: whatever is called in whatever order, only the errors of JSEP come, and the states of JSEP', async () => {
    const steps: Record<string, Step> = {
      createOffer: (pc) => pc.createOffer(),
      createAnswer: (pc) => pc.createAnswer(),
      setLocalDescription: (pc) => pc.setLocalDescription(),
      rollBackLocal: (pc) => pc.setLocalDescription({ type: 'rollback' }),
      rollBackRemote: (pc) => pc.setRemoteDescription({ type: 'rollback' }),
      hand: async (pc, other) => pc.localDescription && other.setRemoteDescription(pc.localDescription),
      handAsProvisional: async (pc, other) =>
        pc.localDescription && other.setRemoteDescription({ type: 'pranswer', sdp: pc.localDescription.sdp }),
      candidate: (pc) => pc.addIceCandidate({ candidate: 'candidate:1 1 udp 1 203.0.113.5 9 typ host', sdpMLineIndex: 0 }),
      endOfCandidates: (pc) => pc.addIceCandidate(),
      open: async (pc) => pc.createDataChannel('x'),
      restart: async (pc) => pc.restartIce(),
    };
    const call = fc.tuple(fc.constantFrom(...Object.keys(steps)), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 25 }), fc.integer(), async (calls, seed) => {
        world = new World({ seed });
        for (const [name, isA] of calls) {
          const [pc, other] = isA ? [world.a, world.b] : [world.b, world.a];
          const error: unknown = await world.until(
            steps[name]!(pc, other).then(
              () => undefined,
              (reason: unknown) => reason,
            ),
          );
          if (error !== undefined) {
            expect(['InvalidStateError', 'InvalidAccessError', 'OperationError', 'InvalidModificationError']).toContain(
              (error as DOMException).name,
            );
            expect(error).toBeInstanceOf(DOMException);
          }
          expect(pc.signalingState === 'stable').toBe(
            pc.pendingLocalDescription === null && pc.pendingRemoteDescription === null,
          );
        }
        world.close();
        await world.pass(1);
        expect(world.hosts.map(({ openHandles }) => openHandles)).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });

  test('perfect negotiation: both ask at once, both get their channel', async () => {
    world = new World({ link: { delayMs: 15 } });
    const opened: RTCDataChannel[] = [];
    const signal = (
      from: RTCPeerConnection,
      to: RTCPeerConnection,
      isToPolite: boolean,
      description: Parameters<RTCPeerConnection['setRemoteDescription']>[0],
    ): void => {
      world.network.clock.schedule(world.now + 15, async () => {
        const isCollision = description.type === 'offer' && to.signalingState !== 'stable';
        if (isCollision && !isToPolite) return;
        await to.setRemoteDescription(description);
        if (description.type !== 'offer') return;
        await to.setLocalDescription();
        signal(to, from, !isToPolite, to.localDescription!);
      });
    };
    for (const [pc, other, isPolite] of [
      [world.a, world.b, true],
      [world.b, world.a, false],
    ] as const) {
      pc.onnegotiationneeded = async () => {
        await pc.setLocalDescription();
        signal(pc, other, !isPolite, pc.localDescription!);
      };
      pc.ondatachannel = ({ channel }) => opened.push(channel);
    }
    world.trickle();
    world.a.createDataChannel('from a');
    world.b.createDataChannel('from b');
    await world.pass(5_000);
    expect(opened.map(({ label }) => label).sort()).toEqual(['from a', 'from b']);
  });
});
