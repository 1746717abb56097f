import { nodeCrypto } from '@maru/node';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../core/index.js';
import {
  AccessToken,
  AdditionalAddressFamily,
  AddressErrorCode,
  ConnectionId,
  ErrorCode,
  EvenPort,
  Icmp,
  Lifetime,
  LongTermAuth,
  MobilityTicket,
  RequestedAddressFamily,
  RequestedTransport,
  ReservationToken,
  type StunMessage,
  StunMethod,
  ThirdPartyAuthorization,
  XorMappedAddress,
  XorPeerAddress,
  XorRelayedAddress,
} from '../../stun/index.js';
import { AccessTokenCredentials, PeerPolicy, sealAccessToken } from './index.js';
import { decoded, RELAY_ADDRESS, RELAY_ADDRESS6, TableDriver, testSettings } from './testing/table-driver.js';

const { allocate, refresh, connect, connectionBind, connectionAttempt, channelBind } = StunMethod;
const PEER = '8.8.8.8';
const PEER6 = '2a00:1450::1';
const none = (): void => {};
const bytesOf = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

/** The reason behind the phrase of an error. */
const reasonOf = (message: StunMessage | undefined): string | undefined => message?.value(ErrorCode)?.reason.split(': ')[1];

describe('Allocate', () => {
  test('answers a retransmission the same and another request 437, whoever asks (S-12)', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 4_000);
    const id = driver.newId();
    const first = client.request(allocate, (encoder) => encoder.add(RequestedTransport, 17), id);
    const again = client.request(allocate, (encoder) => encoder.add(RequestedTransport, 17), id);
    expect(first?.value(XorRelayedAddress)).toMatchObject({ address: RELAY_ADDRESS });
    expect(again?.value(XorRelayedAddress)).toEqual(first?.value(XorRelayedAddress));
    expect(first?.value(XorMappedAddress)).toEqual({ address: '5.5.5.5', port: 4_000 });
    expect(client.code(allocate, (encoder) => encoder.add(RequestedTransport, 17))).toBe(437);
    expect(driver.client('5.5.5.5', 4_000, 'bob').code(allocate, (encoder) => encoder.add(RequestedTransport, 17))).toBe(437);
    expect(driver.openRelays.size).toBe(1);
  });

  test.each<[string, number, Parameters<TableDriver['client']>[3], (encoder: import('../../stun/index.js').StunEncoder) => void]>(
    [
      ['nothing', 400, 'udp', none],
      ['an unknown transport', 442, 'udp', (encoder) => encoder.add(RequestedTransport, 99)],
      ['TCP over UDP', 400, 'udp', (encoder) => encoder.add(RequestedTransport, 6)],
      [
        'both family attributes',
        400,
        'udp',
        (e) => e.add(RequestedTransport, 17).add(RequestedAddressFamily, 'ipv6').add(AdditionalAddressFamily, 'ipv6'),
      ],
      ['an additional IPv4 address', 400, 'udp', (e) => e.add(RequestedTransport, 17).add(AdditionalAddressFamily, 'ipv4')],
      [
        'a pair of ports of two families',
        400,
        'udp',
        (e) => e.add(RequestedTransport, 17).add(AdditionalAddressFamily, 'ipv6').add(EvenPort, { reserveNext: true }),
      ],
      [
        'a token and an even port',
        400,
        'udp',
        (e) => e.add(RequestedTransport, 17).add(EvenPort, { reserveNext: false }).add(ReservationToken, new Uint8Array(8)),
      ],
      ['an unknown token', 508, 'udp', (e) => e.add(RequestedTransport, 17).add(ReservationToken, new Uint8Array(8))],
      ['mobility where it is off', 405, 'udp', (e) => e.add(RequestedTransport, 17).add(MobilityTicket, new Uint8Array(0))],
      ['an even TCP port', 400, 'tcp', (e) => e.add(RequestedTransport, 6).add(EvenPort, { reserveNext: false })],
    ],
  )('of %s gets %i', (_name, code, transport, fill) => {
    const driver = new TableDriver();
    expect(driver.client('5.5.5.5', 4_000, 'ada', transport).code(allocate, fill)).toBe(code);
    expect(driver.openRelays.size).toBe(0);
  });

  test('clamps the lifetime', () => {
    const driver = new TableDriver();
    const lifetimeOf = (wish: number, port: number): number | undefined =>
      driver
        .client('5.5.5.5', port)
        .request(allocate, (encoder) => encoder.add(RequestedTransport, 17).add(Lifetime, wish))
        ?.value(Lifetime);
    expect([lifetimeOf(10, 1), lifetimeOf(1_000, 2), lifetimeOf(0xffff_ffff, 3)]).toEqual([600, 1_000, 3_600]);
  });

  test('gives both families, or one with the reason why not the other (RFC 8656 §7.2)', () => {
    const both = (driver: TableDriver) =>
      driver
        .client('5.5.5.5', 1)
        .request(allocate, (encoder) => encoder.add(RequestedTransport, 17).add(AdditionalAddressFamily, 'ipv6'));
    expect(both(new TableDriver())?.readAll(XorRelayedAddress)).toMatchObject([
      { address: RELAY_ADDRESS },
      { address: RELAY_ADDRESS6 },
    ]);
    const poor = both(new TableDriver({ relayAddresses: [{ address: RELAY_ADDRESS, firstPort: 50_000, lastPort: 50_010 }] }));
    expect(poor?.readAll(XorRelayedAddress)).toHaveLength(1);
    expect(poor?.value(AddressErrorCode)).toMatchObject({ family: 'ipv6', code: 440 });
  });

  test('takes an even port and keeps the next for who has the token, of the same user, within 30 s', () => {
    const driver = new TableDriver();
    const first = driver
      .client('5.5.5.5', 1)
      .request(allocate, (encoder) => encoder.add(RequestedTransport, 17).add(EvenPort, { reserveNext: true }));
    const { port } = first!.value(XorRelayedAddress)!;
    const token = first!.value(ReservationToken)!;
    expect(port % 2).toBe(0);
    const redeem = (user: string, at: number) =>
      driver
        .client('5.5.5.5', at, user)
        .request(allocate, (encoder) => encoder.add(RequestedTransport, 17).add(ReservationToken, token));
    expect(redeem('bob', 2)?.value(ErrorCode)?.code).toBe(508);
    expect(redeem('ada', 3)?.value(XorRelayedAddress)?.port).toBe(port + 1);
    const again = driver.client('5.5.5.5', 4);
    again.allocate((encoder) => encoder.add(EvenPort, { reserveNext: true }));
    const used = driver.server.statistics.resources.find(({ name }) => name === 'ports')!.used;
    driver.pass(30_000);
    expect(driver.server.statistics.resources.find(({ name }) => name === 'ports')!.used).toBe(used - 1);
    expect(driver.server.statistics.reservedPorts).toBe(0);
  });

  test('tries other ports when one cannot be bound, and gives up after a few', () => {
    const driver = new TableDriver();
    driver.failingRelays = 3;
    expect(driver.client('5.5.5.5', 1).allocate()).toHaveLength(1);
    driver.failingRelays = 99;
    expect(driver.client('5.5.5.5', 2).code(allocate, (encoder) => encoder.add(RequestedTransport, 17))).toBe(508);
    expect(driver.server.statistics.resources[1]).toMatchObject({ name: 'ports', used: 1 });
  });

  test('of two ports takes the one that nobody else has, however often it is asked: what could not be bound is not drawn again', () => {
    const relayAddresses = [{ address: '9.9.9.9', firstPort: 50_000, lastPort: 50_001 }];
    const driver = new TableDriver({ relayAddresses, limits: { ...testSettings().limits, reservedShare: 0 } });
    driver.foreignPorts.add(50_001);
    for (let times = 0; times < 60; times++) {
      const client = driver.client('5.5.5.5', 1_000 + times);
      expect(client.allocate().map(({ relayed }) => relayed.port)).toEqual([50_000]);
      expect(client.code(refresh, (encoder) => encoder.add(Lifetime, 0))).toBe(0);
    }
  });

  test('over IPv6 gives an IPv4 relay and the other way round', () => {
    const driver = new TableDriver();
    const six = driver.client('2a00:5::5', 4_000);
    const [four] = six.allocate();
    six.permit(PEER);
    driver.fromPeer(four!, PEER, 7, bytesOf(1, 2, 3));
    expect(driver.relayed).toMatchObject([{ to: 'client', address: '2a00:5::5' }]);
    const other = driver.client('5.5.5.5', 4_000);
    const [relay6] = other.allocate((encoder) => encoder.add(RequestedAddressFamily, 'ipv6'));
    expect(relay6!.relayed.address).toBe(RELAY_ADDRESS6);
    expect(other.permit(PEER)).toBe(443);
    expect(other.permit(PEER6)).toBe(0);
    other.send(PEER6, 9, bytesOf(4));
    expect(driver.relayed.at(-1)).toMatchObject({ to: 'peer', address: PEER6, port: 9 });
  });
});

describe('an allocation', () => {
  test('relays by indications and by channels, both ways', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 4_000);
    const [relay] = client.allocate();
    client.send(PEER, 7, bytesOf(1));
    driver.fromPeer(relay!, PEER, 7, bytesOf(1));
    expect(driver.relayed).toEqual([]); // nobody permitted it
    expect(client.permit(PEER)).toBe(0);
    client.send(PEER, 7, bytesOf(1, 2, 3));
    driver.fromPeer(relay!, PEER, 7, bytesOf(9, 8, 7));
    expect(driver.relayed[0]).toMatchObject({ to: 'peer', address: PEER, port: 7, bytes: bytesOf(1, 2, 3) });
    const indication = decoded(driver.relayed[1]!.bytes);
    expect([indication.method, indication.value(XorPeerAddress)]).toEqual([StunMethod.data, { address: PEER, port: 7 }]);
    expect([...indication.find(0x13)!.value]).toEqual([9, 8, 7]);
    expect(client.bind(0x4000, PEER, 7)).toBe(0);
    client.channelData(0x4000, bytesOf(5, 6, 7, 8, 9));
    driver.fromPeer(relay!, PEER, 7, bytesOf(4));
    driver.fromPeer(relay!, PEER, 8, bytesOf(3)); // another port of a permitted address
    expect(driver.relayed.slice(2)).toMatchObject([
      { to: 'peer', address: PEER, port: 7, bytes: bytesOf(5, 6, 7, 8, 9) },
      { to: 'channel', channel: 0x4000, bytes: bytesOf(4) },
      { to: 'client' },
    ]);
    const [snapshot] = driver.server.allocations();
    expect(snapshot).toMatchObject({ username: 'ada', sent: { packets: 2, bytes: 8 }, received: { packets: 3, bytes: 5 } });
  });

  test('has its channels one for one', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 4_000);
    client.allocate();
    expect(client.bind(0x4000, PEER, 7)).toBe(0);
    expect(client.bind(0x4000, PEER, 7)).toBe(0); // renewed
    expect([client.bind(0x4000, PEER, 8), client.bind(0x4001, PEER, 7)]).toEqual([400, 400]);
    expect([client.bind(0x3fff, PEER, 9), client.bind(0x8000, PEER, 9), client.bind(0x4002, PEER, 0)]).toEqual([400, 400, 400]);
    driver.pass(550_000);
    client.code(refresh, none);
    driver.pass(60_000); // ten minutes after it was bound
    expect(client.bind(0x4000, PEER, 8)).toBe(0);
  });

  test('forgets permissions after 5 minutes and channels after 10, and then itself', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 4_000);
    const [relay] = client.allocate((encoder) => encoder.add(Lifetime, 1_000));
    client.bind(0x4000, PEER, 7);
    driver.pass(299_000);
    driver.fromPeer(relay!, PEER, 7, bytesOf(1));
    driver.pass(2_000);
    driver.fromPeer(relay!, PEER, 7, bytesOf(1));
    expect(driver.relayed).toHaveLength(1);
    client.channelData(0x4000, bytesOf(1));
    expect(driver.relayed).toHaveLength(2);
    driver.pass(300_000);
    client.channelData(0x4000, bytesOf(1));
    expect(driver.relayed).toHaveLength(2);
    expect([...driver.server.allocations()]).toMatchObject([{ channels: 0, permissions: 0 }]);
    driver.pass(400_000);
    expect([...driver.server.allocations()]).toEqual([]);
    expect(driver.events.at(-1)).toMatchObject({ type: 'allocation-deleted', end: 'expired' });
    expect([driver.openRelays.size, driver.server.deadline]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  test('is given back with lifetime 0, whole or one family of it; a second time there is none (RFC 8656 §8.2)', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 4_000);
    client.allocate((encoder) => encoder.add(AdditionalAddressFamily, 'ipv6'));
    expect([client.permit(PEER), client.permit(PEER6)]).toEqual([0, 0]);
    expect(client.code(refresh, (encoder) => encoder.add(Lifetime, 0).add(RequestedAddressFamily, 'ipv4'))).toBe(0);
    expect([client.permit(PEER), client.permit(PEER6), driver.openRelays.size]).toEqual([443, 0, 1]);
    expect(client.code(refresh, (encoder) => encoder.add(Lifetime, 0))).toBe(0);
    expect(client.code(refresh, (encoder) => encoder.add(Lifetime, 0))).toBe(437);
    expect([driver.openRelays.size, client.permit(PEER)]).toEqual([0, 437]);
  });

  test('tells its client of ICMP errors of its own peers (RFC 8656 §11.5)', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 4_000);
    const [relay] = client.allocate();
    const report = (address: string): void => {
      driver.server.peerUnreachable(driver.now, relay!, driver.client(address, 7).remote, {
        icmpType: 3,
        icmpCode: 4,
        data: 1_200,
      });
    };
    report(PEER);
    expect(driver.relayed).toEqual([]);
    client.permit(PEER);
    report(PEER);
    const indication = decoded(driver.relayed[0]!.bytes);
    expect(indication.value(Icmp)).toEqual({ icmpType: 3, icmpCode: 4, data: 1_200 });
    expect(indication.value(XorPeerAddress)).toEqual({ address: PEER, port: 7 });
  });

  test('belongs to one user: others get 441, and what they ask changes nothing (S-12)', () => {
    const driver = new TableDriver();
    driver.client('5.5.5.5', 4_000).allocate();
    const thief = driver.client('5.5.5.5', 4_000, 'bob');
    expect([thief.permit(PEER), thief.bind(0x4000, PEER, 7)]).toEqual([441, 441]);
    expect(thief.code(refresh, (encoder) => encoder.add(Lifetime, 0))).toBe(441);
    expect([...driver.server.allocations()]).toMatchObject([{ username: 'ada', permissions: 0 }]);
  });

  test('of one client reaches another of this server inside it, where that is wanted, and nothing else there (S-05, S-13)', () => {
    const closed = new TableDriver();
    const a = closed.client('5.5.5.5', 1);
    a.allocate();
    expect(a.permit(RELAY_ADDRESS, 50_000)).toBe(403);
    const driver = new TableDriver({ relayToRelay: 'hairpin' });
    const [left, right] = [driver.client('5.5.5.5', 1), driver.client('6.6.6.6', 2, 'bob')];
    const [leftRelay, rightRelay] = [left.allocate()[0]!, right.allocate()[0]!];
    expect([left.permit(RELAY_ADDRESS), right.permit(RELAY_ADDRESS)]).toEqual([0, 0]);
    left.send(RELAY_ADDRESS, rightRelay.relayed.port, bytesOf(1, 2));
    const [seen] = driver.relayed;
    expect(seen).toMatchObject({ to: 'client', address: '6.6.6.6' });
    expect(decoded(seen!.bytes).value(XorPeerAddress)).toEqual({ address: RELAY_ADDRESS, port: leftRelay.relayed.port });
    left.send(RELAY_ADDRESS, leftRelay.relayed.port, bytesOf(1)); // itself
    left.send(RELAY_ADDRESS, 6_379, bytesOf(1)); // whatever listens there
    expect(left.bind(0x4000, RELAY_ADDRESS, 22)).toBe(0);
    left.channelData(0x4000, bytesOf(1));
    expect(driver.relayed).toHaveLength(1);
    expect(left.permit('2002:909:909::')).toBe(403); // the same address in disguise is not hairpinned
  });
});

describe('TCP allocations (RFC 6062)', () => {
  const over = (driver: TableDriver, port: number, user = 'ada') => driver.client('5.5.5.5', port, user, 'tcp');

  test('connect to a peer, which the client binds to another connection', () => {
    const driver = new TableDriver();
    const client = over(driver, 1);
    client.allocate(none, 6);
    expect(client.request(connect, (encoder) => encoder.add(XorPeerAddress, { address: PEER, port: 80 }))).toBeUndefined();
    const [connection] = driver.connecting;
    expect(client.code(connect, (encoder) => encoder.add(XorPeerAddress, { address: PEER, port: 80 }))).toBe(446);
    driver.server.peerConnected(driver.now, connection!);
    driver.settle();
    const answer = decoded(driver.sent.at(-1)!.bytes);
    expect([answer.messageClass, answer.value(ConnectionId)]).toEqual(['success', connection!.id]);
    const bind = (who: ReturnType<typeof over>) =>
      who.code(connectionBind, (encoder) => encoder.add(ConnectionId, connection!.id));
    expect(bind(over(driver, 2, 'bob'))).toBe(400);
    const carrier = over(driver, 3);
    expect(bind(carrier)).toBe(0);
    expect(driver.spliced).toEqual([connection]);
    expect(bind(over(driver, 4))).toBe(400);
    driver.server.peerClosed(driver.now, connection!);
    driver.settle();
    expect(driver.closedClients).toMatchObject([{ reason: 'peer-closed' }]);
  });

  test('tell the client of peers that connect, if they are permitted', () => {
    const driver = new TableDriver();
    const client = over(driver, 1);
    const [relay] = client.allocate(none, 6);
    expect(driver.server.peerAccepted(driver.now, relay!, driver.client(PEER, 5).remote)).toBeUndefined();
    client.permit(PEER);
    const connection = driver.server.peerAccepted(driver.now, relay!, driver.client(PEER, 5).remote);
    driver.settle();
    const attempt = decoded(driver.sent.at(-1)!.bytes);
    expect([attempt.method, attempt.value(ConnectionId)]).toEqual([connectionAttempt, connection!.id]);
    expect(attempt.value(XorPeerAddress)).toEqual({ address: PEER, port: 5 });
    driver.pass(30_000); // nobody binds it
    expect(driver.closedPeers).toEqual([connection]);
  });

  test('answer 447 when the peer does not, and end with everything they hold', () => {
    const driver = new TableDriver();
    const client = over(driver, 1);
    client.allocate(none, 6);
    const open = (port: number) => client.request(connect, (encoder) => encoder.add(XorPeerAddress, { address: PEER, port }));
    open(1);
    driver.server.peerFailed(driver.now, driver.connecting[0]!);
    driver.settle();
    expect(decoded(driver.sent.at(-1)!.bytes).value(ErrorCode)?.code).toBe(447);
    open(2);
    driver.server.clientClosed(driver.now, client.path!);
    driver.settle();
    expect([driver.closedPeers, driver.openRelays.size]).toEqual([[driver.connecting[1]], 0]);
    expect(client.driver.server.statistics.openClients).toBe(0);
  });

  test('have neither channels nor Send', () => {
    const driver = new TableDriver();
    const client = over(driver, 1);
    client.allocate(none, 6);
    expect(client.code(channelBind, none)).toBe(400);
    expect(client.bind(0x4000, PEER, 7)).toBe(400);
    client.permit(PEER);
    client.send(PEER, 7, bytesOf(1));
    expect(driver.relayed).toEqual([]);
  });

  test('are held to their rate by pauses', () => {
    const driver = new TableDriver();
    const client = over(driver, 1);
    client.allocate(none, 6);
    client.request(connect, (encoder) => encoder.add(XorPeerAddress, { address: PEER, port: 80 }));
    const [connection] = driver.connecting;
    driver.server.peerConnected(driver.now, connection!);
    let paused = 0;
    for (let i = 0; i < 100; i++) paused = driver.server.meterStream(driver.now, connection!, 'sent', 10_000);
    expect(paused).toBeGreaterThan(1_500); // 1 MB at 4 Mbit/s are two seconds
  });
});

describe('mobility (RFC 8016)', () => {
  const mobile = { allowsMobility: true };
  const ask = (client: ReturnType<TableDriver['client']>, ticket: Uint8Array, id?: Uint8Array) =>
    client.request(refresh, (encoder) => encoder.add(MobilityTicket, ticket), id);

  function allocated() {
    const driver = new TableDriver(mobile);
    const client = driver.client('5.5.5.5', 1);
    const answer = client.request(allocate, (encoder) =>
      encoder.add(RequestedTransport, 17).add(MobilityTicket, new Uint8Array(0)),
    );
    client.permit(PEER);
    return { driver, client, ticket: answer!.value(MobilityTicket)! };
  }

  test('takes an allocation to another address, with permissions; a ticket is good once', () => {
    const { driver, client, ticket } = allocated();
    const moved = driver.client('6.6.6.6', 2);
    const id = driver.newId();
    const answer = ask(moved, ticket, id);
    expect(answer?.messageClass).toBe('success');
    driver.fromPeer([...driver.openRelays][0]!, PEER, 7, bytesOf(1));
    expect(driver.relayed).toMatchObject([{ to: 'client', address: '6.6.6.6' }]);
    expect(client.code(refresh, none)).toBe(437);
    expect(ask(moved, ticket, id)?.messageClass).toBe('success'); // a retransmission
    expect(ask(driver.client('7.7.7.7', 3), ticket)?.value(ErrorCode)?.code).toBe(437);
    expect(ask(driver.client('7.7.7.7', 3), answer!.value(MobilityTicket)!)?.messageClass).toBe('success');
    expect([...driver.server.allocations()]).toMatchObject([{ client: { address: '7.7.7.7' }, permissions: 1 }]);
  });

  test('refuses a stolen ticket, a forged one, and one for a 5-tuple in use; the owner keeps what is his (S-12)', () => {
    const { driver, client, ticket } = allocated();
    expect(reasonOf(ask(driver.client('6.6.6.6', 2, 'bob'), ticket))).toBe('turn/mobility/other-owner');
    const forged = ticket.map((byte, i) => (i === 20 ? byte ^ 1 : byte));
    expect(ask(driver.client('6.6.6.6', 2), forged)?.value(ErrorCode)?.code).toBe(437);
    const busy = driver.client('7.7.7.7', 2);
    busy.allocate();
    expect(ask(busy, ticket)?.value(ErrorCode)?.code).toBe(437);
    expect(client.code(refresh, none)).toBe(0);
  });
});

describe('third-party tokens (RFC 7635)', () => {
  const key = new Uint8Array(32).fill(7);
  const clock = { seconds: 1_000_000, unixSeconds: () => clock.seconds };
  const settings = {
    credentials: new AccessTokenCredentials([{ id: 'kid-1', key, group: 'tenant' }], 'turn.example', clock, nodeCrypto),
    thirdPartyAuthorization: 'auth.example',
  };
  const macKey = new Uint8Array(32).fill(3);
  const token = (lifetimeS: number, name = 'turn.example') =>
    sealAccessToken({ macKey, issuedAtS: clock.seconds, lifetimeS }, key, name, nodeCrypto, new SeededRandom(1));

  /** Signs by the key of the token, which no password makes. */
  class TokenAuth extends LongTermAuth {
    constructor() {
      super('kid-1', '', { ...nodeCrypto, hash: () => macKey });
    }
  }

  test('name the server to ask, let their bearer allocate, and bound the lifetime', () => {
    clock.seconds = 1_000_000;
    const driver = new TableDriver(settings);
    const client = driver.client('5.5.5.5', 1);
    const withToken = Object.assign(client, { auth: new TokenAuth() });
    const challenge = withToken.ask(allocate, (encoder) => encoder.add(RequestedTransport, 17));
    expect(challenge?.value(ThirdPartyAuthorization)).toBe('auth.example');
    const fill = (lifetimeS: number) => (encoder: import('../../stun/index.js').StunEncoder) =>
      void encoder.add(RequestedTransport, 17).add(AccessToken, token(lifetimeS));
    const answer = withToken.request(allocate, fill(300));
    expect([answer?.messageClass, answer?.value(Lifetime)]).toEqual(['success', 305]);
    expect([...driver.server.allocations()]).toMatchObject([{ username: 'kid-1', group: 'tenant' }]);
    expect(withToken.code(refresh, none)).toBe(0); // without the token again, as long as it lasts
    clock.seconds += 400;
    driver.pass(304_000);
    expect(withToken.code(refresh, none)).toBe(0);
    driver.pass(2_000);
    expect([...driver.server.allocations()]).toEqual([]);
  });

  test('for another server, or expired, are nothing', () => {
    const driver = new TableDriver(settings);
    const withToken = Object.assign(driver.client('5.5.5.5', 1), { auth: new TokenAuth() });
    const code = (sealed: ReturnType<typeof token>) =>
      withToken.code(allocate, (encoder) => encoder.add(RequestedTransport, 17).add(AccessToken, sealed));
    expect(code(token(300, 'other.example'))).toBe(401);
    const old = token(10);
    clock.seconds += 60;
    expect(code(old)).toBe(401);
  });
});

describe('operation', () => {
  test('draining refuses new allocations, keeps the others, and says when they are gone', () => {
    const driver = new TableDriver({ alternateServer: { address: '9.9.9.2', port: 3_478 } });
    const client = driver.client('5.5.5.5', 1);
    client.allocate();
    driver.server.startDraining();
    expect(driver.client('6.6.6.6', 1).code(allocate, (encoder) => encoder.add(RequestedTransport, 17))).toBe(300);
    expect(client.permit(PEER)).toBe(0);
    expect(driver.events.some(({ type }) => type === 'drained')).toBe(false);
    client.code(refresh, (encoder) => encoder.add(Lifetime, 0));
    driver.settle();
    expect(driver.events.at(-1)).toEqual({ type: 'drained' });
    driver.server.stopDraining();
    expect(client.allocate()).toHaveLength(1);
  });

  test('reconfiguration drops no allocation, but what the new policy forbids on every path', () => {
    const driver = new TableDriver();
    const client = driver.client('5.5.5.5', 1);
    const [relay] = client.allocate();
    client.bind(0x4000, PEER, 7);
    client.permit('1.1.1.1');
    client.send('1.1.1.1', 9, bytesOf(1));
    const settings = { ...driver.settings, peerPolicy: PeerPolicy.of({ deny: [PEER] }) };
    driver.server.reconfigure(driver.now, settings);
    driver.relayed.length = 0;
    client.channelData(0x4000, bytesOf(1));
    client.send(PEER, 7, bytesOf(1));
    driver.fromPeer(relay!, PEER, 7, bytesOf(1));
    client.send('1.1.1.1', 9, bytesOf(1));
    expect(driver.relayed).toMatchObject([{ address: '1.1.1.1' }]);
    expect([client.permit(PEER), client.code(refresh, none)]).toEqual([403, 0]);
  });

  test('revoking a group ends what it has, at once', () => {
    const driver = new TableDriver();
    driver.client('5.5.5.5', 1).allocate();
    driver.client('5.5.5.5', 2).allocate();
    driver.client('6.6.6.6', 2, 'bob').allocate();
    expect(driver.server.revoke(driver.now, 'ada')).toBe(2);
    driver.settle();
    expect([...driver.server.allocations()]).toMatchObject([{ username: 'bob' }]);
    driver.server.close(driver.now);
    driver.settle();
    expect([driver.openRelays.size, [...driver.server.allocations()]]).toEqual([0, []]);
  });
});
