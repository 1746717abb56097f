// Live ends in memory, made anew for each input: two SCTP associations, two DTLS connections.
import { generateCertificateSync, nodeCrypto } from '@maru/node';
import { NEVER, SeededRandom, SILENT_LOG } from '@maru/protocol/core';
import { DataChannels } from '@maru/protocol/datachannel';
import { DtlsConnection, fingerprintOf } from '@maru/protocol/dtls';

export const PATH = { localAddress: '10.0.0.1', localPort: 1, remoteAddress: '10.0.0.2', remotePort: 2 };

/** @param {number} seed */
export const context = (seed) => ({ random: new SeededRandom(seed), crypto: nodeCrypto, log: SILENT_LOG });

/** Data channels over an association, with what comes out of them. */
export class ChannelEnd {
  /** @param {number} seed */
  constructor(seed) {
    this.channels = new DataChannels({ maxMessageBytes: 65_536, initialTsn: 0xffff_fff0 }, context(seed));
    /** @type {Uint8Array[]} */
    this.outgoing = [];
    /** @type {string[]} */
    this.told = [];
    this.key = 0;
  }

  settle() {
    this.channels.drain({
      transmit: (bytes) => this.outgoing.push(bytes.slice()),
      event: (event) => {
        this.told.push(event.type);
        if (event.type === 'channel-announced') this.key = event.channel;
      },
      message: (_channel, kind, bytes) => this.told.push(`${kind} ${bytes.length}`),
    });
  }

  /** What must not depend on anything but the inputs. */
  summary() {
    const { smoothedRttMs: _, ...counts } = this.channels.snapshot();
    return { told: this.told, sent: this.outgoing.length, drops: [...this.channels.droppedByReason], counts };
  }
}

/** Two ends, connected, with a channel each way and a little said. `seen` are the packets to `b`, in order. */
export function connectedPair() {
  const a = new ChannelEnd(1);
  const b = new ChannelEnd(2);
  const seen = [];
  let now = 0;
  a.channels.connect(now, 'client');
  b.channels.connect(now, 'server');
  a.key = a.channels.open(now, { label: 'fuzz', protocol: '', ordered: true, priority: 'low' });
  const exchange = () => {
    for (let turns = 0; turns < 20; turns++) {
      a.settle();
      b.settle();
      const [toB, toA] = [a.outgoing.splice(0), b.outgoing.splice(0)];
      if (toB.length + toA.length === 0) return;
      for (const bytes of toB) seen.push(bytes);
      for (const bytes of toB) b.channels.receive(now, bytes, PATH);
      for (const bytes of toA) a.channels.receive(now, bytes, PATH);
    }
  };
  exchange();
  a.channels.send(now, a.key, 'text', new TextEncoder().encode('hello'));
  a.channels.send(now, a.key, 'binary', new Uint8Array(3_000).fill(7));
  exchange();
  now += 300;
  a.channels.advance(now);
  b.channels.advance(now);
  exchange();
  return { a, b, seen, now };
}

/** Runs the timers of `end` for as long as they ask for it, at most `times` times. */
export function runTimers(end, now, times) {
  let at = now;
  for (let left = times; left > 0 && end.channels.deadline !== NEVER; left--) {
    at = Math.max(at, end.channels.deadline);
    end.channels.advance(at);
    end.settle();
  }
  return at;
}

const certificate = generateCertificateSync();
const fingerprint = fingerprintOf(nodeCrypto, certificate.chain[0]);

/** One end of DTLS, begun. @param {'client' | 'server'} role */
export function dtlsEnd(role) {
  const connection = new DtlsConnection({ certificate, path: PATH }, context(role === 'client' ? 11 : 12));
  const end = { connection, outgoing: [], told: [] };
  connection.expectFingerprints(0, [fingerprint]);
  connection.start(0, role);
  end.settle = () =>
    connection.drain({
      transmit: (bytes) => end.outgoing.push(bytes.slice()),
      event: (event) => end.told.push(event.type === 'failed' ? event.failure.code : event.type),
      data: (bytes) => end.told.push(`data ${bytes.length}`),
    });
  end.settle();
  return end;
}

/** What a server and a client hear in an honest handshake, as datagrams. */
export function recordedHandshake() {
  const client = dtlsEnd('client');
  const server = dtlsEnd('server');
  const heard = { client: [], server: [] };
  for (let turns = 0; turns < 10; turns++) {
    const [toServer, toClient] = [client.outgoing.splice(0), server.outgoing.splice(0)];
    heard.server.push(...toServer);
    heard.client.push(...toClient);
    for (const bytes of toServer) server.connection.receive(turns, bytes, PATH);
    for (const bytes of toClient) client.connection.receive(turns, bytes, PATH);
    if (turns === 5) client.connection.send(new Uint8Array(20));
    client.settle();
    server.settle();
  }
  return { ...heard, certificate: certificate.chain[0] };
}
