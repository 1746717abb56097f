import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { driver, nodeCrypto, systemClock, systemRandom } from '@maru/node';
import { SILENT_LOG } from '@maru/protocol/core';
import { TurnClient, type TurnEvent } from '@maru/protocol/turn';
import type { TurnServerEvent } from '@maru/protocol/turn/server';
import { afterEach, describe, expect, test } from 'vitest';
import { SILENT } from '../../log/log.js';
import { DEFAULT_TURN_CONFIG, type TurnConfig } from '../config/turn-config.js';
import { turnSettings } from '../operation/turn-settings.js';
import { WorkerEngines } from './worker-engines.js';

const HOST = '127.0.0.1';
const USERS = ['ada', 'bob'].map((username) => ({ username, password: 'analytical engine' }));
const CONFIG: TurnConfig = {
  ...DEFAULT_TURN_CONFIG,
  listeners: [{ transport: 'udp', address: HOST, port: 0 }],
  relay: { ...DEFAULT_TURN_CONFIG.relay, addresses: [HOST], ports: { first: 20_000, last: 25_999 } },
  credentials: { ...DEFAULT_TURN_CONFIG.credentials, users: USERS },
  quotas: { ...DEFAULT_TURN_CONFIG.quotas, allocationsPerUser: 100 },
};
const isCompiled = existsSync(new URL('../../../dist/turn/service/engine-worker.js', import.meta.url));

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

async function open(count: number) {
  const events: TurnServerEvent[] = [];
  const secret = new Uint8Array(32).fill(7);
  const settings = turnSettings(CONFIG, { wallClock: { unixSeconds: () => Date.now() / 1_000 }, ownAddresses: [], secret });
  const engines = await WorkerEngines.open(
    {
      count,
      config: CONFIG,
      settings,
      listeners: CONFIG.listeners as { transport: 'udp'; address: string; port: number }[],
      certificate: undefined,
      ownAddresses: () => [],
      secret,
    },
    { clock: systemClock, random: systemRandom, log: SILENT, onEvent: (event) => events.push(event) },
  );
  endings.push(() => engines.close());
  return { engines, events, port: engines.bound[0]!.port };
}

/** A client that can be called by others through its relayed address. */
class Caller {
  readonly heard: string[] = [];
  relayed = { address: '', port: 0 };
  private readonly events: TurnEvent[] = [];
  private wake = (): void => {};

  private constructor(
    private readonly socket: Socket,
    private readonly port: number,
    private readonly turn: TurnClient,
  ) {}

  static async allocate(port: number, username: string): Promise<Caller> {
    const socket = createSocket('udp4').bind(0, HOST);
    await once(socket, 'listening');
    endings.push(() => socket.close());
    const context = { crypto: nodeCrypto, random: systemRandom, log: SILENT_LOG };
    const turn = new TurnClient({ username, password: 'analytical engine', transport: 'datagram', families: 'ipv4' }, context);
    const caller = new Caller(socket, port, turn);
    socket.on('message', (bytes) => {
      const data = turn.receive(performance.now(), bytes);
      if (data) caller.heard.push(new TextDecoder().decode(data.bytes));
      caller.settle();
    });
    turn.start(performance.now());
    const allocated = await caller.next();
    if (allocated.type !== 'allocated') throw new Error(JSON.stringify(allocated));
    caller.relayed = { address: allocated.relayedAddress, port: allocated.relayedPort };
    return caller;
  }

  async permit(peer: { address: string; port: number }): Promise<void> {
    this.turn.permit(performance.now(), peer, true);
    expect(await this.next()).toMatchObject({ type: 'peer-permitted' });
  }

  say(text: string, peer: { address: string; port: number }): void {
    this.turn.send(new TextEncoder().encode(text), peer, { transmit: this.transmit });
  }

  async hears(text: string): Promise<void> {
    while (!this.heard.includes(text)) await this.woken();
  }

  private async next(): Promise<TurnEvent> {
    this.settle();
    while (this.events.length === 0) await this.woken();
    return this.events.shift()!;
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private settle(): void {
    this.turn.drain({ transmit: this.transmit, event: (event) => this.events.push(event) });
    this.wake();
  }

  private readonly transmit = (bytes: Uint8Array): void => this.socket.send(new Uint8Array(bytes), this.port, HOST);
}

/** Whose part of the ports a relayed address is of. */
const partOf = ({ port }: { readonly port: number }, count: number): number => Math.floor(((port - 20_000) * count) / 6_000);

describe.skipIf(driver.name !== 'native' || !isCompiled)('engines in several threads', () => {
  test('share one port, each with ports of its own; whoever is relayed by one reaches those of the other', async () => {
    const { engines, events, port } = await open(2);
    const callers: Caller[] = [];
    // the kernel deals clients out by their ports: some for each thread, sooner or later
    while (new Set(callers.map(({ relayed }) => partOf(relayed, 2))).size < 2 || callers.length < 6)
      callers.push(await Caller.allocate(port, USERS[callers.length % 2]!.username));
    const first = callers.find(({ relayed }) => partOf(relayed, 2) === 0)!;
    const second = callers.find(({ relayed }) => partOf(relayed, 2) === 1)!;
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const)
      await one.permit(other.relayed);
    first.say('from the first', second.relayed);
    await second.hears('from the first');
    second.say('from the second', first.relayed);
    await first.hears('from the second');

    const snapshot = await engines.snapshot();
    expect(snapshot.allocations.length).toBe(callers.length);
    expect(new Set(snapshot.allocations.map(({ id }) => id)).size).toBe(callers.length);
    expect(snapshot.statistics.allocationsCreated).toBe(callers.length);
    expect(snapshot.users.map(({ group }) => group).sort()).toEqual(['ada', 'bob']);
    const ages = snapshot.allocations.map(({ createdAt }) => snapshot.now - createdAt);
    expect(ages.every((age) => age >= 0 && age < 60_000)).toBe(true);

    for (const { relayed } of [first, second]) {
      const { id } = snapshot.allocations.find(({ relayed: [own] }) => own!.port === relayed.port)!;
      expect(await engines.end(id)).toBe(true);
      expect(await engines.end(id)).toBe(false);
    }
    expect(await engines.revoke('ada')).toBeGreaterThan(0);
    await engines.reconfigure(turnSettings(CONFIG, { wallClock: { unixSeconds: () => 0 }, ownAddresses: [] }), CONFIG);
    expect((await engines.snapshot()).allocations.every(({ username }) => username === 'bob')).toBe(true);
    const created = events.filter(({ type }) => type === 'allocation-created').length;
    expect(created).toBe(callers.length);
  });

  test('a listener that cannot be had fails the start', async () => {
    const { port } = await open(2);
    const config = { ...CONFIG, listeners: [{ transport: 'udp' as const, address: HOST, port }] };
    const settings = turnSettings(config, { wallClock: { unixSeconds: () => 0 }, ownAddresses: [] });
    const certificate = undefined;
    const listeners = [{ transport: 'tls' as const, address: HOST, port: 0 }];
    await expect(
      WorkerEngines.open(
        { count: 2, config, settings, listeners, certificate, ownAddresses: () => [], secret: new Uint8Array(32) },
        { clock: systemClock, random: systemRandom, log: SILENT, onEvent: () => {} },
      ),
    ).rejects.toThrow('needs a certificate');
  });
});
