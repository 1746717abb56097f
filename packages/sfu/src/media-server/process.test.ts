import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { LightPeer } from '../load/light-peer.js';
import { isCompiled } from '../testing/media-process.js';
import { beginCount, ProcessStage, talking, wait } from '../testing/process-stage.js';
import { when } from '../testing/when.js';

const stage = new ProcessStage();
afterEach(() => stage.close());

test.runIf(isCompiled)(
  'R-13 a hundred calls are back within ten seconds when their server was killed, on the same port, and nobody is left over',
  async () => {
    const calls = 100;
    const first = await stage.server({});
    const before = stage.swarm();
    const sound = stage.chatter(before, 200);
    const peers: LightPeer[] = [];
    const from = performance.now();
    for (let call = 0; call < calls; call++) peers.push(...(await talking(first, before, sound, `call-${call}`, 2 * call + 1)));
    await when(() => peers.every(({ counters }) => counters.packets > 1), 60_000);
    const joinedMs = performance.now() - from;
    await first.kill();
    const killedAt = performance.now();
    sound.stop();
    const second = await stage.server({ udpPort: first.ports.udp });
    expect(second.ports.udp).toBe(first.ports.udp);
    const after = stage.swarm();
    const again = stage.chatter(after, 200);
    const backMs: number[] = [];
    // Each comes back by itself, as its signaling is lost and found again: within a second, not all in one moment.
    await Promise.all(
      Array.from({ length: calls }, async (_, call) => {
        await wait((call * 1_000) / calls);
        const back = await talking(second, after, again, `call-${call}`, 2 * call + 1);
        await when(() => back.every(({ counters }) => counters.packets > 0), 60_000);
        backMs.push(performance.now() - killedAt);
      }),
    );
    backMs.sort((a, b) => a - b);
    // Where others need the processor, no longer than to join took.
    expect(backMs[Math.floor(calls * 0.95)]!).toBeLessThanOrEqual(Math.max(10_000, 2 * joinedMs));
    await when(async () => {
      const { workers } = await second.report();
      return workers[0]?.participants === 2 * calls;
    });
  },
  120_000,
);

test.runIf(isCompiled)(
  'R-21 a server that stood still for half a second, over and over, loses nobody and next to nothing',
  async () => {
    const server = await stage.server({});
    const among = stage.swarm();
    const sound = stage.chatter(among, 20);
    const call = await talking(server, among, sound, 'hall');
    await beginCount(call);
    for (let i = 0; i < 4; i++) {
      await server.block(500);
      await wait(200);
    }
    await talking(server, among, sound, 'another', 10);
    await when(() => call.every(({ counters }) => counters.packets > 100)); // who sends is not alone on the machine, either
    for (const { counters, lost, state } of call) {
      expect(state).toBe('connected');
      expect(lost).toBeLessThanOrEqual(0.01 * counters.packets);
    }
    const { sessions } = await server.report();
    expect(sessions.flatMap(({ participants }) => participants.map(({ state }) => state))).not.toContain('failed');
  },
);

test.runIf(isCompiled)(
  'R-22 a server that may have 256 files open outlives five hundred connections, and the call beside them notices nothing',
  async () => {
    const server = await stage.server({ tcpPort: 0, descriptors: 256 });
    const among = stage.swarm();
    const sound = stage.chatter(among, 20);
    const call = await talking(server, among, sound, 'hall');
    await beginCount(call);
    const sockets: Socket[] = [];
    const open = () => {
      const socket = connect(server.ports.tcp, '127.0.0.1');
      socket.on('error', () => {});
      sockets.push(socket);
      return socket;
    };
    stage.onClose(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (let i = 0; i < 500; i++) open();
    await wait(2_000);
    expect(server.isRunning).toBe(true);
    // Media needs no descriptor of its own: others still join.
    await talking(server, among, sound, 'another', 10);
    for (const socket of sockets) socket.destroy();
    await wait(500);
    const last = open();
    await once(last, 'connect');
    last.write(Uint8Array.of(0, 20)); // the beginning of a frame: it is waited for the rest
    let isClosed = false;
    last.on('close', () => {
      isClosed = true;
    });
    await wait(1_000);
    expect(isClosed).toBe(false);
    await when(() => call.every(({ counters }) => counters.packets > 100));
    for (const { counters, lost } of call) {
      expect(lost).toBeLessThanOrEqual(0.01 * counters.packets);
    }
  },
);

test.runIf(isCompiled)(
  'R-23 from four fifths of its memory on, a server takes nobody in, says why, and goes on as soon as there is room',
  async () => {
    const server = await stage.server({ heapMegabytes: 400 });
    const among = stage.swarm();
    const sound = stage.chatter(among, 20);
    const call = await talking(server, among, sound, 'hall');
    await when(() => call.every(({ counters }) => counters.packets > 10));
    await server.fill(350);
    await wait(1_100);
    for (const peer of call) peer.resetCounters();
    expect(await server.join(among, 'late', 'late', 20)).toBe('media/worker-overloaded');
    expect(await server.join(among, 'hall', 'third', 21)).toBe('media/worker-overloaded');
    await server.fill(0);
    await when(async () => typeof (await server.join(among, 'late', 'again', 30)) !== 'string', 5_000);
    await when(() => call.every(({ counters }) => counters.packets > 80));
    for (const { counters, lost } of call) expect(lost).toBeLessThanOrEqual(0.02 * counters.packets);
  },
);
