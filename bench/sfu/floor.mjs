// What the system alone takes of the same work: datagrams that come are sent to all subscribers as they are, in trains, with no cipher and
// no router. Nothing that forwards over these sockets can take less.
import { NativeDatagramPool } from '@maru/node';
import { IpEndpoint } from '@maru/protocol/turn/server';

const pool = NativeDatagramPool.open(new IpEndpoint());
const socket = pool.bind('127.0.0.1', 0, { bufferBytes: 4 << 20 });
let subscribers = [];
let sent = 0;
const waiting = [];

pool.receiver = {
  datagram: (_socket, _from, bytes, offset, length) => waiting.push({ bytes, offset, length }),
  unreachable() {},
  settled() {
    for (const to of subscribers) {
      for (const { bytes, offset, length } of waiting) pool.send(socket, to, bytes, offset, length, 0, false);
    }
    sent += waiting.length * subscribers.length;
    waiting.length = 0;
  },
};

const commands = {
  setup({ ports }) {
    subscribers = ports.map((port) => IpEndpoint.of('127.0.0.1', port));
    return { port: pool.port(socket) };
  },
  counters: () => ({ packetsSent: sent, sends: Number.NaN }),
};

process.on('message', ({ command, ...options }) => process.send({ result: commands[command](options) }));
process.once('disconnect', () => process.exit());
process.send({ result: 'ready' });
