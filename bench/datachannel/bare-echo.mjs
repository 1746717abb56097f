// What two processes on loopback need for a round trip with nothing but node:dgram: the floor under every ping of the table.
// As a process of its own it is the end that echoes: `node bare-echo.mjs <port>`.
import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(import.meta.url);
/** A 64-byte message with what SCTP, DTLS and I-DATA put around it. */
const DATAGRAM = new Uint8Array(64 + 12 + 20 + 37);

async function boundSocket() {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

async function echo(port) {
  const socket = await boundSocket();
  socket.connect(port, '127.0.0.1', () => {
    socket.on('message', (bytes) => socket.send(bytes));
    process.send?.({ port: socket.address().port });
  });
  process.on('disconnect', () => process.exit());
}

/** Milliseconds of each of `rounds` round trips, after `warmUp` others. */
export async function bareEcho(warmUp, rounds) {
  const socket = await boundSocket();
  const child = fork(FILE, [`${socket.address().port}`]);
  try {
    const [{ port }] = await once(child, 'message');
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const times = [];
    let sentAt = 0;
    const ping = () => {
      sentAt = performance.now();
      socket.send(DATAGRAM);
    };
    await new Promise((done) => {
      socket.on('message', () => {
        times.push(performance.now() - sentAt);
        if (times.length === warmUp + rounds) done();
        else ping();
      });
      ping();
    });
    return times.slice(warmUp);
  } finally {
    socket.close();
    child.kill();
  }
}

if (process.argv[1] === FILE) await echo(Number(process.argv[2]));
