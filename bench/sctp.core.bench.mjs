// Two associations in memory, one thread, no sockets, no DTLS: what SCTP itself costs. Sender and receiver share the core,
// so that a figure is what both together cost.
// usage: node bench/sctp.core.bench.mjs [--json]   (after npm run build)
import { nodeCrypto } from '@maru/node';
import { SeededRandom, SILENT_LOG } from '@maru/protocol/core';
import { SctpAssociation } from '@maru/protocol/sctp';

const BINARY = 53;
const context = (seed) => ({ random: new SeededRandom(seed), crypto: nodeCrypto, log: SILENT_LOG });

/** Associations on a wire that delivers at once: packets are copied, as a socket would. */
class Wire {
  constructor(config = {}) {
    this.packets = 0;
    this.received = 0;
    this.receivedBytes = 0;
    this.pool = Array.from({ length: 4096 }, () => new Uint8Array(2048));
    this.a = this.end(new SctpAssociation(config, context(1)));
    this.b = this.end(new SctpAssociation(config, context(2)));
    this.a.peer = this.b;
    this.b.peer = this.a;
    this.a.core.connect(0);
    this.b.core.connect(0);
    this.settle();
  }

  end(core) {
    const end = { core, peer: undefined, queue: [], head: 0, onMessage: undefined };
    end.outputs = {
      transmit: (bytes) => {
        this.packets += 1;
        const slot = this.pool.pop() ?? new Uint8Array(2048);
        slot.set(bytes);
        end.peer.queue.push(slot, bytes.length);
      },
      event() {},
      message: (streamId, _ppid, bytes) => {
        this.received += 1;
        this.receivedBytes += bytes.length;
        end.onMessage?.(streamId, bytes);
      },
    };
    return end;
  }

  /** Carries packets in batches of 32, as drivers do, until there are none. */
  settle() {
    let busy = true;
    while (busy) {
      busy = false;
      for (const end of [this.a, this.b]) {
        end.core.drain(end.outputs);
        const now = performance.now();
        for (let batch = 0; batch < 32 && end.head < end.queue.length; batch++) {
          const slot = end.queue[end.head];
          end.core.receive(now, slot.subarray(0, end.queue[end.head + 1]));
          this.pool.push(slot);
          end.head += 2;
          busy = true;
        }
        if (end.head === end.queue.length) end.queue.length = end.head = 0;
        end.core.advance(now);
        end.core.drain(end.outputs);
      }
      if (!busy) busy = this.a.queue.length > 0 || this.b.queue.length > 0;
    }
  }
}

function bulk(messageBytes, totalBytes, config) {
  const wire = new Wire(config);
  const message = new Uint8Array(messageBytes);
  const count = Math.ceil(totalBytes / messageBytes);
  const run = (messages) => {
    const before = wire.received;
    for (let sent = 0; sent < messages; ) {
      while (sent < messages && wire.a.core.totalBufferedAmount < 4_000_000) {
        wire.a.core.send(performance.now(), 1, BINARY, message);
        sent += 1;
      }
      wire.settle();
      while (wire.a.core.totalBufferedAmount >= 4_000_000) wire.settle();
    }
    while (wire.received - before < messages) wire.settle();
  };
  run(Math.ceil(count / 4));
  const packets = wire.packets;
  const start = process.cpuUsage();
  const startedAt = performance.now();
  run(count);
  const ms = performance.now() - startedAt;
  const cpu = process.cpuUsage(start);
  const cpuMs = (cpu.user + cpu.system) / 1_000;
  const sentPackets = wire.packets - packets;
  return {
    'MB/s': (count * messageBytes) / 1_000 / ms,
    'MB per CPU-second': (count * messageBytes) / 1_000 / cpuMs,
    'messages/s': (count / ms) * 1_000,
    'ns per packet': (ms * 1e6) / sentPackets,
    'CPU ns per packet': (cpuMs * 1e6) / sentPackets,
    'us per message': (ms * 1_000) / count,
  };
}

function pingPong(rounds) {
  const wire = new Wire();
  const message = new Uint8Array(64);
  let left = rounds;
  const answer = (end) => () => {
    if (left-- > 0) end.core.send(performance.now(), 1, BINARY, message);
  };
  wire.a.onMessage = answer(wire.a);
  wire.b.onMessage = answer(wire.b);
  wire.a.core.send(performance.now(), 1, BINARY, message);
  const startedAt = performance.now();
  while (left > 0) wire.settle();
  const us = ((performance.now() - startedAt) * 1_000) / (rounds / 2);
  return { 'us per round trip': us };
}

const results = {
  '64 KiB messages': bulk(65_536, 400e6),
  '64 KiB messages, with CRC32c': bulk(65_536, 400e6, { zeroChecksum: false }),
  '64 KiB messages, DATA (no interleaving)': bulk(65_536, 400e6, { interleaving: false }),
  '1 KiB messages': bulk(1_024, 200e6),
  '64 B messages': bulk(64, 40e6),
  'ping-pong, 64 B': pingPong(200_000),
};
if (process.argv.includes('--json')) console.log(JSON.stringify({ node: process.version, results }, null, 2));
else
  for (const [name, figures] of Object.entries(results)) {
    console.log(name);
    for (const [what, figure] of Object.entries(figures)) console.log(`  ${what.padEnd(20)} ${figure.toPrecision(4)}`);
  }
