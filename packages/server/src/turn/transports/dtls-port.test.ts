import { generateCertificateSync, nodeCrypto, systemClock, systemRandom } from '@maru/node';
import { type Path, SILENT_LOG } from '@maru/protocol/core';
import { DtlsConnection, fingerprintOf } from '@maru/protocol/dtls';
import { type ClientPath, IpEndpoint, type Listener } from '@maru/protocol/turn/server';
import { expect, test } from 'vitest';
import { DtlsPort } from './dtls-port.js';

const CONTEXT = { crypto: nodeCrypto, random: systemRandom, log: SILENT_LOG };
const certificate = generateCertificateSync();
const listener: Listener = { id: 0, transport: 'dtls', local: IpEndpoint.of('192.0.2.1', 5_349)!, driverSlot: 0 };
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A port, and what comes out of it. */
function openPort() {
  const sent: { readonly to: IpEndpoint; readonly bytes: Uint8Array }[] = [];
  const heard: string[] = [];
  const closed: ClientPath[] = [];
  const port = new DtlsPort(listener, certificate, CONTEXT, systemClock, {
    sendDatagram: (_, to, bytes) => void sent.push({ to: to.copy(), bytes: new Uint8Array(bytes) }),
    clientOpened: (at, remote) => ({ transport: 'dtls', listener: at, remote, isKept: true, driverSlot: -1 }),
    clientData: (path, bytes) => {
      heard.push(new TextDecoder().decode(bytes));
      port.of(path)?.sendChannelData(0x4000, bytes, 0, bytes.length);
    },
    clientClosed: (path) => void closed.push(path),
    settled() {},
  });
  return { port, sent, heard, closed };
}

/** A client at `remote`, which talks to the port without a network. */
function clientAt(remote: IpEndpoint) {
  const path: Path = { localAddress: remote.address, localPort: remote.port, remoteAddress: '192.0.2.1', remotePort: 5_349 };
  const connection = new DtlsConnection({ certificate, path, srtpProfiles: [] }, CONTEXT);
  connection.expectFingerprints(0, [fingerprintOf(nodeCrypto, certificate.chain[0]!)]);
  connection.start(0, 'client');
  const heard: Uint8Array[] = [];
  const take = (): Uint8Array[] => {
    const flight: Uint8Array[] = [];
    connection.drain({
      transmit: (bytes) => flight.push(new Uint8Array(bytes)),
      event() {},
      data: (bytes) => heard.push(new Uint8Array(bytes)),
    });
    return flight;
  };
  return { connection, heard, take, path };
}

test('a client that returns its cookie shakes hands, is heard and is answered, and its end is told', () => {
  const { port, sent, heard, closed } = openPort();
  const remote = IpEndpoint.of('2001:db8::7', 6_000)!;
  const client = clientAt(remote);
  const exchange = (): void => {
    for (let turns = 0; turns < 8; turns++) {
      for (const bytes of client.take()) port.receive(1, remote, bytes);
      for (const { bytes } of sent.splice(0)) client.connection.receive(1, bytes, client.path);
    }
  };
  exchange();
  expect(client.connection.state).toBe('connected');
  client.connection.send(bytesOf('hello'));
  exchange();
  expect(heard).toEqual(['hello']);
  expect(client.heard).toEqual([Uint8Array.of(0x40, 0, 0, 5, ...bytesOf('hello'))]);
  client.connection.close(2);
  exchange();
  expect(closed.map(({ remote: end }) => end.address)).toEqual(['2001:db8::7']);
  expect(port.size).toBe(0);
  port.close(3);
});

test('a hundred thousand sources that return no cookie leave nothing, and get less than they sent (S-16)', () => {
  const { port, sent } = openPort();
  const from = new IpEndpoint();
  const [hello] = clientAt(IpEndpoint.of('192.0.2.9', 1)!).take();
  let received = 0;
  let answered = 0;
  for (let i = 0; i < 100_000; i++) {
    from.setIpv4(Uint8Array.of(10, i >>> 16, i >>> 8, i), 0, 1_000 + (i % 60_000));
    port.receive(i, from, hello!);
    received += hello!.length;
    for (const { bytes } of sent.splice(0)) answered += bytes.length;
  }
  expect(port.size).toBe(0);
  expect(answered).toBeGreaterThan(0);
  expect(answered).toBeLessThan(received);
  port.close(0);
});

test('of one address only so many handshakes go on at a time', () => {
  const { port, sent } = openPort();
  for (let at = 1; at <= 40; at++) {
    const remote = IpEndpoint.of('198.51.100.7', 10_000 + at)!;
    const client = clientAt(remote);
    for (const bytes of client.take()) port.receive(1, remote, bytes);
    for (const { bytes } of sent.splice(0)) client.connection.receive(1, bytes, client.path);
    for (const bytes of client.take()) port.receive(1, remote, bytes); // with the cookie, and no further
    sent.length = 0;
  }
  expect(port.size).toBe(10);
  expect(port.refused).toBe(30);
  port.close(2);
  expect(port.size).toBe(0);
});
