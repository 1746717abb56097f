// npm run bench -- dtls: what DTLS costs without a network: a record sealed, a record opened, a handshake, an idle connection.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { generateCertificateSync, nodeCrypto, pureCrypto, systemRandom } from '@maru/node';
import { SILENT_LOG } from '@maru/protocol/core';
import { DtlsConnection, fingerprintOf } from '@maru/protocol/dtls';
import { readOptions } from './lib/options.mjs';
import { median, publishAll } from './lib/report.mjs';

const options = readOptions('npm run bench -- dtls [--json]', {});
const PATH = { localAddress: '192.0.2.1', localPort: 1, remoteAddress: '192.0.2.2', remotePort: 2 };
const SUITES = ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'];
const RECORDS = 5_000;
const HANDSHAKES = 20;
const ROUNDS = 5;
const IDLE_PAIRS = 200;

const certificate = generateCertificateSync();
const fingerprints = [fingerprintOf(nodeCrypto, certificate.chain[0])];

/** Two connections with the handshake behind them. */
function connectedPair(crypto, cipherSuites) {
  const context = { crypto, random: systemRandom, log: SILENT_LOG };
  const [client, server] = [0, 1].map(
    () => new DtlsConnection({ certificate, path: PATH, ...(cipherSuites && { cipherSuites }) }, context),
  );
  const to = (other) => ({ transmit: (bytes) => other.receive(1, bytes, PATH), event() {}, data() {} });
  for (const connection of [client, server]) connection.expectFingerprints(0, fingerprints);
  server.start(0, 'server');
  client.start(0, 'client');
  for (let flight = 0; flight < 5; flight++) {
    client.drain(to(server));
    server.drain(to(client));
  }
  if (client.state !== 'connected' || server.state !== 'connected') throw new Error('the handshake did not end');
  return [client, server];
}

/** Microseconds of processor time that `act` takes, the median of some rounds. */
function cpuUs(act, times) {
  for (let i = 0; i < times; i++) act();
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    for (let i = 0; i < times; i++) act();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / times;
  });
  return median(rounds);
}

function measureRecords(driver, crypto, suite, size) {
  const [client, server] = connectedPair(crypto, [suite]);
  const bytes = new Uint8Array(size);
  const sink = { transmit() {}, event() {}, data() {} };
  const relay = { ...sink, transmit: (record) => server.receive(2, record, PATH) };
  const seal = cpuUs(() => {
    client.send(bytes);
    client.drain(sink);
  }, RECORDS);
  const both = cpuUs(() => {
    client.send(bytes);
    client.drain(relay);
    server.drain(sink);
  }, RECORDS);
  return { driver, suite: suite.slice('TLS_ECDHE_ECDSA_WITH_'.length), size, sealUs: seal, openUs: both - seal };
}

/** The collector, whatever Node.js was started with. */
function collector() {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}

/** KiB of heap and of array buffers that an idle connection holds. */
function idleKiB(crypto) {
  const collect = collector();
  const used = () => {
    collect();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  connectedPair(crypto);
  const before = used();
  const kept = Array.from({ length: IDLE_PAIRS }, () => connectedPair(crypto));
  return (used() - before) / (2 * kept.length) / 1024;
}

const drivers = Object.entries({ pure: pureCrypto, 'as installed': nodeCrypto });
const records = drivers.flatMap(([driver, crypto]) =>
  SUITES.flatMap((suite) => [64, 1_200].map((size) => measureRecords(driver, crypto, suite, size))),
);
const connections = drivers.map(([driver, crypto]) => ({
  driver,
  handshakeMs: cpuUs(() => connectedPair(crypto), HANDSHAKES) / 1_000,
  idleKiB: idleKiB(crypto),
}));
publishAll(
  [
    {
      name: 'dtls',
      workload: `one record of application data, in memory; processor time, median of ${ROUNDS} rounds of ${RECORDS}`,
      columns: { driver: 'crypto', suite: 'suite', size: 'bytes', sealUs: 'seal us', openUs: 'open us' },
      rows: records,
    },
    {
      name: 'dtls-connection',
      workload: 'a handshake with both certificates (both ends); memory of an idle connection',
      columns: { driver: 'crypto', handshakeMs: 'CPU ms, both ends', idleKiB: 'KiB idle, each end' },
      rows: connections,
    },
  ],
  options.json,
);
