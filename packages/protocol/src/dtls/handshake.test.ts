import { nodeCrypto } from '@maru/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../bytes/index.js';
import type { AeadAlgorithm } from '../core/index.js';
import { decodeAlert } from './alert.js';
import { ClientHandshake } from './client-handshake.js';
import { completeConfig } from './config.js';
import { codesOf, decodeSupportedVersions, decodeUseSrtp, ExtensionType } from './extension.js';
import type { Flight } from './flights/flight.js';
import type { Handshake, HandshakeHost, HandshakeResult } from './handshake.js';
import { type HandshakeMessage, HandshakeType, readFragment } from './handshake-message.js';
import type { DtlsOptions } from './index.js';
import { type ClientHello, decodeClientHello } from './messages/client-hello.js';
import { chooseForClient, offeredExtensions } from './negotiation.js';
import { RecordHeader } from './record.js';
import { Refusal } from './refusal.js';
import { ServerHandshake } from './server-handshake.js';
import { meaningOf } from './testing/meaning.js';
import { context, IDENTITIES, PATH } from './testing/peers.js';
import { readCertificate } from './x509/certificate.js';

/** A handshake by itself: what it sends is kept, and fed to another by hand. */
class Bench implements HandshakeHost {
  readonly config;
  readonly context = context();
  readonly sent: HandshakeMessage[] = [];
  refusal: Refusal | undefined;
  result: HandshakeResult | undefined;
  isProved = false;
  handshake!: Handshake;

  constructor(options: Partial<DtlsOptions> = {}) {
    this.config = completeConfig({ certificate: IDENTITIES.ecdsa, path: PATH, ...options }, nodeCrypto);
  }

  client(): this {
    this.handshake = new ClientHandshake(this);
    return this;
  }

  server(): this {
    this.handshake = new ServerHandshake(this, () => PATH);
    return this;
  }

  send({ items }: Flight): void {
    for (const item of items) if (item.type === 'message') this.sent.push(item.message);
  }
  flightAnswered(): void {}
  useKeys(): void {}
  provePeer(): void {
    this.isProved = true;
    this.handshake.approve();
  }
  refuse(refusal: Refusal): void {
    this.refusal = refusal;
  }
  complete(result: HandshakeResult): void {
    this.result = result;
  }

  /** Hands over what the other has sent so far, as `change` would have it. */
  take(from: Bench, change: (messages: HandshakeMessage[]) => HandshakeMessage[] = (same) => same): this {
    for (const message of change(from.sent.splice(0))) this.handshake.receive(message);
    return this;
  }
}

const without = (type: number) => (messages: HandshakeMessage[]) => messages.filter((message) => message.type !== type);

function flight5From(client: Bench, server: Bench): void {
  client.client();
  server.server().take(client);
  client.take(server);
}

describe('S-31: messages left out, repeated or out of order', () => {
  test('a whole handshake completes at both ends', () => {
    const [client, server] = [new Bench(), new Bench()];
    flight5From(client, server);
    server.take(client);
    client.take(server);
    expect(client.result?.secrets.export('x', 8)).toEqual(server.result?.secrets.export('x', 8));
  });

  test.each([
    ['Certificate', HandshakeType.certificate],
    ['ClientKeyExchange', HandshakeType.clientKeyExchange],
    ['CertificateVerify', HandshakeType.certificateVerify],
  ])('a client that leaves out its %s is refused', (_, type) => {
    const [client, server] = [new Bench(), new Bench()];
    flight5From(client, server);
    server.take(client, without(type));
    expect(server.refusal?.alert).toBe(10);
    expect(server.result).toBeUndefined();
    expect(server.isProved).toBe(false);
  });

  test.each([
    ['Certificate', HandshakeType.certificate],
    ['ServerKeyExchange', HandshakeType.serverKeyExchange],
    ['ServerHello', HandshakeType.serverHello],
  ])('a server that leaves out its %s is refused', (_, type) => {
    const [client, server] = [new Bench().client(), new Bench().server()];
    server.take(client);
    client.take(server, without(type));
    expect(client.refusal?.alert).toBe(10);
    expect(client.isProved).toBe(false);
  });

  test('a client whose Finished is wrong, or comes first, is refused', () => {
    for (const change of [
      (messages: HandshakeMessage[]) =>
        messages.map((one) => (one.type === HandshakeType.finished ? { ...one, body: new Uint8Array(12) } : one)),
      (messages: HandshakeMessage[]) => [...messages].reverse(),
    ]) {
      const [client, server] = [new Bench(), new Bench()];
      flight5From(client, server);
      server.take(client, change);
      expect(server.refusal).toBeDefined();
      expect(server.result).toBeUndefined();
    }
  });

  test('a server whose Finished is wrong is refused', () => {
    const [client, server] = [new Bench(), new Bench()];
    flight5From(client, server);
    server.take(client);
    client.take(server, (messages) => messages.map((one) => ({ ...one, body: one.body.map((byte) => byte ^ 1) })));
    expect(client.refusal?.alert).toBe(51);
    expect(client.result).toBeUndefined();
  });

  test('any bit of a message changed in transit is found out', () => {
    fc.assert(
      fc.property(fc.nat(11), fc.nat(3_000), fc.nat(7), (which, where, bit) => {
        const [client, server] = [new Bench(), new Bench()];
        let count = 0;
        let isChanged = false;
        const meddle = (messages: HandshakeMessage[]) =>
          messages.map((one) => {
            if (count++ !== which || one.body.length === 0) return one;
            isChanged = true;
            const body = one.body.slice();
            body[where % body.length]! ^= 1 << bit;
            return { ...one, body };
          });
        client.client();
        server.server().take(client, meddle);
        client.take(server, meddle);
        server.take(client, meddle);
        client.take(server, meddle);
        expect(client.result !== undefined && server.result !== undefined).toBe(!isChanged);
      }),
      { numRuns: 300 },
    );
  });
});

describe('S-38: what a client may ask for', () => {
  const config = completeConfig({ certificate: IDENTITIES.ecdsa, path: PATH }, nodeCrypto);
  const offer = (change: Partial<ClientHello> = {}, extensions: Record<number, Uint8Array | undefined> = {}): ClientHello => {
    const all = new Map(offeredExtensions(config));
    for (const [type, body] of Object.entries(extensions)) {
      if (body) all.set(Number(type), body);
      else all.delete(Number(type));
    }
    const empty = new Uint8Array(0);
    return {
      version: 0xfefd,
      random: new Uint8Array(32),
      sessionId: empty,
      cookie: empty,
      cipherSuites: [0xc02b],
      compressionMethods: Uint8Array.of(0),
      extensions: all,
      ...change,
    };
  };

  test.each([
    ['DTLS 1.0', offer({ version: 0xfeff }), 70],
    ['TLS 1.2', offer({ version: 0x0303 }), 70],
    ['only DTLS 1.3', offer({}, { [ExtensionType.supportedVersions]: Uint8Array.of(2, 0xfe, 0xfc) }), 70],
    ['compression and nothing else', offer({ compressionMethods: Uint8Array.of(1) }), 47],
    ['no extended master secret', offer({}, { [ExtensionType.extendedMasterSecret]: undefined }), 40],
    ['an extended master secret with a body', offer({}, { [ExtensionType.extendedMasterSecret]: Uint8Array.of(1) }), 40],
    ['a renegotiation', offer({}, { [ExtensionType.renegotiationInfo]: Uint8Array.of(12, ...new Uint8Array(12)) }), 40],
    ['no groups', offer({}, { [ExtensionType.supportedGroups]: undefined }), 40],
    ['secp192r1', offer({}, { [ExtensionType.supportedGroups]: Uint8Array.of(0, 2, 0, 19) }), 40],
    ['compressed points alone', offer({}, { [ExtensionType.ecPointFormats]: Uint8Array.of(1, 1) }), 47],
    ['no signature schemes', offer({}, { [ExtensionType.signatureAlgorithms]: undefined }), 40],
    ['SHA-1 signatures', offer({}, { [ExtensionType.signatureAlgorithms]: Uint8Array.of(0, 4, 2, 3, 2, 1) }), 40],
    [
      'RSA signatures of a server with an ECDSA key',
      offer({}, { [ExtensionType.signatureAlgorithms]: Uint8Array.of(0, 2, 4, 1) }),
      40,
    ],
    ['RSA key transport, CBC, NULL', offer({ cipherSuites: [0x009c, 0xc009, 0x0000, 0x00ff] }), 40],
    ['anonymous and export suites', offer({ cipherSuites: [0x0034, 0x0008] }), 40],
    ['a malformed use_srtp', offer({}, { [ExtensionType.useSrtp]: Uint8Array.of(0, 4, 0, 1) }), 50],
  ])('%s is refused', (_, hello, alert) => {
    const choice = chooseForClient(hello, config);
    expect(choice instanceof Refusal && choice.alert).toBe(alert);
  });

  test.each([
    ['1.3 and 1.2', offer({}, { [ExtensionType.supportedVersions]: Uint8Array.of(4, 0xfe, 0xfc, 0xfe, 0xfd) }), true],
    ['no use_srtp', offer({}, { [ExtensionType.useSrtp]: undefined }), false],
    ['unknown SRTP profiles', offer({}, { [ExtensionType.useSrtp]: Uint8Array.of(0, 4, 0, 5, 0, 6, 0) }), false],
    ['an SRTP profile with an MKI', offer({}, { [ExtensionType.useSrtp]: Uint8Array.of(0, 2, 0, 7, 2, 1, 2) }), true],
    ['unknown extensions and suites', offer({ cipherSuites: [0x1301, 0xc02b] }, { 4660: Uint8Array.of(1) }), true],
    [
      'no renegotiation_info but its suite',
      offer({ cipherSuites: [0xc02b, 0x00ff] }, { [ExtensionType.renegotiationInfo]: undefined }),
      true,
    ],
  ])('%s is taken', (_, hello, hasMedia) => {
    const choice = chooseForClient(hello, config);
    if (choice instanceof Refusal) throw new Error(choice.reason);
    expect(choice.srtpProfile !== undefined).toBe(hasMedia);
    expect(choice.extensions.has(ExtensionType.extendedMasterSecret)).toBe(true);
    expect(choice.extensions.has(ExtensionType.renegotiationInfo)).toBe(true);
    for (const type of choice.extensions.keys())
      expect(hello.extensions.has(type) || hello.cipherSuites.includes(0xff)).toBe(true);
  });
});

test('whatever the bytes, every decoder returns', () => {
  const types = Object.values(HandshakeType);
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.uint8Array({ maxLength: 200 }), (type, bytes) => {
      meaningOf(type, bytes);
      decodeAlert(bytes);
      readCertificate(bytes);
      readFragment(new ByteReader(bytes));
      new RecordHeader().read(bytes, 0);
      decodeUseSrtp(bytes);
      decodeSupportedVersions(bytes);
      codesOf(bytes);
    }),
    { numRuns: 3_000 },
  );
});

test('a ClientHello of ours offers first what our ciphers are quickest at', () => {
  const offered = (preferredAeads?: readonly AeadAlgorithm[]) => {
    const { preferredAeads: _, ...crypto } = nodeCrypto;
    const provider = preferredAeads ? { ...crypto, preferredAeads } : crypto;
    return completeConfig({ certificate: IDENTITIES.ecdsa, path: PATH }, provider).cipherSuites.map((name) =>
      name.slice(name.indexOf('WITH_') + 5),
    );
  };
  const [aes128, aes256, chacha] = ['AES_128_GCM_SHA256', 'AES_256_GCM_SHA384', 'CHACHA20_POLY1305_SHA256'];
  expect(offered()).toEqual([aes128, aes128, aes256, aes256, chacha, chacha]);
  expect(offered(['chacha20-poly1305'])).toEqual([chacha, chacha, aes128, aes128, aes256, aes256]);
  expect(decodeClientHello(new Bench().client().sent[0]!.body)).toMatchObject({ version: 0xfefd, cookie: new Uint8Array(0) });
});
