import { once } from 'node:events';
import { type AddressInfo, createServer, connect as tcpConnect } from 'node:net';
import { driver } from '@maru/node';
import { IpEndpoint, type PeerConnection, type Relay } from '@maru/protocol/turn/server';
import { afterEach, expect, test } from 'vitest';
import { TcpRelays } from './tcp-relays.js';

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const relayAt = (port: number): Relay => {
  const local = IpEndpoint.of('127.0.0.1', port)!;
  return { id: 1, transport: 'tcp', local, relayed: local, isShared: false, driverSlot: -1 };
};

const connectionTo = (relay: Relay, port: number): PeerConnection => ({
  id: 1,
  relay,
  peer: { endpoint: IpEndpoint.of('127.0.0.1', port)!, driverSlot: -1 },
  driverSlot: -1,
});

/** What happens at the relays, in words, and a way to wait for it. */
function relays(accept: (relay: Relay) => PeerConnection | undefined = () => undefined) {
  const told: string[] = [];
  let wake = (): void => {};
  const tell = (word: string): void => {
    told.push(word);
    wake();
  };
  const made = new TcpRelays({
    opened: () => tell('opened'),
    failed: () => tell('failed'),
    accepted: (relay) => {
      tell('accepted');
      return accept(relay);
    },
    connected: () => tell('connected'),
    connectFailed: () => tell('connect failed'),
    closed: () => tell('closed'),
  });
  endings.push(() => made.end());
  const until = async (word: string): Promise<void> => {
    while (!told.includes(word)) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { made, told, until };
}

test('a connection to a peer comes from the relayed address, and its end is told once', async () => {
  const peer = createServer().listen(0, '127.0.0.1');
  await once(peer, 'listening');
  endings.push(() => peer.close());
  const { made, told, until } = relays();
  const relay = relayAt(await freePort());
  made.open(relay);
  await until('opened');
  const connection = connectionTo(relay, (peer.address() as AddressInfo).port);
  made.connect(connection);
  const [accepted] = await once(peer, 'connection');
  await until('connected');
  if (driver.name === 'native') expect(accepted.remotePort).toBe(relay.local.port);
  expect(accepted.remoteAddress).toBe('127.0.0.1');
  accepted.destroy();
  await until('closed');
  expect(told).toEqual(['opened', 'connected', 'closed']);
  made.close(relay);
});

test('nobody there: connecting fails, once', async () => {
  const { made, told, until } = relays();
  const relay = relayAt(await freePort());
  made.open(relay);
  await until('opened');
  made.connect(connectionTo(relay, await freePort()));
  await until('connect failed');
  expect(told).toEqual(['opened', 'connect failed']);
});

test('a peer that is welcome waits unread, another one is sent away', async () => {
  let isWelcome = false;
  const { made, until } = relays((relay) => (isWelcome ? connectionTo(relay, 1) : undefined));
  const relay = relayAt(await freePort());
  made.open(relay);
  await until('opened');
  const stranger = tcpConnect(relay.local.port, '127.0.0.1');
  await once(stranger, 'close');
  isWelcome = true;
  const friend = tcpConnect(relay.local.port, '127.0.0.1');
  await once(friend, 'connect');
  friend.end('hello');
  await until('accepted');
  endings.push(() => friend.destroy());
});
