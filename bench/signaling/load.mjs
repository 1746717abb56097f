// The load, in a process of its own: `node load.mjs <maru-one|maru-all|ws-one|ws-all> <port> <connections> <payload bytes>`.
import { WebSocket } from 'ws';

const [kind, port, connectionCount, payloadBytes] = process.argv.slice(2);
/** In `one`, everybody writes to the next in a session of ten; in `all`, one writes to everybody in one session. */
const toAll = kind.endsWith('all');
const PER_SESSION = toAll ? Number(connectionCount) : 10;
/** Receivers that only listen acknowledge so often. */
const ACK_EVERY = 50;
/** Messages of one connection that are under way at once. */
const OUTSTANDING = 4;
const API_KEY = 'bench-key-0123456789-abcdefghijklmnopqrstuvwxyz';
const payload = 'x'.repeat(Number(payloadBytes));
const base = `127.0.0.1:${port}`;
let delivered = 0;
let isRunning = false;

async function api(path, body, expected = 201) {
  const response = await fetch(`http://${base}/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status !== expected) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** A participant that sends to its neighbour whenever it has received something. */
async function joinMaru(session) {
  const seat = await api(`/sessions/${session}/connections`, {});
  const socket = new WebSocket(`ws://${base}/v1/signal/ws`, { perMessageDeflate: false });
  await new Promise((open, failed) => socket.once('open', open).once('error', failed));
  const attempt = Math.random().toString(36).slice(2).padEnd(20, '0');
  const welcomed = new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ type: 'hello', protocol: 1, token: seat.token, attempt }));
  const welcome = JSON.parse(String(await welcomed));
  if (welcome.type !== 'welcome') throw new Error(JSON.stringify(welcome));
  let sent = 0;
  let received = 0;
  const client = {
    id: welcome.self.id,
    neighbour: undefined,
    send() {
      sent += 1;
      const message = { type: 'message', ...(toAll ? {} : { to: [client.neighbour] }), messageType: 'bench', data: payload };
      socket.send(JSON.stringify({ seq: sent, ack: received, message }));
    },
  };
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data));
    if (frame.seq === undefined) return;
    received = frame.seq;
    if (frame.message.type === 'message') {
      delivered += 1;
      if (toAll) {
        if (received % ACK_EVERY === 0) socket.send(JSON.stringify({ ack: received }));
        if (isRunning && client.isLast) clients[0].send();
      } else if (isRunning) client.send();
    } else if (!isRunning) socket.send(JSON.stringify({ ack: received }));
  });
  return client;
}

async function connectMaru() {
  const clients = [];
  for (let i = 0; i < Number(connectionCount); i += PER_SESSION) {
    const session = await api('/sessions', { mode: 'p2p' });
    const members = [];
    for (let at = 0; at < PER_SESSION; at += 10)
      members.push(...(await Promise.all(Array.from({ length: 10 }, () => joinMaru(session.id)))));
    members.forEach((member, at) => {
      member.neighbour = members[(at + 1) % members.length].id;
    });
    clients.push(...members);
  }
  return clients;
}

async function connectEcho() {
  const clients = [];
  for (let i = 0; i < Number(connectionCount); i++) {
    const socket = new WebSocket(`ws://${base}/`, { perMessageDeflate: false });
    await new Promise((open, failed) => socket.once('open', open).once('error', failed));
    // as large as a frame of Maru with the same payload
    const text = JSON.stringify({
      seq: 1_000,
      ack: 1_000,
      message: { type: 'message', to: ['c'.repeat(20)], messageType: 'bench', data: payload },
    });
    const client = { send: () => socket.send(text) };
    socket.on('message', (data) => {
      JSON.parse(String(data));
      delivered += 1;
      if (isRunning && toAll ? client.isLast : isRunning) (toAll ? clients[0] : client).send();
    });
    clients.push(client);
  }
  return clients;
}

const clients = await (kind.startsWith('maru') ? connectMaru() : connectEcho());
clients.at(-1).isLast = true;
process.on('message', (command) => {
  if (command === 'start') {
    isRunning = true;
    for (const client of toAll ? clients.slice(0, 1) : clients) for (let i = 0; i < OUTSTANDING; i++) client.send();
  } else if (command === 'count') process.send({ delivered, at: performance.now() });
  else process.exit(0);
});
process.send({ connected: clients.length });
