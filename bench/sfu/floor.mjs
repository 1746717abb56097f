// What the system alone takes of the same work: datagrams that come are sent to all subscribers as they are, with no cipher and no router:
// in trains (`floor`), or one by one over node:dgram (`floor-pure`). Nothing that forwards over these sockets can take less.
import { NativeDatagramPool, NodeDatagramPool } from '@maru/node';
import { IpEndpoint } from '@maru/protocol/turn/server';

const isPure = process.argv[2] === 'floor-pure';
const pool = isPure ? new NodeDatagramPool(new IpEndpoint()) : NativeDatagramPool.open(new IpEndpoint());
const socket = pool.bind('127.0.0.1', 0, { bufferBytes: 4 << 20 });
let subscribers = [];
let sent = 0;
const waiting = [];

pool.receiver = {
  datagram: (_socket, _from, bytes, offset, length) => waiting.push({ bytes, offset, length }),
  unreachable() {},
  settled() {
    for (const to of subscribers) {
      for (const { bytes, offset, length } of waiting) {
        if (isPure)
          pool.sendLent(socket, to, bytes); // node:dgram makes each datagram a memory of its own
        else pool.send(socket, to, bytes, offset, length, 0, false);
      }
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
