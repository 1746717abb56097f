import { VirtualNetwork } from '@maru/netsim';
import { nodeCrypto } from '@maru/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DatagramSocket, SeededRandom } from '../core/index.js';
import { newTransactionId, StunEncoder, shortTermKey } from '../stun/index.js';
import { parseAddressBlock } from './address-filter.js';
import { encodeCheck } from './check-message.js';
import {
  formatCandidate,
  generateCredentials,
  type IceCandidate,
  type IceOptions,
  refuseAddresses,
  SPECIAL_BLOCKS,
} from './index.js';
import { AgentDriver, exchangeCredentials, signal } from './testing/agent-driver.js';
import { TwoPeers } from './testing/world.js';

const candidate = (fields: Partial<IceCandidate>): IceCandidate => ({
  foundation: '1',
  component: 1,
  protocol: 'udp',
  priority: 2 ** 31 - 1,
  address: '192.0.2.1',
  port: 9_999,
  type: 'host',
  tcpType: undefined,
  relatedAddress: undefined,
  relatedPort: undefined,
  usernameFragment: undefined,
  extensions: [],
  ...fields,
});

/** Two connected peers, and somebody with a raw socket. */
class Attack extends TwoPeers {
  readonly socket: DatagramSocket;
  replies = 0;

  constructor(options: ConstructorParameters<typeof TwoPeers>[0] = {}) {
    super(options);
    this.socket = this.network.addHost('attacker', { addresses: ['192.0.2.66'] }).bindDatagram('192.0.2.66');
    this.socket.receiver = { datagram: () => void this.replies++, settled: () => {} };
    signal(this.a, this.b);
    this.run(1_000);
  }

  attack(bytes: Uint8Array): void {
    const { address, port } = this.b.agent.localCandidates.find(({ protocol }) => protocol === 'udp')!;
    this.socket.send(bytes, this.socket.pathTo(address, port));
    this.socket.flush();
  }

  check(username: string, password: string): Uint8Array {
    return encodeCheck(
      new StunEncoder(),
      {
        transactionId: newTransactionId(new SeededRandom(7)),
        username,
        priority: 2 ** 31 - 1,
        role: 'controlling',
        tieBreaker: 2n ** 64n - 1n,
        useCandidate: true,
        key: shortTermKey(password),
      },
      nodeCrypto,
    ).slice();
  }
}

describe('S-20: checks that are not the peer’s', () => {
  const make: Record<string, (world: Attack) => Uint8Array> = {
    'a wrong key': (world) => world.check(`${world.b.agent.localUfrag}:${world.a.agent.localUfrag}`, 'x'.repeat(22)),
    'the key of the other side': (world) =>
      world.check(`${world.b.agent.localUfrag}:${world.a.agent.localUfrag}`, world.a.agent.localCredentials.password),
    'a wrong local ufrag': (world) => world.check(`nobody:${world.a.agent.localUfrag}`, world.b.agent.localCredentials.password),
    'a wrong remote ufrag': (world) => world.check(`${world.b.agent.localUfrag}:nobody`, world.b.agent.localCredentials.password),
    'no colon': (world) => world.check(world.b.agent.localUfrag, world.b.agent.localCredentials.password),
    'no integrity': (world) =>
      new StunEncoder().start('request', 1, world.check('', '').subarray(8, 20)).fingerprint().finish().slice(),
    'no attributes': () => new StunEncoder().start('request', 1, new Uint8Array(12)).finish().slice(),
    'an indication': () => new StunEncoder().start('indication', 1, new Uint8Array(12)).finish().slice(),
    'a success that nobody asked for': () => new StunEncoder().start('success', 1, new Uint8Array(12)).finish().slice(),
  };

  test.each(Object.entries(make))('with %s get no answer and change nothing', (_name, bytes) => {
    const world = new Attack();
    const before = world.b.agent.selectedPair;
    const dropped = (): number => [...world.b.agent.stats().dropped.values()].reduce((sum, count) => sum + count, 0);
    const was = dropped();
    for (let i = 0; i < 50; i++) world.attack(bytes(world));
    world.run(30_000);
    expect(world.replies).toBe(0);
    expect(world.b.agent.selectedPair).toEqual(before);
    expect(world.b.agent.role).toBe('controlled');
    expect(world.b.agent.remoteCandidates).toHaveLength(2); // UDP and active TCP of the peer
    expect(dropped() - was).toBe(50);
    expect([world.b.agent.state, world.passesData()]).toEqual(['completed', true]);
  });

  test('replayed from other sources do not move the selected pair, and use up nothing', () => {
    const world = new Attack();
    const before = world.b.agent.selectedPair;
    const replay = world.check(
      `${world.b.agent.localUfrag}:${world.a.agent.localUfrag}`,
      world.b.agent.localCredentials.password,
    );
    for (let i = 0; i < 100; i++) {
      const socket = world.network.addHost(`bot ${i}`, { addresses: [`192.0.2.${100 + i}`] }).bindDatagram(`192.0.2.${100 + i}`);
      const { address, port } = world.b.agent.localCandidates.find(({ protocol }) => protocol === 'udp')!;
      socket.send(replay, socket.pathTo(address, port));
      socket.flush();
    }
    world.run(60_000);
    expect(world.b.agent.selectedPair).toEqual(before);
    world.run(600_000);
    expect(world.b.agent.remoteCandidates.filter(({ type }) => type === 'prflx')).toEqual([]);
    expect([world.b.agent.state, world.passesData()]).toEqual(['completed', true]);
  });

  test('and answers that are forged with the right id but no password are not believed', () => {
    const world = new TwoPeers();
    const { a, b } = world;
    b.transmit = () => {}; // only a forger answers
    const forger = world.network.addHost('forger', { addresses: ['192.0.2.66'] });
    const transmit = a.transmit.bind(a);
    a.transmit = (bytes, path, socket) => {
      transmit(bytes, path, socket);
      if (bytes[0] !== 0 || bytes[1] !== 1) return;
      const forged = new StunEncoder()
        .start('success', 1, bytes.subarray(8, 20))
        .integrity(Uint8Array.of(1), nodeCrypto)
        .fingerprint();
      const copy = forged.finish().slice();
      forger.clock.schedule(forger.clock.now() + 1, () => a.do((agent, now) => void agent.receive(now, copy, path)));
    };
    signal(a, b);
    world.run(20_000);
    expect(a.agent.selectedPair).toBeUndefined();
    expect(a.agent.stats().dropped.get('ice/response/wrong-integrity')).toBeGreaterThan(0);
  });

  test('data from a stranger is not passed on, and provokes no more than it brings', () => {
    const world = new Attack();
    const data = new Uint8Array(150).fill(0x80);
    for (let i = 0; i < 1_000; i++) {
      world.attack(data);
      world.run(5);
    }
    expect(world.b.received).toEqual([]);
    expect(world.replies).toBeLessThanOrEqual(20);
    expect(world.passesData()).toBe(true);
  });

  test('no bytes at all make an agent throw', () => {
    const world = new Attack();
    const path = world.b.sent[0]!.path;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), (bytes) => {
        world.b.do((agent, now) => void agent.receive(now, bytes, path));
      }),
    );
    expect(world.b.agent.state).toBe('completed');
  });
});

test('S-21: of 10,000 candidates 64 are kept, and the victim gets no more than 20 packets a second', () => {
  const world = new TwoPeers();
  exchangeCredentials(world.a, world.b);
  world.a.gather();
  let kept = 0;
  for (let i = 0; i < 10_000; i++) {
    const before = world.a.agent.remoteCandidates.length;
    world.a.do((agent, now) => agent.addRemoteCandidate(now, candidate({ port: 1 + (i % 60_000), address: '192.0.2.66' })));
    kept += world.a.agent.remoteCandidates.length - before;
  }
  expect(kept).toBe(64);
  expect(world.a.noticesOf('remote-candidate-ignored')).toHaveLength(10_000 - 64);
  world.run(120_000);
  const checks = world.a.sent.map(({ at }) => at);
  for (const at of checks) expect(checks.filter((other) => other >= at && other < at + 1_000).length).toBeLessThanOrEqual(20 + 2);
  expect(checks.length).toBeLessThanOrEqual(7 * 64);
});

describe('S-22: addresses that may not be reached', () => {
  const isAllowed = refuseAddresses(SPECIAL_BLOCKS);

  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::7f00:1',
    '2002:7f00:1::',
    '64:ff9b::a00:1',
  ])('%s is refused, in each of its disguises', (address) => expect(isAllowed(address)).toBe(false));
  test.each(['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is not', (address) => expect(isAllowed(address)).toBe(true));
  test('a rule written in mapped form is the plain rule', () => {
    expect(refuseAddresses(['::ffff:10.0.0.0/104'])('10.9.9.9')).toBe(false);
    expect(() => refuseAddresses(['10.0.0.0/33'])).toThrow(RangeError);
    expect(parseAddressBlock('foo')).toBeUndefined();
  });

  test('no packet goes there, over UDP or TCP, signalled or by a check', () => {
    const world = new TwoPeers({ a: { remoteAddressFilter: refuseAddresses(['192.0.2.0/24', '127.0.0.0/8']) } });
    exchangeCredentials(world.a, world.b);
    world.a.gather();
    for (const fields of [
      { address: '192.0.2.66' },
      { address: '127.0.0.1', port: 6379 },
      { address: '192.0.2.9', protocol: 'tcp', tcpType: 'passive' },
    ] as const)
      world.a.do((agent, now) => agent.addRemoteCandidate(now, candidate(fields)));
    world.run(60_000);
    expect(world.a.sent).toEqual([]);
    expect(world.a.noticesOf('remote-candidate-ignored').map(({ reason }) => reason)).toEqual(
      Array(3).fill('ice/candidate/refused-address'),
    );
  });
});

describe('S-24: names below .local', () => {
  test('are offered in place of addresses, which appear nowhere', () => {
    const world = new TwoPeers({ natA: 'port-restricted', servers: 'turn', a: { hostAddresses: 'mdns' } });
    world.b.resolve = (name) => (name === '10-1-0-2.local' ? ['10.1.0.2'] : []);
    signal(world.a, world.b);
    world.run(3_000);
    const text = world.a.agent.localCandidates.map(formatCandidate).join('\n');
    expect(text).toContain('10-1-0-2.local');
    expect(text).not.toContain('10.1.0.2');
    expect(JSON.stringify(world.a.noticesOf('candidate-error'))).not.toContain('10.1.0.2');
    expect(world.passesData()).toBe(true);
  });

  test('are looked up, 8 at most, 5 s each', () => {
    const world = new TwoPeers();
    const asked: string[] = [];
    world.a.resolve = (name) => void asked.push(name);
    exchangeCredentials(world.a, world.b);
    world.a.gather();
    for (let i = 0; i < 1_000; i++)
      world.a.do((agent, now) => agent.addRemoteCandidate(now, candidate({ address: `n${i}.local` })));
    world.run(1_000);
    expect(asked).toHaveLength(8);
    expect(world.a.agent.state).toBe('checking');
    world.run(60_000);
    expect(world.a.agent.state).toBe('failed');
  });

  test('connect two hosts that offer nothing else', () => {
    const world = new TwoPeers({ a: { hostAddresses: 'mdns' }, b: { hostAddresses: 'mdns' } });
    for (const peer of [world.a, world.b]) peer.resolve = (name) => [name.replace('.local', '').replaceAll('-', '.')];
    signal(world.a, world.b);
    expect(world.connect(2_000)).toBe(true);
    expect(world.passesData()).toBe(true);
  });

  test('are ignored by a server that says so, and other names always', () => {
    const world = new TwoPeers({ a: { resolveMdns: false } });
    for (const address of ['x.local', 'example.org'])
      world.a.do((agent, now) => agent.addRemoteCandidate(now, candidate({ address })));
    expect(world.a.noticesOf('remote-candidate-ignored').map(({ reason }) => reason)).toEqual([
      'ice/candidate/mdns-off',
      'ice/candidate/name',
    ]);
  });
});

test.each([{ component: 2 }, { component: 3 }, { port: 0 }, { usernameFragment: 'other' }])(
  'S-25: a candidate with %o is ignored',
  (fields) => {
    const world = new TwoPeers();
    exchangeCredentials(world.a, world.b);
    world.run(1);
    world.a.do((agent, now) => agent.addRemoteCandidate(now, candidate(fields)));
    expect(world.a.noticesOf('remote-candidate-ignored')).toHaveLength(1);
    expect([world.a.agent.remoteCandidates, world.a.agent.state]).toEqual([[], 'new']);
  },
);

test('S-26: late checks of an old generation are answered only until the new pair works', () => {
  const world = new Attack();
  const old = { ...world.b.agent.localCredentials };
  const peer = world.a.agent.localUfrag;
  for (const one of [world.a, world.b]) one.do((agent, now) => agent.restart(now));
  signal(world.a, world.b);
  world.run(1_000);
  const before = world.b.agent.selectedPair;
  world.attack(world.check(`${old.ufrag}:${peer}`, old.password));
  world.run(1_000);
  expect([world.replies, world.b.agent.selectedPair]).toEqual([0, before]);
});

test('S-26: a hundred restarts in a row leave one session that works, and no sockets behind', () => {
  const world = new Attack();
  for (let i = 0; i < 100; i++) {
    for (const one of [world.a, world.b]) one.do((agent, now) => agent.restart(now));
    signal(world.a, world.b);
    world.run(i % 3 === 0 ? 100 : 1);
  }
  world.run(2_000);
  expect(world.passesData()).toBe(true);
  expect(world.a.host.openHandles).toBe(1);
});

test('S-26: two that claim one role with one tie-breaker end in a call, after a few refusals', () => {
  const network = new VirtualNetwork({ seed: 4 });
  const driver = (name: string, address: string, more: Partial<IceOptions>): AgentDriver =>
    new AgentDriver(network.addHost(name, { addresses: [address], up: { delayMs: 10 } }), { role: 'controlling', ...more }, 7);
  // One seed gives one tie-breaker; who is given a name draws other numbers from then on.
  const a = driver('a', '198.51.100.1', {});
  const b = driver('b', '198.51.100.2', { credentials: { ufrag: 'b'.repeat(8), password: 'b'.repeat(24) } });
  signal(a, b);
  network.clock.run(20_000);
  expect([a.agent.role, b.agent.role].sort()).toEqual(['controlled', 'controlling']);
  expect(a.noticesOf('role-changed').length + b.noticesOf('role-changed').length).toBeLessThan(10);
  expect(a.sent.length + b.sent.length).toBeLessThan(60);
  expect([a.agent.state, b.agent.state]).toEqual(['completed', 'completed']);
});

test('S-24: with a policy of relays nothing tells another address, not even what the relay derives from', () => {
  const world = new TwoPeers({ natA: 'port-restricted', servers: 'turn', a: { transportPolicy: 'relay' } });
  signal(world.a, world.b);
  world.run(3_000);
  const candidates = world.a.agent.localCandidates;
  expect(candidates.map(({ type, relatedAddress, relatedPort }) => [type, relatedAddress, relatedPort])).toEqual([
    ['relay', '0.0.0.0', 0],
  ]);
  expect(JSON.stringify(world.a.notices.map(({ notice }) => notice))).not.toMatch(/10\.1\.0\.2|198\.51\.100\.1\b/);
});

test('S-24: a name below .local that stands for what a filter refuses is refused', () => {
  const world = new TwoPeers({ a: { remoteAddressFilter: refuseAddresses(['169.254.0.0/16']) } });
  world.a.resolve = () => ['169.254.169.254'];
  exchangeCredentials(world.a, world.b);
  world.a.gather();
  world.a.do((agent, now) => agent.addRemoteCandidate(now, candidate({ address: 'metadata.local' })));
  world.run(10_000);
  expect([world.a.agent.remoteCandidates, world.a.sent]).toEqual([[], []]);
});

test('S-28: names and passwords have 48 and 144 bits and do not repeat', () => {
  const random = new SeededRandom(3);
  const seen = new Set<string>();
  for (let i = 0; i < 20_000; i++) {
    const { ufrag, password } = generateCredentials(random);
    seen.add(ufrag).add(password);
    expect([ufrag.length, password.length]).toEqual([8, 24]);
  }
  expect(seen.size).toBe(40_000);
});
