import { nodeEnvironment } from '@maru/webrtc';
import { afterEach, describe, expect, test } from 'vitest';
import { Hall } from '../testing/hall.js';
import { TestSource } from '../testing/test-camera.js';
import { TestClient } from '../testing/test-client.js';
import { when } from '../testing/when.js';
import { MediaServer } from './media-server.js';
import type { WorkerReport } from './reports.js';

const total = (workers: readonly WorkerReport[], read: (worker: WorkerReport) => number): number =>
  workers.reduce((sum, worker) => sum + read(worker), 0);

describe('one UDP port for all workers', () => {
  let hall: Hall;
  afterEach(() => hall.close());

  test('sessions on several workers meet at one port, whomever the system gives their packets to', async () => {
    hall = await Hall.open({ workers: 3 });
    expect(hall.server.udpPorts).toEqual([443]);
    const films: { readonly watcher: TestClient; readonly mark: number }[] = [];
    for (let mark = 1; mark <= 6; mark++) {
      const session = `session ${mark}`;
      const filmer = await hall.connected(`filmer ${mark}`, { session });
      const watcher = await hall.connected(`watcher ${mark}`, { session });
      const film = new TestSource('video', mark);
      filmer.publish(`film ${mark}`, { video: film });
      await hall.until(filmer.negotiate());
      hall.play(film);
      films.push({ watcher, mark });
    }
    await hall.pass(3_000);
    for (const { watcher, mark } of films) expect(watcher.framesOf(mark).length).toBeGreaterThan(60);
    expect(new Set(films.map(({ watcher }) => watcher.participant.worker)).size).toBe(3);
    const { workers } = hall.server.report();
    expect(total(workers, ({ handedOverPackets }) => handedOverPackets)).toBeGreaterThan(300);
    expect(hall.server.metrics()).toContain('maru_media_handed_over_packets_total{worker="0"}');
  });

  test('a stranger gets nothing done by any worker: what proves nothing is not even handed over (INV-2)', async () => {
    hall = await Hall.open({ workers: 2 });
    const ada = await hall.connected('ada');
    const ufrag = /a=ice-ufrag:(\S+)/.exec(ada.pc.remoteDescription!.sdp)![1]!;
    await hall.pass(1_000);
    const before = total(hall.server.report().workers, ({ handedOverPackets }) => handedOverPackets);
    const stranger = hall.stranger();
    for (let i = 0; i < 2_000; i++) {
      stranger.send(Uint8Array.of(0x80, 96, i >> 8, i, 0, 0, 0, 0, 0, 0, 0, 1, 0), i % 64);
      stranger.send(Uint8Array.of(22, 254, 253, 0, 0, 0, 0), i % 64);
      stranger.send(checkNaming('nobody', i), i % 64);
    }
    await hall.pass(2_000);
    const { workers } = hall.server.report();
    expect(total(workers, ({ handedOverPackets }) => handedOverPackets) - before).toBeLessThan(20); // ada's own checks
    expect(stranger.replies).toBe(0);
    // Who knows a ufrag gets as many looks as a client needs, and no more.
    for (let i = 0; i < 4_000; i++) stranger.send(checkNaming(ufrag, i), i % 64);
    await hall.pass(2_000);
    const handed = total(hall.server.report().workers, ({ handedOverPackets }) => handedOverPackets) - before;
    expect(handed).toBeLessThan(300);
    expect(ada.pc.connectionState).toBe('connected');
  });
});

/** A check for `ufrag` with no proof that it knows more. */
function checkNaming(ufrag: string, transaction: number): Uint8Array {
  const name = new TextEncoder().encode(`${ufrag}:peer`);
  const padded = (name.length + 3) & ~3;
  const bytes = new Uint8Array(24 + padded);
  bytes.set([0, 1, 0, 4 + padded, 0x21, 0x12, 0xa4, 0x42]);
  new DataView(bytes.buffer).setUint32(16, transaction);
  bytes.set([0, 6, 0, name.length], 20);
  bytes.set(name, 24);
  return bytes;
}

describe('with threads and sockets of this machine', () => {
  const environment = { ...nodeEnvironment, ice: { localAddressFilter: () => true } };
  let server: MediaServer;
  const clients: TestClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await server.close();
  });

  test.each(['native', 'pure'] as const)('two workers answer at one port, and nobody else can have it: %s', async (driver) => {
    const limits = { participantsPerWorker: 4 }; // of eight: neither has room for all, however little the other has to do
    server = await MediaServer.start({ workers: 2, driver, limits, addresses: [{ bind: '127.0.0.1' }] });
    expect(server.udpPorts).toHaveLength(1);
    const other = MediaServer.start({ workers: 2, driver, udpPort: server.ports.udp, addresses: [{ bind: '127.0.0.1' }] });
    await expect(other).rejects.toThrow('EADDRINUSE');
    const sources: TestSource[] = [];
    for (let mark = 1; mark <= 4; mark++) {
      const session = `session ${mark}`;
      const filmer = new TestClient(server, `filmer ${mark}`, environment, { session });
      const watcher = new TestClient(server, `watcher ${mark}`, environment, { session });
      const source = new TestSource('audio', mark);
      filmer.publish(`sound ${mark}`, { audio: source });
      await Promise.all([filmer.negotiate(), watcher.negotiate()]);
      clients.push(filmer, watcher);
      sources.push(source);
    }
    await when(() => clients.every(({ participant }) => participant.state === 'connected'));
    const sound = setInterval(() => {
      for (const source of sources) source.next();
    }, 20);
    await when(() => [1, 2, 3, 4].every((mark) => clients.some((client) => client.framesOf(mark, 'audio').length > 20)));
    clearInterval(sound);
    expect(new Set(clients.map(({ participant }) => participant.worker)).size).toBe(2);
  });
});
