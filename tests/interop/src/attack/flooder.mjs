// A thread that floods: packets in turn, to each target, so many a second, until it is told to stop. Says what it sent and got.
import { createSocket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';

const TICK_MS = 5;

const { packets, targets, perSecond } = workerData;
const socket = createSocket('udp4').bind(0, '0.0.0.0');
const count = { packets: 0, sentBytes: 0, receivedBytes: 0 };
socket.on('message', (bytes) => {
  count.receivedBytes += bytes.length;
});
const startedAt = performance.now();
const timer = setInterval(() => {
  const due = ((performance.now() - startedAt) / 1_000) * perSecond;
  while (count.packets < due) {
    const packet = packets[count.packets % packets.length];
    const target = targets[count.packets % targets.length];
    socket.send(packet, target.port, target.address);
    count.packets += 1;
    count.sentBytes += packet.length;
  }
}, TICK_MS);
parentPort.on('message', () => {
  clearInterval(timer);
  socket.close();
  parentPort.postMessage(count);
  parentPort.close();
});
