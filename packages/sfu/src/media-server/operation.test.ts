import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { WorkerMessage } from '../worker/messages.js';
import type { ParticipantEvent } from './events.js';
import { MediaServer } from './media-server.js';
import type { DEFAULT_MEDIA_LIMITS } from './options.js';
import type { MediaParticipant } from './participant.js';
import { MediaRefusal } from './refusal.js';
import { isIceTcp, StreamDoor } from './stream-door.js';
import type { OpenWorker, WorkerLink } from './worker-link.js';

/** Workers that forward nothing and do as they are told. */
class FakeWorker implements WorkerLink {
  onMessage: (message: WorkerMessage) => void = () => {};
  onLost: (error: Error) => void = () => {};

  post(command: Parameters<WorkerLink['post']>[0]): void {
    if (command.type === 'leave')
      this.onMessage({ type: 'event', participant: command.participant, event: { type: 'closed', reason: command.reason } });
  }

  end(): Promise<void> {
    return Promise.resolve();
  }

  report(worker: number, cpu: number, overload: 'none' | 'joins' = 'none'): void {
    const counted = {
      receivedPackets: 0,
      sentPackets: 0,
      sentBytes: 0,
      lostPackets: 0,
      sends: 0,
      handedOverPackets: 0,
      pipedPackets: 0,
      pipeDrops: 0,
      dropped: { 'stun/nobody': 3 },
    };
    const people = { sessions: 0, participants: 0, tracks: 0 };
    this.onMessage({
      type: 'report',
      worker: { worker, driver: 'native', ...people, ...counted, cpu, averageCpu: cpu, eventLoopDelayMs: 1, overload },
      sessions: [],
    });
  }
}

let server: MediaServer;
const events: ParticipantEvent[] = [];
afterEach(async () => {
  await server?.close();
  events.length = 0;
});

async function serverWith(count: number, limits: Partial<typeof DEFAULT_MEDIA_LIMITS> = {}): Promise<FakeWorker[]> {
  const workers: FakeWorker[] = [];
  const openWorker: OpenWorker = async () => {
    const link = new FakeWorker();
    workers.push(link);
    return { link, udpPort: 4_000 };
  };
  server = await MediaServer.start({ workers: count, addresses: [{ bind: '127.0.0.1' }], limits }, openWorker);
  return workers;
}

const join = (session: string, connection: string): MediaParticipant | MediaRefusal =>
  server.join({
    session,
    connection,
    permissions: { publish: true, subscribe: true, data: true },
    onEvent: (event) => events.push(event),
  });

describe('admission', () => {
  test('sessions go to the worker that does least, and stay there', async () => {
    const [first, second] = await serverWith(2);
    first!.report(0, 0.5);
    second!.report(1, 0.1);
    expect([join('one', 'ada'), join('one', 'bob')]).toMatchObject([{ worker: 1 }, { worker: 1 }]);
    second!.report(1, 0.7);
    expect(join('two', 'ada')).toMatchObject({ worker: 0 });
  });

  test('an overloaded worker takes nobody in, each full thing says which it is, and who is there stays', async () => {
    const [worker] = await serverWith(1, { participantsPerSession: 2, participantsPerWorker: 3 });
    const ada = join('one', 'ada');
    expect(join('one', 'ada')).toMatchObject({ code: 'media/already-joined' });
    worker!.report(0, 0.9, 'joins');
    expect(join('one', 'bob')).toMatchObject({ code: 'media/worker-overloaded' });
    worker!.report(0, 0.2);
    join('one', 'bob');
    expect(join('one', 'eve')).toMatchObject({ code: 'media/session-full' });
    join('two', 'ada');
    expect(join('three', 'ada')).toMatchObject({ code: 'media/worker-full' });
    expect(ada).not.toBeInstanceOf(MediaRefusal);
    expect(server.metrics()).toContain('maru_media_refused_joins_total 4');
    expect(server.metrics()).toContain('maru_media_dropped_total{worker="0",reason="stun/nobody"} 3');
  });

  test('draining: nobody joins, it is over when the last one has left', async () => {
    await serverWith(1);
    const ada = join('one', 'ada') as MediaParticipant;
    let isOver = false;
    const drained = server.drain(60_000).then(() => {
      isOver = true;
    });
    expect(join('one', 'bob')).toMatchObject({ code: 'media/draining' });
    expect(isOver).toBe(false);
    ada.close();
    await drained;
    expect(events).toEqual([{ type: 'closed', reason: 'left' }]);
  });

  test('a worker that dies ends those who were on it, and others go on elsewhere', async () => {
    const [first, second] = await serverWith(2);
    const ada = join('one', 'ada') as MediaParticipant;
    second!.report(1, 0);
    first!.onLost(new Error('gone'));
    expect(ada.isClosed).toBe(true);
    expect(events).toEqual([{ type: 'closed', reason: 'worker-lost' }]);
    expect(join('one', 'ada')).toMatchObject({ worker: 1 });
  });

  test('another worker takes the place of one that died; what the dead one was asked is answered for it', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const workers = await serverWith(1);
    const ada = join('one', 'ada') as MediaParticipant;
    const offered = ada.offer({ sdp: 'v=0', media: [] });
    workers[0]!.onLost(new Error('gone'));
    await expect(offered).resolves.toMatchObject({ code: expect.stringContaining('media/') });
    expect(join('one', 'ada')).toMatchObject({ code: 'media/worker-full' });
    await vi.advanceTimersByTimeAsync(200);
    expect(join('one', 'ada')).toMatchObject({ worker: 0 });
    // one that dies again before it has reported is waited for twice as long
    workers[1]!.onLost(new Error('gone'));
    await vi.advanceTimersByTimeAsync(399);
    expect(workers).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(workers).toHaveLength(3);
    workers[2]!.report(0, 0.1);
    workers[2]!.onLost(new Error('gone'));
    await server.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(workers).toHaveLength(3); // nobody comes after the end
  });
});

describe('connections of ICE over TCP (S-27)', () => {
  let listener: Server;
  let client: Socket;
  afterEach(() => {
    client.destroy();
    listener.close();
  });

  /** Connects, sends, and tells when the other side closed. */
  async function knocked(door: StreamDoor, bytes: Uint8Array): Promise<void> {
    listener = createServer((socket) => door.accept(socket)).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => {});
    client.write(bytes);
    client.resume();
    await once(client, 'close');
  }

  const nobody = { workerOf: () => undefined, opened: () => {}, received: () => {}, closed: () => {} };

  test('a frame that never ends is waited for a while, and no longer', async () => {
    const door = new StreamDoor(nobody, 4, 50);
    await knocked(door, Uint8Array.of(1, 0, 0));
    expect([door.refused, door.size]).toEqual([1, 0]);
  });

  test('what is no check is closed at once: an empty frame, 65,535 bytes, a request of HTTP', async () => {
    for (const bytes of [Uint8Array.of(0, 0), Uint8Array.of(0xff, 0xff), new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')]) {
      const door = new StreamDoor(nobody, 4);
      await knocked(door, bytes);
      expect(door.refused).toBe(1);
    }
  });

  test('of those who say nothing only so many are kept', async () => {
    const door = new StreamDoor(nobody, 0);
    await knocked(door, Uint8Array.of(0));
    expect(door.refused).toBe(1);
  });

  test('the first bytes tell a check in a frame from TURN and from TLS', () => {
    const check = Uint8Array.of(0, 100, 0, 1, 0, 80, 0x21, 0x12, 0xa4, 0x42);
    expect(isIceTcp(check)).toBe(true);
    expect(isIceTcp(check.subarray(0, 6))).toBeUndefined();
    expect(isIceTcp(Uint8Array.of(0, 1, 0, 80, 0x21, 0x12, 0xa4, 0x42, 0, 0))).toBe(false); // STUN without a frame: TURN
    expect(isIceTcp(Uint8Array.of(0x16, 3, 1))).toBe(false);
  });
});
