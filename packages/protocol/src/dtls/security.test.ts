import { nodeCrypto } from '@maru/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../core/index.js';
import {
  CookieJar,
  type DtlsOptions,
  type Fingerprint,
  fingerprintOf,
  type LocalCertificate,
  screenClientHello,
} from './index.js';
import { RECORD_HEADER_BYTES, writeRecordHeader } from './record.js';
import { expectEachOther, IDENTITIES, Link, PATH, Peer, twoPeers } from './testing/peers.js';

const right = (hash: 'sha-256' | 'sha-384' | 'sha-512' = 'sha-256'): Fingerprint =>
  fingerprintOf(nodeCrypto, IDENTITIES.ecdsa.chain[0]!, hash);
const wrong = (hash: 'sha-256' | 'sha-384' | 'sha-512' = 'sha-256'): Fingerprint =>
  fingerprintOf(nodeCrypto, IDENTITIES.other.chain[0]!, hash);

/** Nothing may flow at this end, and nothing did. */
function expectNothingFlowed(peer: Peer): void {
  expect(peer.eventsOf('connected')).toEqual([]);
  expect(peer.received).toEqual([]);
  expect(peer.connection.srtpKeyingMaterial()).toBeUndefined();
  expect(peer.connection.exportKeyingMaterial('EXTRACTOR-dtls_srtp', 60)).toBeUndefined();
  expect(peer.connection.send(Uint8Array.of(1))).toBe(false);
}

/** A connected pair over a link of 10 ms. */
function connected(options: { client?: Partial<DtlsOptions>; server?: Partial<DtlsOptions> } = {}) {
  const { client, server } = twoPeers(options);
  const link = new Link(client, server).start();
  expect(link.connect()).toBe(true);
  link.run(link.now + 10_000, () => false); // the last flight's repeats
  client.take();
  server.take();
  return { client, server, link };
}

/** One record in the clear. */
function plaintext(
  type: number,
  body: Uint8Array,
  options: { version?: number; epoch?: number; sequence?: number } = {},
): Uint8Array {
  const record = new Uint8Array(RECORD_HEADER_BYTES + body.length);
  writeRecordHeader(record, 0, type, options.version ?? 0xfefd, options.epoch ?? 0, options.sequence ?? 99, body.length);
  record.set(body, RECORD_HEADER_BYTES);
  return record;
}

/** Still carries data both ways. */
function expectAlive(client: Peer, server: Peer, link: Link): void {
  const before = [client.received.length, server.received.length];
  expect(client.connection.send(Uint8Array.of(1))).toBe(true);
  expect(server.connection.send(Uint8Array.of(2))).toBe(true);
  const arrived = () => client.received.length > before[0]! && server.received.length > before[1]!;
  expect(link.run(link.now + 1_000, arrived)).toBe(true);
}

describe('S-29: garbage that arrives before and during a handshake', () => {
  test('does not keep the right ends from connecting', () => {
    const random = new SeededRandom(7);
    const { client, server } = twoPeers();
    for (const peer of [client, server]) {
      for (let i = 0; i < 10; i++) {
        const garbage = new Uint8Array(random.uint32() % 200);
        random.fill(garbage);
        peer.receive(0, garbage);
      }
    }
    const link = new Link(client, server).start();
    for (let i = 0; i < 500; i++) {
      const garbage = new Uint8Array(random.uint32() % 200);
      random.fill(garbage);
      if (i % 2) garbage[0] = 20 + (i % 4);
      (i % 3 ? client : server).receive(link.now, garbage);
      link.run(link.now, () => false);
    }
    expect(link.connect()).toBe(true);
  });
});

describe('S-30: the certificate that signaling vouched for', () => {
  for (const liar of ['client', 'server'] as const) {
    test(`a) another one at the ${liar}: both fail before keys or data exist`, () => {
      const options = { [liar]: { certificate: IDENTITIES.other } };
      const { client, server } = twoPeers({ ...options, expects: false });
      expectEachOther(0, client, server);
      const link = new Link(client, server).start();
      link.run(5_000, () => false);
      const [victim, attacker] = liar === 'client' ? [server, client] : [client, server];
      expect(victim.eventsOf('failed')[0]!.failure).toMatchObject({ code: 'dtls/fingerprint-mismatch', sentAlert: 42 });
      expect(attacker.eventsOf('failed')[0]!.failure).toMatchObject({ code: 'dtls/alert-received', receivedAlert: 42 });
      for (const peer of [client, server]) {
        expectNothingFlowed(peer);
        expect(peer.connection.deadline).toBe(Infinity);
      }
    });
  }

  test('b) none ever: the handshake waits, then times out, and nothing flows', () => {
    const { client, server } = twoPeers({ expects: false });
    const link = new Link(client, server).start();
    link.run(200_000, () => false);
    expect(client.eventsOf('peer-certificate')).toHaveLength(1);
    for (const peer of [client, server]) {
      expect(peer.connection.state).toBe('failed');
      expectNothingFlowed(peer);
    }
  });

  test.each([
    ['c) several, one right', [wrong(), right()], 'connected'],
    ['c) right in the weaker hash, wrong in the strongest', [right('sha-256'), wrong('sha-512')], 'failed'],
    ['c) right in the strongest, wrong in a weaker', [wrong('sha-256'), right('sha-384')], 'connected'],
    ['c) one in upper, algorithm in capitals', [{ algorithm: 'SHA-256', value: right().value }], 'connected'],
    ['c) one in lower case', [{ algorithm: 'sha-256', value: right().value.toLowerCase() }], 'connected'],
    ['d) only SHA-1', [{ algorithm: 'sha-1', value: 'AB:'.repeat(19) + 'AB' }], 'failed'],
    ['d) only MD5', [{ algorithm: 'md5', value: 'AB:'.repeat(15) + 'AB' }], 'failed'],
    ['b) an empty set', [], 'failed'],
    ['a value cut short', [{ algorithm: 'sha-256', value: right().value.slice(0, 47) }], 'failed'],
    ['a value that is no hexadecimal', [{ algorithm: 'sha-256', value: 'zz' }], 'failed'],
  ] as const)('%s', (_, fingerprints, outcome) => {
    for (const judge of ['client', 'server'] as const) {
      const { client, server } = twoPeers();
      (judge === 'client' ? client : server).connection.expectFingerprints(0, fingerprints);
      const link = new Link(client, server).start();
      link.run(10_000, () => false);
      const peer = judge === 'client' ? client : server;
      expect(peer.connection.state).toBe(outcome);
      if (outcome === 'failed') expectNothingFlowed(peer);
    }
  });

  for (const late of ['client', 'server'] as const) {
    test(`e) that comes 7 s after the ${late} proved peer's key: connected then, not before`, () => {
      const { client, server } = twoPeers({ expects: false });
      const [waiting, other] = late === 'client' ? [client, server] : [server, client];
      other.connection.expectFingerprints(0, [right()]);
      const link = new Link(client, server).start();
      link.run(7_000, () => false);
      expect(waiting.connection.state).toBe('connecting');
      expect(other.connection.state).toBe('connecting');
      expectNothingFlowed(waiting);
      waiting.connection.expectFingerprints(link.now, [right()]);
      expect(link.connect(7_100)).toBe(true);
      expectAlive(client, server, link);
    });
  }

  test('f) changed while connected ends the connection, unless the certificate is still among them', () => {
    const { client, server, link } = connected();
    client.connection.expectFingerprints(link.now, [wrong(), right()]);
    expectAlive(client, server, link);
    client.connection.expectFingerprints(link.now, [wrong()]);
    expect(client.connection.state).toBe('failed');
    link.run(link.now + 100, () => false);
    expect(server.connection.state).toBe('failed');
  });

  test('by the owner instead of a fingerprint: rejected is failed', () => {
    const { client, server } = twoPeers({ expects: false });
    server.connection.judgePeer(0, 'accept');
    client.connection.judgePeer(0, 'reject');
    new Link(client, server).start().run(5_000, () => false);
    expect(client.eventsOf('failed')[0]!.failure.code).toBe('dtls/peer-rejected');
    expectNothingFlowed(server);
  });
});

describe('S-31: a certificate without proof of its key', () => {
  const forged = (sign: LocalCertificate['key']['sign']): LocalCertificate => {
    const { key, chain } = IDENTITIES.ecdsa;
    return { chain, key: { schemes: key.schemes, publicKeyDer: key.publicKeyDer, sign } };
  };
  const { key } = IDENTITIES.ecdsa;

  test.each([
    ['a signature of zeros', forged(() => new Uint8Array(70)), 51],
    ['an empty signature', forged(() => new Uint8Array(0)), 51],
    ['a signature over other bytes', forged((scheme, data) => key.sign(scheme, data.subarray(1))), 51],
    ["another key's signature", forged((scheme, data) => IDENTITIES.other.key.sign(scheme, data)), 51],
  ])('%s is refused by either side', (_, certificate, sentAlert) => {
    for (const role of ['client', 'server'] as const) {
      const { client, server } = twoPeers({ [role]: { certificate }, expects: false });
      client.connection.judgePeer(0, 'accept');
      server.connection.judgePeer(0, 'accept');
      new Link(client, server).start().run(5_000, () => false);
      const victim = role === 'client' ? server : client;
      expect(victim.eventsOf('failed')[0]!.failure).toMatchObject({ code: 'dtls/handshake-refused', sentAlert });
      expect(victim.eventsOf('peer-certificate')).toEqual([]);
      expectNothingFlowed(client);
      expectNothingFlowed(server);
    }
  });

  test('a chain whose key is of another kind than the suite is refused', () => {
    const certificate = { chain: IDENTITIES.rsa.chain, key };
    const { client, server } = twoPeers({ server: { certificate }, expects: false });
    client.connection.judgePeer(0, 'accept');
    new Link(client, server).start().run(5_000, () => false);
    expect(client.eventsOf('failed')[0]!.failure).toMatchObject({ code: 'dtls/handshake-refused', sentAlert: 43 });
  });

  test('an empty chain is refused by either side', () => {
    for (const role of ['client', 'server'] as const) {
      const { client, server } = twoPeers({ [role]: { certificate: { chain: [], key } }, expects: false });
      client.connection.judgePeer(0, 'accept');
      server.connection.judgePeer(0, 'accept');
      new Link(client, server).start().run(5_000, () => false);
      expect((role === 'client' ? server : client).eventsOf('failed')[0]!.failure.code).toBe('dtls/handshake-refused');
    }
  });

  test('S-39: a chain of 20 KB, or one that is no DER, is refused', () => {
    for (const chain of [[new Uint8Array(20_000)], [new Uint8Array(100).fill(0x30)], Array(9).fill(IDENTITIES.ecdsa.chain[0]!)]) {
      const { client, server } = twoPeers({ server: { certificate: { chain, key } }, expects: false });
      client.connection.judgePeer(0, 'accept');
      new Link(client, server).start().run(40_000, () => false);
      expect(client.connection.state).toBe('failed');
      expectNothingFlowed(client);
    }
  });
});

describe('S-33: records and messages of no bytes', () => {
  test('100 000 of them cost little, and the connection lives on', () => {
    const { client, server, link } = connected();
    const empty = [20, 21, 22, 23].flatMap((type) => [
      plaintext(type, new Uint8Array(0)),
      plaintext(type, new Uint8Array(0), { epoch: 1 }),
    ]);
    const began = process.cpuUsage();
    for (let i = 0; i < 100_000; i++) server.connection.receive(link.now, empty[i % empty.length]!, PATH);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 100_000).toBeLessThan(20);
    expectAlive(client, server, link);
  });
});

describe('S-34: replay', () => {
  test('every record twice, in reverse too: each counts once', () => {
    const { client, server, link } = connected();
    for (let i = 0; i < 64; i++) client.connection.send(Uint8Array.of(i));
    const records = client.take();
    for (const record of [...records].reverse()) server.receive(link.now, record);
    for (const record of records) server.receive(link.now, record);
    expect(server.received.map(([byte]) => byte)).toEqual(Array.from({ length: 64 }, (_, i) => 63 - i));
    expect(server.connection.stats().recordsDropped.get('replayed')).toBe(64);
  });

  test('a forged record with the highest number, in this epoch or the next, does not move the window', () => {
    const { client, server, link } = connected();
    for (const epoch of [1, 2]) {
      for (const sequence of [2 ** 48 - 1, 65_000]) {
        server.receive(link.now, plaintext(23, new Uint8Array(40), { epoch, sequence }));
      }
    }
    expectAlive(client, server, link);
  });
});

describe('S-36: records that are not in order', () => {
  test('bad tags, epochs, versions, lengths, headers, and plaintext of every kind are dropped in silence', () => {
    const { client, server, link } = connected();
    const bodies = [
      new Uint8Array(0),
      Uint8Array.of(1),
      Uint8Array.of(2, 40),
      Uint8Array.of(1, 0),
      new Uint8Array(60).fill(0xff),
    ];
    for (const peer of [client, server]) {
      for (const body of bodies) {
        for (let type = 0; type < 256; type += type < 30 ? 1 : 13) {
          for (const epoch of [0, 1, 2, 0xffff]) {
            for (const version of [0xfefd, 0xfeff, 0xfefc, 0x0303])
              peer.receive(link.now, plaintext(type, body, { epoch, version }));
          }
        }
      }
      peer.receive(link.now, plaintext(23, new Uint8Array(2 ** 14 + 257), { epoch: 1 }));
      for (let length = 0; length < 13; length++) peer.receive(link.now, new Uint8Array(length).fill(23));
      expect(peer.take()).toEqual([]);
    }
    expectAlive(client, server, link);
  });

  test('a plaintext alert in the handshake changes nothing if the handshake goes on, and ends it if it does not', () => {
    const { client, server } = twoPeers();
    const link = new Link(client, server, { latencyMs: 200 }).start();
    client.receive(link.now, plaintext(21, Uint8Array.of(2, 40)));
    server.receive(link.now, plaintext(21, Uint8Array.of(2, 40)));
    expect(link.connect()).toBe(true);
    expectAlive(client, server, link);

    const alone = new Peer('client');
    alone.connection.start(0, 'client');
    alone.receive(10, plaintext(21, Uint8Array.of(2, 40)));
    for (let now = 0; now < 2_000 && alone.connection.state === 'connecting'; now = alone.connection.deadline) {
      alone.connection.advance(now);
      alone.connection.drain(alone);
    }
    expect(alone.eventsOf('failed')[0]!.failure).toMatchObject({ code: 'dtls/alert-received', receivedAlert: 40 });
  });

  test('one bad record of a datagram does not take the good ones with it', () => {
    const { client, server, link } = connected();
    client.connection.send(Uint8Array.of(5));
    client.connection.send(Uint8Array.of(6));
    const [first, second] = client.take();
    const joined = [first!, plaintext(23, new Uint8Array(40), { epoch: 1 }), second!].flatMap((one) => [...one]);
    server.receive(link.now, Uint8Array.from(joined));
    expect(server.received).toEqual([Uint8Array.of(5), Uint8Array.of(6)]);
  });
});

test('an end that gives up in the middle of a handshake says so, and the other closes', () => {
  const { client, server } = twoPeers({ expects: false });
  const link = new Link(client, server).start();
  link.run(100, () => false);
  client.connection.close(link.now);
  link.run(5_000, () => false);
  expect(server.eventsOf('closed')).toEqual([{ type: 'closed', by: 'peer' }]);
});

describe('S-37: no amplifier', () => {
  const hello = (): Uint8Array => {
    const client = new Peer('client');
    client.connection.start(0, 'client');
    return client.take()[0]!;
  };
  const bytesOf = (datagrams: readonly Uint8Array[]): number => datagrams.reduce((sum, { length }) => sum + length, 0);

  test('a ClientHello without a cookie gets fewer bytes than it has, and leaves no state', () => {
    const cookies = new CookieJar(nodeCrypto, new SeededRandom(1));
    const server = new Peer('server', { cookies });
    server.connection.start(0, 'server');
    const datagram = hello();
    for (let now = 0; now < 1_000; now++) server.receive(now, datagram);
    const answers = server.take();
    expect(bytesOf(answers)).toBeLessThan(1_000 * datagram.length);
    expect(answers.every(({ length }) => length <= datagram.length)).toBe(true);
  });

  test('a ClientHello repeated 1 000 times a second gets flight 4 at most every 50 ms besides its timer', () => {
    const server = new Peer('server');
    server.connection.start(0, 'server');
    const datagram = hello();
    for (let now = 0; now < 1_000; now++) {
      server.receive(now, datagram);
      server.connection.advance(now);
    }
    const flights = server.take().filter((one) => one[RECORD_HEADER_BYTES] === 2); // those that begin with ServerHello
    expect(flights.length).toBeLessThanOrEqual(25);
  });

  test('a port of many clients keeps nothing for one without a cookie, and answers it with fewer bytes than came', () => {
    const jar = new CookieJar(nodeCrypto, new SeededRandom(3));
    const { client, server } = twoPeers({ server: { cookies: jar } });
    client.connection.start(0, 'client');
    const [first] = client.take();
    const demand = screenClientHello(first!, PATH, jar);
    if (!(demand instanceof Uint8Array)) throw new Error('no HelloVerifyRequest');
    expect(demand.length).toBeLessThan(first!.length);
    client.receive(0, demand);
    const [second] = client.take();
    expect(screenClientHello(second!, { ...PATH, remotePort: 9 }, jar)).toBeInstanceOf(Uint8Array);
    expect(screenClientHello(second!, PATH, jar)).toBe('pass');
    server.connection.start(0, 'server');
    server.receive(0, second!);
    const link = new Link(client, server);
    expect(link.connect()).toBe(true);
  });

  test('whatever the bytes, the gate returns, and never more than came', () => {
    const jar = new CookieJar(nodeCrypto, new SeededRandom(3));
    const beginning = hello();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, keep) => {
        const datagram = Uint8Array.from([...beginning.subarray(0, keep), ...bytes]);
        const answer = screenClientHello(datagram, PATH, jar);
        if (answer instanceof Uint8Array) expect(answer.length).toBeLessThan(datagram.length);
      }),
    );
  });

  test('cookies: two ends connect through a HelloVerifyRequest, under loss too, and a stolen cookie is good for nothing', () => {
    for (let seed = 0; seed < 20; seed++) {
      const cookies = new CookieJar(nodeCrypto, new SeededRandom(seed));
      const { client, server } = twoPeers({ server: { cookies }, seed });
      const link = new Link(client, server, { loss: 0.2, duplicate: 0.1, reorder: 0.2, latencyMs: 30 }, seed).start();
      expect(link.connect()).toBe(true);
    }
    const jar = new CookieJar(nodeCrypto, new SeededRandom(1));
    const random = new Uint8Array(32);
    const cookie = jar.cookieFor(PATH, random);
    expect(jar.isValid(cookie, PATH, random)).toBe(true);
    expect(jar.isValid(cookie, { ...PATH, remotePort: 3 }, random)).toBe(false);
    expect(jar.isValid(cookie, { ...PATH, remoteAddress: '10.0.0.3' }, random)).toBe(false);
    expect(jar.isValid(cookie, PATH, random.fill(1))).toBe(false);
    random.fill(0);
    jar.rotate();
    expect(jar.isValid(cookie, PATH, random)).toBe(true);
    jar.rotate();
    expect(jar.isValid(cookie, PATH, random)).toBe(false);
  });
});

describe('S-38: an authenticated peer that wants to renegotiate', () => {
  test('gets no_renegotiation, and the connection lives on', () => {
    const { client, server, link } = connected();
    // A handshake record of epoch 1 that only the peer can make: sealed by the client's own writer.
    const { queue, writer } = client.connection as unknown as {
      queue: { reserve(length: number): Uint8Array; commit(kind: 'datagram', length: number): void };
      writer: { write(epoch: 1, type: number, plain: Uint8Array, out: Uint8Array, at: number): number };
    };
    for (const type of [0, 1]) {
      const message = new Uint8Array(12);
      message[0] = type;
      queue.commit('datagram', writer.write(1, 22, message, queue.reserve(100), 0));
    }
    for (const datagram of client.take()) server.receive(link.now, datagram);
    expect(server.take()).toHaveLength(2);
    expectAlive(client, server, link);
  });
});

describe('S-40: public keys that are none', () => {
  test.each([
    ['x25519', new Uint8Array(32)],
    ['x25519', Uint8Array.of(1, ...new Uint8Array(31))],
    ['x25519', new Uint8Array(31)],
    ['secp256r1', new Uint8Array(65).fill(4)],
    ['secp256r1', Uint8Array.of(4, ...new Uint8Array(64))],
    ['secp256r1', Uint8Array.of(0)],
    ['secp256r1', new Uint8Array(33).fill(2)],
    ['secp384r1', new Uint8Array(97).fill(4)],
    ['secp384r1', new Uint8Array(0)],
  ] as const)('%s %s are refused by either side, with one and the same alert', (group, publicKey) => {
    const crypto = {
      ...nodeCrypto,
      keyAgreement: () => ({ group, publicKey: publicKey.slice(), derive: () => new Uint8Array(32) }),
    };
    for (const role of ['client', 'server'] as const) {
      const victim = new Peer(role === 'client' ? 'server' : 'client', { groups: [group] });
      const evil = new Peer(role, { groups: [group] }, 3, crypto);
      expectEachOther(0, victim, evil);
      new Link(victim, evil).start().run(5_000, () => false);
      expect(victim.eventsOf('failed')[0]!.failure).toMatchObject({ code: 'dtls/handshake-refused', sentAlert: 47 });
    }
  });
});

describe('whatever happens on the way', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('deliver' as const), which: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), which: fc.nat(5) }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('damage' as const), which: fc.nat(5), at: fc.nat(1_200), value: fc.nat(255) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('inject' as const), bytes: fc.uint8Array({ maxLength: 80 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(3_000) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'send' as const }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('expect' as const), isRight: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant({ do: 'close' as const }) },
  );

  test('a connection never throws, says "connected" at most once and "ended" at most once, and comes to an end', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), step), { maxLength: 80 }), fc.nat(1_000), (steps, seed) => {
        const { client, server } = twoPeers({ seed, expects: seed % 2 === 0 });
        const toClient: Uint8Array[] = [];
        const toServer: Uint8Array[] = [];
        let now = 0;
        const collect = (): void => {
          toServer.push(...client.take());
          toClient.push(...server.take());
        };
        client.connection.start(0, 'client');
        server.connection.start(0, 'server');
        collect();
        for (const [isClient, one] of steps) {
          const [peer, inbox] = isClient ? [client, toClient] : [server, toServer];
          const index = 'which' in one ? one.which % Math.max(1, inbox.length) : 0;
          if (one.do === 'deliver' && inbox.length > 0) peer.receive(now, inbox.splice(index, 1)[0]!);
          if (one.do === 'drop') inbox.splice(index, 1);
          if (one.do === 'inject') peer.receive(now, one.bytes);
          if (one.do === 'send') peer.connection.send(Uint8Array.of(1));
          if (one.do === 'close') peer.connection.close(now);
          if (one.do === 'expect') peer.connection.expectFingerprints(now, [one.isRight ? right() : wrong()]);
          if (one.do === 'damage' && inbox.length > 0) {
            const damaged = inbox[index]!.slice();
            damaged[one.at % damaged.length] = one.value;
            peer.receive(now, damaged);
          }
          if (one.do === 'wait') {
            now += one.ms;
            peer.connection.advance(now);
          }
          collect();
        }
        client.connection.close(now);
        server.connection.close(now);
        collect();
        for (const peer of [client, server]) {
          expect(peer.eventsOf('connected').length).toBeLessThanOrEqual(1);
          expect(peer.eventsOf('closed').length + peer.eventsOf('failed').length).toBe(1);
          expect(['closed', 'failed']).toContain(peer.connection.state);
          expect(peer.connection.deadline).toBe(Infinity);
        }
      }),
      { numRuns: 300 },
    );
  });
});
