// The relay's page, with people who are relayed and others who are refused.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Stop } from '../house/say.mjs';
import { ROOT } from '../house/sh.mjs';

const SECRET = 'the-secret-of-the-screenshots-0123456789';
export const RELAY_KEY = 'the-admin-key-of-the-screenshots-0123456789';
/** People of the picture: pairs talk with each other over two relays, at so many bits per second. */
const CALLS = [
  ['minji', 'noah', 2_300_000],
  ['sora', 'ada', 1_150_000],
  ['dohyun', 'grace', 320_000],
];
const PACKET_BYTES = 1_100;
const TICK_MS = 20;

/** A port of loopback that nobody uses. */
function freePort() {
  const probe = createServer();
  return new Promise((found) => {
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

/** A relay of its own, which keeps nothing. */
export async function startRelay() {
  const [port, adminPort] = [await freePort(), await freePort()];
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'packages/cli/bin/maru.js'),
      ...['turn', '--listen', `udp:127.0.0.1:${port}`, '--admin', `127.0.0.1:${adminPort}`],
      ...['--realm', 'turn.example.org', '--data', 'none', '--log-level', 'error', '--json'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, MARU_TURN_SECRET: SECRET, MARU_TURN_ADMIN_KEY: RELAY_KEY } },
  );
  const ended = new Promise((done) => child.once('exit', done));
  const listening = new Promise((read) => child.stdout.once('data', read));
  await Promise.race([
    listening,
    ended.then((status) => {
      throw new Stop(`The relay ended with ${status} before it listened.`, 'npm run build, then try again.');
    }),
  ]);
  return {
    url: `http://127.0.0.1:${adminPort}/`,
    port,
    async stop() {
      child.kill('SIGTERM');
      child.kill('SIGTERM'); // it would wait for those who are relayed
      await ended;
    },
  };
}

/** People who are relayed, and some who are refused. Resolves with how to end them. */
export async function peopleAt(port) {
  const { nodeCrypto, nodeNetwork, systemRandom } = await import('../../packages/node/dist/index.js');
  const { TurnClient } = await import('../../packages/protocol/dist/turn/index.js');
  const context = { crypto: nodeCrypto, random: systemRandom, log: { debug() {}, warn() {} } };
  const { clock } = nodeNetwork;
  const ends = [];

  /** One client; `said` resolves with its next event. */
  const client = async (username, password) => {
    const socket = await nodeNetwork.openDatagram({ address: '127.0.0.1' });
    const path = socket.pathTo('127.0.0.1', port);
    const core = new TurnClient({ username, password, transport: 'datagram', families: 'ipv4' }, context);
    const waiting = [];
    const settle = () => {
      core.drain({ transmit: (bytes) => socket.send(bytes, path), event: (event) => waiting.shift()?.(event) });
      socket.flush();
    };
    socket.receiver = { datagram: (bytes) => void core.receive(clock.now(), bytes), settled: settle };
    const timer = setInterval(() => {
      core.advance(clock.now());
      settle();
    }, 100);
    ends.push(() => {
      clearInterval(timer);
      core.close(clock.now());
      settle();
      socket.close();
    });
    const said = (input) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        input();
        settle();
      });
    return {
      allocate: () => said(() => core.start(clock.now())),
      permit: (peer) => said(() => core.permit(clock.now(), peer, true)),
      send: (bytes, { address, port: at }) => {
        core.send(bytes, core.peerOf(address, at), { transmit: (packet) => socket.send(packet, path) });
        socket.flush();
      },
    };
  };
  const credential = (user, ttlSeconds = 3_600) => {
    const username = `${Math.floor(Date.now() / 1_000) + ttlSeconds}:${user}`;
    return [username, createHmac('sha1', SECRET).update(username).digest('base64')];
  };

  const endOf = ({ relayedAddress: address, relayedPort }) => ({ address, port: relayedPort });
  const packet = new Uint8Array(PACKET_BYTES);
  for (const [one, other, bitsPerSecond] of CALLS) {
    const [a, b] = [await client(...credential(one)), await client(...credential(other))];
    const [atA, atB] = [endOf(await a.allocate()), endOf(await b.allocate())];
    await a.permit(atB);
    await b.permit(atA);
    let owed = 0;
    const talk = setInterval(() => {
      owed += (bitsPerSecond * TICK_MS * (0.7 + 0.6 * Math.random())) / 8_000 / PACKET_BYTES;
      for (; owed >= 1; owed -= 1) {
        a.send(packet, atB);
        if (owed % 3 < 2) b.send(packet, atA);
      }
    }, TICK_MS);
    ends.push(() => clearInterval(talk));
  }
  const strangers = setInterval(async () => {
    await (await client('1700000000:mallory', 'c29tZXRoaW5n')).allocate();
    await (await client(credential('eve')[0], 'bm90IGl0')).allocate();
    const curious = await client(...credential('trudy'));
    await curious.allocate();
    for (const address of ['10.0.0.5', '169.254.169.254', '127.0.0.1']) await curious.permit({ address, port: 80 });
  }, 2_500);
  ends.push(() => clearInterval(strangers));
  return () => {
    for (const end of ends.reverse()) end();
  };
}
