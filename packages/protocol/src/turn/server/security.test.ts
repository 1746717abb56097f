// security.md section 2, at the level of the core: every range, in every disguise, by every path; floods, forgeries and theft.
import { nodeCrypto } from '@maru/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHex } from '../../bytes/index.js';
import {
  AttributeType,
  ErrorCode,
  EvenPort,
  Lifetime,
  LongTermAuth,
  MobilityTicket,
  Nonce,
  PasswordAlgorithm,
  PasswordAlgorithms,
  Realm,
  RequestedTransport,
  StunEncoder,
  StunMethod,
  Username,
  XorPeerAddress,
} from '../../stun/index.js';
import { type CredentialSource, DEFAULT_LIMITS, issueSharedSecretCredential, SharedSecretCredentials } from './index.js';
import { disguisesOf, everySpecialAddress } from './testing/addresses.js';
import { decoded, endpoint, SERVER_ADDRESS, TableClient, TableDriver, testSettings } from './testing/table-driver.js';

const { allocate, refresh, connect } = StunMethod;
const PEER = '8.8.8.8';
const none = (): void => {};
const wants = (encoder: StunEncoder): void => void encoder.add(RequestedTransport, 17);

describe('S-01 to S-03: internal addresses, in every form, by every path', () => {
  const special = [...everySpecialAddress(), SERVER_ADDRESS];
  const forms = special.flatMap((address) => [address, ...disguisesOf(address).map(([, text]) => text)]);

  test.each(['udp', 'tcp', 'tls', 'dtls'] as const)('from a client over %s: 403 for requests, silence for Send', (transport) => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 1, 'ada', transport);
    client.allocate((encoder) => void encoder.add(Lifetime, 600));
    client.permit(PEER);
    for (const address of forms) {
      expect([address, client.permit(address, 80)]).toEqual([address, 403]);
      expect([address, client.permit(address)]).toEqual([address, 403]);
      expect([address, client.bind(0x4000, address, 80)]).toEqual([address, 403]);
      client.send(address, 80, Uint8Array.of(1));
    }
    expect(driver.relayed).toEqual([]);
    expect([...driver.server.allocations()]).toMatchObject([{ permissions: 1, channels: 0 }]);
  });

  test('by TCP connections (RFC 6062): 403, and nothing is connected to', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 1, 'ada', 'tcp');
    const [relay] = client.allocate(none, 6);
    for (const address of forms) {
      const code = client.code(connect, (encoder) => encoder.add(XorPeerAddress, { address, port: 80 }));
      expect([address, code]).toEqual([address, 403]);
      expect(driver.server.peerAccepted(driver.now, relay!, endpoint(address, 80))).toBeUndefined();
    }
    expect(driver.connecting).toEqual([]);
  });

  test('after a move to another address (RFC 8016) as before it', () => {
    const driver = new TableDriver({ allowsMobility: true });
    const client = driver.client('5.5.5.5', 1);
    const answer = client.request(allocate, (encoder) =>
      encoder.add(RequestedTransport, 17).add(MobilityTicket, new Uint8Array(0)),
    );
    const moved = driver.client('6.6.6.6', 1);
    expect(moved.code(refresh, (encoder) => encoder.add(MobilityTicket, answer!.value(MobilityTicket)!))).toBe(0);
    for (const address of forms) {
      expect([address, moved.permit(address)]).toEqual([address, 403]);
      moved.send(address, 80, Uint8Array.of(1));
    }
    expect(driver.relayed).toEqual([]);
  });
});

describe('S-06, S-07: who has not shown that he is there', () => {
  const limits = DEFAULT_LIMITS;

  test('gets a Binding response of at most 1.6 and a 401 of at most 3.6 times what he sent', () => {
    const driver = new TableDriver({ limits });
    const client = driver.client('5.5.5.5', 1);
    const ratio = (request: Uint8Array): number => {
      const before = driver.sent.length;
      client.raw(request);
      return (driver.sent[before]?.bytes.length ?? 0) / request.length;
    };
    const start = (method: number): StunEncoder => new StunEncoder().start('request', method, driver.newId());
    expect(ratio(start(StunMethod.binding).finish().slice())).toBeLessThanOrEqual(1.6);
    expect(ratio(start(allocate).finish().slice())).toBeLessThanOrEqual(1.6); // 400: nobody asks like this
    const challenge = ratio(start(allocate).add(RequestedTransport, 17).finish().slice());
    expect(challenge).toBeGreaterThan(0);
    expect(challenge).toBeLessThanOrEqual(3.6);
  });

  test('gets 10 replies a second, whatever his ports, and none counts against others', () => {
    const driver = new TableDriver({ limits });
    for (let i = 0; i < 1_000; i++) driver.client('5.5.5.5', 1 + i).ask(i % 2 ? allocate : refresh, wants, false);
    expect(driver.sent).toHaveLength(10);
    expect(driver.client('6.6.6.6', 1).ask(allocate, wants, false)?.value(ErrorCode)?.code).toBe(401);
    for (let i = 0; i < 1_000; i++) driver.client('5.5.5.5', 1 + i).ask(StunMethod.binding, none, false);
    expect(driver.sent).toHaveLength(11); // Binding responses count with the others
    driver.pass(1_000);
    expect(driver.client('5.5.5.5', 1).ask(allocate, wants, false)).toBeDefined();
  });

  test.each<[string, (driver: TableDriver) => Uint8Array]>([
    ['an indication', (driver) => new StunEncoder().start('indication', StunMethod.binding, driver.newId()).finish().slice()],
    ['a response', (driver) => new StunEncoder().start('success', StunMethod.binding, driver.newId()).finish().slice()],
    ['an error', (driver) => new StunEncoder().start('error', allocate, driver.newId()).finish().slice()],
    ['an unknown method', (driver) => new StunEncoder().start('request', 0x7ff, driver.newId()).finish().slice()],
    ['RFC 3489', () => parseHex('0001 0000 0102 0304 0506 0708 090a 0b0c 0d0e 0f10')!],
    [
      'a wrong FINGERPRINT',
      (driver) => {
        const bytes = new StunEncoder().start('request', StunMethod.binding, driver.newId()).fingerprint().finish().slice();
        bytes[bytes.length - 1]! ^= 1;
        return bytes;
      },
    ],
    ['ChannelData', () => parseHex('4000 0004 0102 0304')!],
    ['nothing', () => new Uint8Array(0)],
  ])('gets no reply to %s', (_name, make) => {
    const driver = new TableDriver({ limits });
    driver.client('5.5.5.5', 1).raw(make(driver));
    expect([driver.sent, driver.relayed]).toEqual([[], []]);
  });

  test('leaves nothing behind: 100,000 sources, no allocation, no timer, and a friend is served meanwhile', () => {
    const driver = new TableDriver({ limits });
    const encoder = new StunEncoder().start('request', allocate, driver.newId());
    wants(encoder);
    const request = encoder.finish().slice();
    const listener = driver.listeners.get('udp')!;
    const source = endpoint('1.0.0.0', 9);
    for (let i = 0; i < 100_000; i++) {
      source.w3 = (0x0100_0000 + 257 * i) | 0;
      driver.server.receive(driver.now + i / 10, listener, source, request, 0, request.length);
      if (i % 64 === 0) driver.server.drain(driver);
      if (driver.sent.length > 1_000) driver.sent.length = 0;
    }
    driver.now += 10_000;
    driver.settle();
    expect(driver.client('5.5.5.5', 1).allocate()).toHaveLength(1);
    expect(driver.server.statistics).toMatchObject({ openClients: 0, groups: 1, allocationsCreated: 1 });
  });
});

describe('S-08: nonces', () => {
  /** Signs with whatever nonce it is given. */
  function forged(driver: TableDriver, nonce: string, address = '5.5.5.5', port = 1) {
    const client = driver.client(address, port);
    const challenge = client.ask(allocate, wants, false)!;
    const encoder = new StunEncoder().start('error', allocate, challenge.transactionId).add(ErrorCode, { code: 401, reason: '' });
    const other = encoder
      .add(Realm, 'maru.test')
      .add(Nonce, nonce)
      .addIf(PasswordAlgorithms, challenge.value(PasswordAlgorithms));
    client.auth.onChallenge(decoded(other.finish().slice()));
    return client.ask(allocate, wants);
  }
  const nonceOf = (driver: TableDriver, address: string, port: number): string =>
    driver.client(address, port).ask(allocate, wants, false)!.value(Nonce)!;

  test('of another address, another port, altered, or old get 438 with a fresh one, and allocate nothing', () => {
    const driver = new TableDriver();
    const good = nonceOf(driver, '5.5.5.5', 1);
    const altered = `${good.slice(0, 14)}${good[14] === 'A' ? 'B' : 'A'}${good.slice(15)}`;
    const bad = [nonceOf(driver, '6.6.6.6', 1), nonceOf(driver, '5.5.5.5', 2), altered, `${good}A`, good.slice(0, -1), 'x'];
    for (const nonce of bad) {
      const answer = forged(driver, nonce);
      expect([nonce, answer?.value(ErrorCode)?.code]).toEqual([nonce, 438]);
      expect(answer?.value(Nonce)).not.toBe(nonce);
    }
    driver.pass(600_000);
    expect(forged(driver, good)?.value(ErrorCode)?.code).toBe(438);
    expect(driver.openRelays.size).toBe(0);
    expect(forged(driver, nonceOf(driver, '5.5.5.5', 1))?.messageClass).toBe('success');
  });

  test('that have aged are answered with 438 by every method, and the client goes on', () => {
    const driver = new TableDriver({ nonceLifetimeS: 30 });
    const client = driver.client('5.5.5.5', 1);
    client.allocate();
    const steps = [() => client.code(refresh, none), () => client.permit(PEER), () => client.bind(0x4000, PEER, 7)];
    for (const step of steps) {
      driver.pass(40_000);
      const before = driver.sent.length;
      expect(step()).toBe(0);
      expect(driver.sent.slice(before).map(({ bytes }) => decoded(bytes).value(ErrorCode)?.code)).toEqual([438, undefined]);
    }
  });

  test('with garbage for integrity get 401, and nothing else', () => {
    const driver = new TableDriver();
    expect(driver.client('5.5.5.5', 1, 'ada', 'udp', 'wrong').code(allocate, wants)).toBe(401);
    expect(driver.client('5.5.5.5', 1, 'nobody').code(allocate, wants)).toBe(401);
    expect(driver.openRelays.size).toBe(0);
    expect([...driver.server.statistics.refused.keys()]).toContain('turn/auth/wrong-integrity');
  });

  test('keep PASSWORD-ALGORITHMS from being taken out (bid-down): the list must come back as it was', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 1);
    const challenge = client.ask(allocate, wants, false)!;
    const offered = challenge.value(PasswordAlgorithms)!;
    const ask = (list: typeof offered | undefined, chosen: (typeof offered)[number] | undefined) =>
      client
        .ask(
          allocate,
          (encoder) =>
            encoder
              .add(RequestedTransport, 17)
              .add(Username, 'ada')
              .add(Realm, 'maru.test')
              .add(Nonce, challenge.value(Nonce)!)
              .addIf(PasswordAlgorithms, list)
              .addIf(PasswordAlgorithm, chosen)
              .integrity(new Uint8Array(16), nodeCrypto),
          false,
        )
        ?.value(ErrorCode)?.code;
    const [sha256, md5] = offered;
    expect(offered.map(({ algorithm }) => algorithm)).toEqual([2, 1]);
    expect([ask([md5!], md5), ask(offered, undefined), ask(undefined, md5), ask([md5!, sha256!], md5)]).toEqual([
      400, 400, 400, 400,
    ]);
    expect(ask(offered, { algorithm: 9, parameters: new Uint8Array(0) })).toBe(400);
    expect([ask(offered, sha256), ask(undefined, undefined)]).toEqual([401, 401]); // well-formed, wrongly signed
  });
});

describe('S-09: credentials for a time', () => {
  const clock = { seconds: 1_000_000, unixSeconds: () => clock.seconds };
  const options = { secrets: ['new', 'old'], maxTtlS: 86_400, graceS: 60 };

  function world(source = new SharedSecretCredentials(options, clock, nodeCrypto)) {
    clock.seconds = 1_000_000;
    const driver = new TableDriver({ credentials: source });
    const as = (secret: string, ttlS: number, port: number): TableClient => {
      const { username, password } = issueSharedSecretCredential(secret, 'ada', ttlS, clock, nodeCrypto);
      return new TableClient(driver, endpoint('5.5.5.5', port), 'udp', new LongTermAuth(username, password, nodeCrypto));
    };
    return { driver, source, as };
  }

  test('are good under each secret until they expire, and refused when they reach too far', () => {
    const { as } = world();
    expect([as('new', 300, 1), as('old', 300, 2), as('gone', 300, 3)].map((client) => client.code(allocate, wants))).toEqual([
      0, 0, 401,
    ]);
    expect([as('new', -1, 4), as('new', 86_401, 5)].map((client) => client.code(allocate, wants))).toEqual([401, 401]);
  });

  test('bound what they allocated: refreshed within the grace of 60 s, 401 after it', () => {
    const { driver, as } = world();
    const client = as('new', 300, 1);
    expect(client.request(allocate, wants)?.value(Lifetime)).toBe(360);
    const later = (ms: number): void => {
      clock.seconds += ms / 1_000;
      driver.pass(ms);
    };
    later(330_000);
    expect(client.request(refresh, none)?.value(Lifetime)).toBe(30);
    expect(as('new', -30, 2).code(allocate, wants)).toBe(401);
    later(29_000);
    expect([...driver.server.allocations()]).toHaveLength(1);
    clock.seconds += 2;
    expect(client.code(refresh, none)).toBe(401);
    driver.pass(2_000);
    expect(driver.events.at(-1)).toMatchObject({ type: 'allocation-deleted', end: 'credentials-expired' });
  });

  test('of a user who was removed are worth nothing, and what he had ends', () => {
    const { driver, source, as } = world();
    const client = as('new', 300, 1);
    client.allocate();
    source.revoke('ada');
    expect(driver.server.revoke(driver.now, 'ada')).toBe(1);
    expect([client.code(refresh, none), as('new', 300, 2).code(allocate, wants)]).toEqual([401, 401]);
  });

  test('of another realm are refused', () => {
    const driver = new TableDriver();
    const other = new TableDriver({ realm: 'elsewhere' });
    const client = driver.client('5.5.5.5', 1);
    client.allocate();
    const stranger = other.client('5.5.5.5', 1);
    expect(
      stranger.ask(allocate, (encoder) => client.auth.sign(encoder.add(RequestedTransport, 17)), false)?.value(ErrorCode)?.code,
    ).toBe(401);
  });
});

describe('S-10, S-11, S-19: limits', () => {
  const codes = (driver: TableDriver, count: number, address: (i: number) => string, user: (i: number) => string): number[] =>
    Array.from({ length: count }, (_, i) => driver.client(address(i), 1_000 + i, user(i)).code(allocate, wants)!);

  test('486 at the quota of a user and of an address; what is given back counts no more', () => {
    const driver = new TableDriver({ limits: { ...testSettings().limits, allocationsPerUser: 3 } });
    expect(
      codes(
        driver,
        5,
        () => '5.5.5.5',
        () => 'ada',
      ),
    ).toEqual([0, 0, 0, 486, 486]);
    driver.client('5.5.5.5', 1_000).code(refresh, (encoder) => encoder.add(Lifetime, 0));
    expect(
      codes(
        driver,
        2,
        () => '6.6.6.6',
        () => 'ada',
      ),
    ).toEqual([0, 486]);
    const narrow = new TableDriver({ limits: { ...testSettings().limits, allocationsPerAddress: 2 } });
    expect(
      codes(
        narrow,
        4,
        (i) => (i === 3 ? '6.6.6.6' : '5.5.5.5'),
        (i) => (i % 2 ? 'ada' : 'bob'),
      ),
    ).toEqual([0, 0, 486, 0]);
  });

  test('508 when ports are gone; the reserved share is for those who have none; ports return at once', () => {
    const relayAddresses = [{ address: '9.9.9.9', firstPort: 50_000, lastPort: 50_009 }];
    const driver = new TableDriver({ relayAddresses, limits: { ...testSettings().limits, reservedShare: 0.2 } });
    expect(
      codes(
        driver,
        10,
        () => '5.5.5.5',
        () => 'ada',
      ),
    ).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 508, 508]);
    expect(
      codes(
        driver,
        2,
        () => '6.6.6.6',
        () => 'bob',
      ),
    ).toEqual([0, 508]);
    driver.client('5.5.5.5', 1_000).code(refresh, (encoder) => encoder.add(Lifetime, 0));
    expect(driver.server.statistics.resources[1]).toEqual({ name: 'ports', used: 8, limit: 10 });
    const total = new TableDriver({ limits: { ...testSettings().limits, allocations: 5, reservedShare: 0.2 } });
    expect(
      codes(
        total,
        6,
        () => '5.5.5.5',
        () => 'ada',
      ),
    ).toEqual([0, 0, 0, 0, 508, 508]);
    expect(
      codes(
        total,
        2,
        () => '6.6.6.6',
        () => 'bob',
      ),
    ).toEqual([0, 508]);
  });

  test('hoarding reserved ports is counted like allocations', () => {
    const driver = new TableDriver({ limits: { ...testSettings().limits, allocationsPerUser: 4 } });
    const pair = (port: number) =>
      driver.client('5.5.5.5', port).code(allocate, (e) => e.add(RequestedTransport, 17).add(EvenPort, { reserveNext: true }));
    expect([pair(1), pair(2), pair(3)]).toEqual([0, 0, 486]);
    driver.pass(30_000);
    expect([pair(4), pair(5)]).toEqual([0, 486]);
  });

  test('permissions and channels end at their limit, duplicates count once, and lapsed ones make room', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 1);
    client.allocate((encoder) => void encoder.add(Lifetime, 3_600));
    const address = (i: number): string => `8.8.${i >> 8}.${i & 255}`;
    const many = (from: number, count: number) =>
      client.code(StunMethod.createPermission, (encoder) => {
        for (let i = 0; i < count; i++) encoder.add(XorPeerAddress, { address: address(from + i), port: 0 });
      });
    expect(many(0, 100)).toBe(0);
    expect([client.permit(address(0)), client.permit(address(0))]).toEqual([0, 0]);
    expect([many(100, 100), many(200, 100), many(200, 56), many(256, 1)]).toEqual([0, 508, 0, 508]); // all or none
    expect(many(0, 1_000)).toBeUndefined(); // more attributes than any message has
    expect([...driver.server.allocations()]).toMatchObject([{ permissions: 256 }]);
    for (let i = 0; i < 256; i++) expect(client.bind(0x4000 + i, address(0), 1 + i)).toBe(0);
    expect(client.bind(0x4fff, address(0), 999)).toBe(508);
    driver.pass(310_000);
    expect([many(1_000, 100), [...driver.server.allocations()][0]!.permissions]).toEqual([0, 101]); // one is held by its channels
  });

  test('bandwidth of an allocation is held to its cap, and bytes of a user to theirs', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 1);
    client.allocate();
    client.permit(PEER);
    const packet = new Uint8Array(1_000);
    for (let ms = 0; ms < 10_000; ms++) {
      driver.now += 1;
      for (let i = 0; i < 5; i++) client.send(PEER, 7, packet); // 40 Mbit/s
    }
    const bytes = driver.relayed.length * 1_000;
    expect((8 * bytes) / 10).toBeLessThan(4_000_000 * 1.1);
    expect((8 * bytes) / 10).toBeGreaterThan(4_000_000 * 0.95);
    const metered = new TableDriver({ limits: { ...testSettings().limits, bytesPerUser: 5_000 } });
    const user = metered.client('5.5.5.5', 1);
    user.allocate();
    user.permit(PEER);
    for (let i = 0; i < 9; i++) user.send(PEER, 7, packet);
    expect(metered.relayed).toHaveLength(5);
    expect(metered.client('5.5.5.5', 2).code(allocate, wants)).toBe(486);
    metered.server.resetUsage();
    metered.server.restoreUsage(metered.now, 'bob', 4_999); // a month that began before a restart
    metered.server.restoreUsage(metered.now, 'eve', 5_000);
    expect([...metered.server.usersUsage()].map(({ group, bytes }) => [group, bytes])).toEqual([
      ['ada', 0],
      ['bob', 4_999],
      ['eve', 5_000],
    ]);
    expect(metered.client('6.6.6.6', 3, 'bob').code(allocate, wants)).toBe(0);
    expect(metered.client('5.5.5.5', 2).code(allocate, wants)).toBe(0);
  });
});

describe('S-14: slow streams', () => {
  const open = (driver: TableDriver) => driver.client('5.5.5.5', 1, 'ada', 'tcp');
  const reasons = (driver: TableDriver) => driver.closedClients.map(({ reason }) => reason);

  test('without a whole message in 5 s, or an allocation in 30 s, are closed', () => {
    const driver = new TableDriver();
    const [mute, slow, half, asking] = [open(driver), open(driver), open(driver), open(driver)];
    half!.raw(Uint8Array.of(0, 1, 0, 0, 0x21, 0x12));
    for (let i = 0; i < 4; i++) {
      driver.pass(1_000);
      slow!.raw(Uint8Array.of(0));
    }
    asking!.ask(StunMethod.binding, none, false);
    driver.pass(1_000);
    expect(reasons(driver)).toEqual(['header-timeout', 'header-timeout', 'header-timeout']);
    driver.pass(25_000);
    expect(reasons(driver)).toEqual([...Array(3).fill('header-timeout'), 'idle']);
    expect([driver.server.statistics.openClients, driver.server.deadline]).toEqual([0, Number.POSITIVE_INFINITY]);
    expect(mute).toBeDefined();
  });

  test('that announce 64 KiB before they have anything are closed, and so is what is no TURN', () => {
    const driver = new TableDriver();
    const client = open(driver);
    client.raw(Uint8Array.of(0x40, 0, 0xff, 0xff));
    client.raw(new Uint8Array(2_100));
    open(driver).raw(new TextEncoder().encode('SSH-2.0-x\r\n'));
    expect(reasons(driver)).toEqual(['not-turn', 'not-turn']);
  });

  test('with an allocation stay, and go with nothing left when they close', () => {
    const driver = new TableDriver();
    const client = open(driver);
    client.allocate();
    driver.pass(500_000);
    expect(reasons(driver)).toEqual([]);
    driver.server.clientClosed(driver.now, client.path!);
    driver.settle();
    expect([driver.openRelays.size, driver.server.deadline]).toEqual([0, Number.POSITIVE_INFINITY]);
  });
});

describe('S-15: whatever the bytes', () => {
  const message = fc.record({
    type: fc.constantFrom(0x0001, 0x0003, 0x0004, 0x0008, 0x0009, 0x000a, 0x000b, 0x0016, 0x0017, 0x0101),
    attributes: fc.array(fc.tuple(fc.constantFrom(...Object.values(AttributeType)), fc.uint8Array({ maxLength: 40 })), {
      maxLength: 8,
    }),
    lengthError: fc.constantFrom(0, 0, 0, 1, 4, -4),
  });

  function encode({
    type,
    attributes,
    lengthError,
  }: {
    type: number;
    attributes: [number, Uint8Array][];
    lengthError: number;
  }): Uint8Array {
    const body = attributes.flatMap(([kind, value]) => [
      kind >> 8,
      kind & 255,
      0,
      value.length,
      ...value,
      ...new Uint8Array((4 - (value.length & 3)) & 3),
    ]);
    const length = Math.max(0, body.length + lengthError);
    return Uint8Array.of(
      type >> 8,
      type & 255,
      length >> 8,
      length & 255,
      0x21,
      0x12,
      0xa4,
      0x42,
      ...new Uint8Array(12),
      ...body,
    );
  }

  test('nothing throws, nothing is relayed that was not permitted, and no answer carries what was in memory', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 1);
    const [relay] = client.allocate();
    client.permit(PEER);
    client.bind(0x4000, PEER, 7);
    driver.relayed.length = 0;
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      message.map((parts) => encode(parts as Parameters<typeof encode>[0])),
    );
    fc.assert(
      fc.property(bytes, fc.boolean(), (input, isKnown) => {
        driver.sent.length = 0;
        const from = isKnown ? client : driver.client('6.6.6.6', 6);
        from.raw(input);
        driver.fromPeer(relay!, PEER, 7, input);
        for (const { bytes: answer } of driver.sent) expect(paddingOf(answer).every((byte) => byte === 0)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(driver.relayed.every(({ to, address }) => to !== 'peer' || address === PEER)).toBe(true);
    expect(client.code(refresh, none)).toBe(0);
  });

  /** All padding bytes of a message. */
  function paddingOf(bytes: Uint8Array): number[] {
    const padding: number[] = [];
    for (let at = 20; at < bytes.length; ) {
      const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
      const end = at + 4 + length;
      at = at + 4 + ((length + 3) & ~3);
      padding.push(...bytes.subarray(end, at));
    }
    return padding;
  }

  test('unknown comprehension-required attributes get 420 or, in an indication, silence', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 1);
    client.allocate();
    client.permit(PEER);
    const strange = { type: 0x7ffe, name: 'STRANGE', decode: () => true as const, encode: none };
    expect(client.code(refresh, (encoder) => encoder.add(strange, true))).toBe(420);
    expect(client.code(StunMethod.binding, (encoder) => encoder.add(strange, true))).toBe(420);
    const encoder = new StunEncoder().start('indication', StunMethod.send, driver.newId()).add(strange, true);
    client.raw(encoder.add(XorPeerAddress, { address: PEER, port: 7 }).finish().slice());
    expect(driver.relayed).toEqual([]);
  });
});

describe('S-17: names as weapons', () => {
  /** Without userhashes, so that names travel in the clear. */
  const credentials: CredentialSource = { knowsUserhashes: false, lookup: () => 'unknown-user' };
  const names = [
    'user%s%x',
    "' OR 1=1;--",
    'a\r\nSet-Cookie: x',
    '\u001b[31mred',
    `${'x'.repeat(505)}"} 1`,
    '{label="a"}',
    '🙂'.repeat(120),
  ];

  test('are refused like any other, and never become a reason: reasons are our words', () => {
    const driver = new TableDriver({ credentials });
    for (const [i, name] of names.entries())
      expect(driver.client('5.5.5.5', 1 + i, name, 'udp', 'x').code(allocate, wants)).toBe(401);
    const reasons = [...driver.server.statistics.refused.keys(), ...driver.server.statistics.dropped.keys()];
    for (const reason of reasons) expect(reason).toMatch(/^[a-z0-9/-]+$/);
    expect(driver.events.every((event) => event.type !== 'refused' || names.includes(event.username ?? ''))).toBe(true);
  });

  test('that are too long are malformed', () => {
    const driver = new TableDriver({ credentials });
    const client = driver.client('5.5.5.5', 1, 'x'.repeat(763), 'udp', 'x');
    expect(client.code(allocate, wants)).toBe(400);
  });
});
