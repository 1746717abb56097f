import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Call } from './call.js';
import { Lab, type LabNat, SERVER } from './lab.js';
import { startMaruTurn } from './maru-turn.js';
import { missingForLab, titled } from './requirements.js';
import { LabCertificate, TURN_USER } from './turn-server.js';

const UDP = { urls: `turn:${SERVER.first}`, ...TURN_USER };
const DTLS = { urls: `turns:${SERVER.first}:5349?transport=udp`, ...TURN_USER };
const TCP_443 = { urls: `turn:${SERVER.second}:443?transport=tcp`, ...TURN_USER };
const TLS_443 = { urls: `turns:${SERVER.first}:443`, ...TURN_USER };

describe.skipIf(missingForLab() !== undefined)(titled('calls through our own relay'), () => {
  let certificate: LabCertificate;
  let lab: Lab;

  beforeAll(() => {
    certificate = new LabCertificate();
  });
  afterEach(() => lab?.down());
  afterAll(() => certificate.remove());

  test.each<[LabNat, LabNat, string, object, string, number]>([
    ['symmetric', 'symmetric', 'UDP', UDP, 'udp', 1],
    ['symmetric', 'symmetric', 'UDP, to one of two threads each', UDP, 'udp', 2],
    ['port-restricted', 'symmetric', 'DTLS', DTLS, 'dtls', 1],
    ['udp-blocked', 'symmetric', 'TCP 443', TCP_443, 'tcp', 1],
    ['udp-blocked', 'udp-blocked', 'TCP 443', TCP_443, 'tcp', 1],
    ['udp-blocked', 'udp-blocked', 'TLS 443', TLS_443, 'tls', 1],
  ])('a host behind NAT "%s" calls one behind "%s" over %s', async (a, b, _, server, relayProtocol, workers) => {
    lab = await Lab.up({ a, b });
    await startMaruTurn(lab, certificate, workers);
    const configuration = { iceServers: [server], iceTransportPolicy: 'relay' };
    const connected = await Call.connect(lab, configuration, { env: certificate.env });
    expect(await connected.echo(300_000)).toBe(true);
    expect(await connected.selectedPair()).toMatchObject({ local: 'relay', remote: 'relay', relayProtocol });
  });
});
