import { describe, expect, test } from 'vitest';
import { CIPHER_SUITES, type DtlsConnection, type SrtpProfile } from './index.js';
import { IDENTITIES, Link, twoPeers } from './testing/peers.js';

/** Both ends agree on every secret that they may be asked for. */
function expectSameSecrets(client: DtlsConnection, server: DtlsConnection): void {
  const exported = client.exportKeyingMaterial('EXPERIMENTAL test', 40, new Uint8Array(3));
  expect(exported).toHaveLength(40);
  expect(server.exportKeyingMaterial('EXPERIMENTAL test', 40, new Uint8Array(3))).toEqual(exported);
  const [ours, theirs] = [client.srtpKeyingMaterial(), server.srtpKeyingMaterial()];
  expect(ours?.local).toEqual(theirs?.remote);
  expect(ours?.remote).toEqual(theirs?.local);
}

describe('two ends', () => {
  test('connect in two round trips, exchange data, and say goodbye', () => {
    const { client, server } = twoPeers();
    const link = new Link(client, server, { latencyMs: 50 }).start();
    expect(link.connect()).toBe(true);
    expect(link.now).toBe(200);
    expectSameSecrets(client.connection, server.connection);
    expect(client.events.map(({ type }) => type)).toEqual(['state-changed', 'peer-certificate', 'state-changed', 'connected']);
    expect(client.connection.send(Uint8Array.of(1, 2, 3))).toBe(true);
    expect(server.connection.send(Uint8Array.of(4))).toBe(true);
    link.run(1_000, () => client.received.length + server.received.length === 2);
    expect(server.received).toEqual([Uint8Array.of(1, 2, 3)]);
    expect(client.received).toEqual([Uint8Array.of(4)]);
    client.connection.close(link.now);
    link.run(1_000, () => server.connection.state === 'closed');
    expect(client.eventsOf('closed')).toEqual([{ type: 'closed', by: 'us' }]);
    expect(server.eventsOf('closed')).toEqual([{ type: 'closed', by: 'peer' }]);
    expect(client.connection.deadline).toBe(Infinity);
  });

  for (const suite of CIPHER_SUITES) {
    for (const group of ['x25519', 'secp256r1', 'secp384r1'] as const) {
      test(`agree on ${suite.name} over ${group}`, () => {
        const certificate = suite.authentication === 'rsa' ? IDENTITIES.rsa : IDENTITIES.p384;
        const options = { certificate, cipherSuites: [suite.name], groups: [group] };
        const peers = { client: options, server: options };
        const { client, server } = twoPeers(peers);
        const link = new Link(client, server).start();
        expect(link.connect()).toBe(true);
        expect(client.connection.stats()).toMatchObject({ cipherSuite: suite.name, group, tlsVersion: 'FEFD', role: 'client' });
        for (const length of [1, 1_000, 16_384]) client.connection.send(new Uint8Array(length).fill(length));
        expect(link.run(1_000, () => server.received.length === 3)).toBe(true);
        expect(server.received.map(({ length }) => length)).toEqual([1, 1_000, 16_384]);
        expectSameSecrets(client.connection, server.connection);
      });
    }
  }

  test('use an RSA certificate with an ECDSA client and the other way round', () => {
    for (const [clientCertificate, serverCertificate] of [
      [IDENTITIES.ecdsa, IDENTITIES.rsa],
      [IDENTITIES.rsa, IDENTITIES.ecdsa],
      [IDENTITIES.p384, IDENTITIES.rsa],
    ] as const) {
      const { client, server } = twoPeers({
        client: { certificate: clientCertificate },
        server: { certificate: serverCertificate },
      });
      expect(new Link(client, server).start().connect()).toBe(true);
    }
  });

  test("follow the server's preference for SRTP, and carry data without a profile in common", () => {
    const agreed = (client: SrtpProfile[], server: SrtpProfile[]) => {
      const peers = twoPeers({ client: { srtpProfiles: client }, server: { srtpProfiles: server } });
      expect(new Link(peers.client, peers.server).start().connect()).toBe(true);
      expect(peers.client.eventsOf('connected')).toEqual(peers.server.eventsOf('connected'));
      return peers.client.eventsOf('connected')[0]!.srtpProfile;
    };
    expect(
      agreed(['SRTP_AES128_CM_HMAC_SHA1_80', 'SRTP_AEAD_AES_256_GCM'], ['SRTP_AEAD_AES_256_GCM', 'SRTP_AES128_CM_HMAC_SHA1_80']),
    ).toBe('SRTP_AEAD_AES_256_GCM');
    expect(agreed(['SRTP_AES128_CM_HMAC_SHA1_32'], ['SRTP_AEAD_AES_128_GCM'])).toBeUndefined();
    expect(agreed([], ['SRTP_AEAD_AES_128_GCM'])).toBeUndefined();
    expect(agreed(['SRTP_AEAD_AES_128_GCM'], [])).toBeUndefined();
  });
});
