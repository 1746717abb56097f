import { type LinkProfile, VirtualNetwork } from '@maru/netsim';
import { nodeCrypto } from '@maru/node';
import { describe, expect, test } from 'vitest';
import { type DatagramSocket, Malformed, type Path, SeededRandom } from '../core/index.js';
import {
  decodeStunMessage,
  IceControlling,
  newTransactionId,
  Priority,
  type StunAttribute,
  StunEncoder,
  StunMethod,
  shortTermKey,
  UnknownAttributes,
  UseCandidate,
  Username,
} from '../stun/index.js';
import { encodeCheck, encodeCheckResponse } from './check-message.js';
import type { IceCandidate, IceCredentials, IceOptions } from './index.js';
import { parseCandidate } from './index.js';
import { AgentDriver, signal } from './testing/agent-driver.js';

/** A controlling peer with two addresses that a test moves by hand: it answers everything, and checks when told to. */
class ScriptedPeer {
  readonly credentials: IceCredentials = { ufrag: 'them', password: 'p'.repeat(24) };
  readonly sockets: DatagramSocket[];
  private readonly encoder = new StunEncoder();
  private readonly random = new SeededRandom(11);

  constructor(
    network: VirtualNetwork,
    private readonly driver: AgentDriver,
    link: LinkProfile,
  ) {
    const host = network.addHost('peer', { addresses: ['198.51.100.2', '198.51.100.3'], up: link });
    this.sockets = ['198.51.100.2', '198.51.100.3'].map((address) => host.bindDatagram(address, 5_000));
    for (const socket of this.sockets)
      socket.receiver = { datagram: (bytes, path) => this.answer(socket, bytes, path), settled: () => socket.flush() };
  }

  private answer(socket: DatagramSocket, bytes: Uint8Array, path: Path): void {
    const message = decodeStunMessage(bytes);
    if (message instanceof Malformed || message.messageClass !== 'request') return;
    const source = { address: path.remoteAddress, port: path.remotePort };
    const key = shortTermKey(this.credentials.password);
    socket.send(encodeCheckResponse(this.encoder, message.transactionId, source, key, nodeCrypto), path);
  }

  check(index: number, useCandidate: boolean): void {
    const { localCredentials, localCandidates } = this.driver.agent;
    const { address, port } = localCandidates.find(({ protocol }) => protocol === 'udp')!;
    const socket = this.sockets[index]!;
    const bytes = encodeCheck(
      this.encoder,
      {
        transactionId: newTransactionId(this.random),
        username: `${localCredentials.ufrag}:${this.credentials.ufrag}`,
        priority: 1_845_501_695,
        role: 'controlling',
        tieBreaker: 5n,
        useCandidate,
        key: shortTermKey(localCredentials.password),
      },
      nodeCrypto,
    );
    socket.send(bytes, socket.pathTo(address, port));
    socket.flush();
  }

  /** The first candidate is better than the second. */
  get candidates() {
    return ['candidate:1 1 udp 2130706431 198.51.100.2 5000 typ host', 'candidate:2 1 udp 2130706175 198.51.100.3 5000 typ host']
      .map(parseCandidate)
      .filter((candidate): candidate is IceCandidate => !(candidate instanceof Malformed));
  }
}

function controlled() {
  const network = new VirtualNetwork({ seed: 6 });
  const link = { delayMs: 10 };
  const driver = new AgentDriver(network.addHost('a', { addresses: ['198.51.100.1'], up: link }), { role: 'controlled' }, 1);
  const peer = new ScriptedPeer(network, driver, link);
  driver.do((agent, now) => agent.setRemote(now, peer.credentials));
  driver.gather();
  for (const candidate of peer.candidates) driver.do((agent, now) => agent.addRemoteCandidate(now, candidate));
  const selected = (): string | undefined => driver.agent.selectedPair?.remote.address;
  return { network, driver, peer, selected, run: (ms: number) => network.clock.run(ms) };
}

describe('the nomination habits of peers', () => {
  test('whoever nominates everything as it goes is met on the best pair (aggressive nomination)', () => {
    const { peer, run, selected, driver } = controlled();
    peer.check(1, true);
    run(30);
    peer.check(0, true);
    run(300);
    expect(selected()).toBe('198.51.100.2');
    for (let i = 0; i < 10; i++) {
      peer.check(i % 2, true);
      run(200);
    }
    expect(selected()).toBe('198.51.100.2');
    expect(driver.noticesOf('pair-selected').length).toBeLessThanOrEqual(2);
  });

  test('a nomination that comes before our own check succeeded counts when it does', () => {
    const { peer, run, driver } = controlled();
    peer.check(0, true);
    run(200);
    expect(driver.agent.stats().pairs.find(({ isSelected }) => isSelected)).toMatchObject({ nominated: true });
  });

  test('who later moves to a worse pair, because the better one died, is followed (Chromium)', () => {
    const { network, peer, run, selected } = controlled();
    peer.check(0, true);
    peer.check(1, false);
    run(1_000);
    expect(selected()).toBe('198.51.100.2');
    network.linkOf('198.51.100.2').up.profile = { loss: 1 };
    network.linkOf('198.51.100.2').down.profile = { loss: 1 };
    for (let i = 0; i < 6; i++) {
      peer.check(1, true);
      run(500);
    }
    expect(selected()).toBe('198.51.100.3');
    run(20_000);
    expect(selected()).toBe('198.51.100.3');
  });

  test.each([
    [0xc057, 'success'],
    [0x7001, 'error'],
  ] as const)('a check with attribute %i, which nobody knows, gets a %s', (type, answer) => {
    const { peer, run, driver, network } = controlled();
    peer.check(0, true);
    run(500);
    const { ufrag, password } = driver.agent.localCredentials;
    const unknown: StunAttribute<true> = { ...UseCandidate, type };
    const bytes = new StunEncoder()
      .start('request', StunMethod.binding, new Uint8Array(12))
      .add(Username, `${ufrag}:${peer.credentials.ufrag}`)
      .add(Priority, 1)
      .add(IceControlling, 5n)
      .add(unknown, true)
      .integrity(shortTermKey(password), nodeCrypto)
      .fingerprint()
      .finish();
    const [socket] = peer.sockets as [DatagramSocket];
    const answers: (string | readonly number[] | undefined)[] = [];
    socket.receiver = {
      datagram: (reply) => {
        const message = decodeStunMessage(reply);
        if (message instanceof Malformed || message.messageClass === 'request') return;
        answers.push(message.messageClass, message.value(UnknownAttributes));
      },
      settled: () => {},
    };
    socket.send(bytes, socket.pathTo('198.51.100.1', driver.sent[0]!.path.localPort));
    socket.flush();
    network.clock.run(100);
    expect(answers).toEqual([answer, answer === 'error' ? [type] : undefined]);
  });
});

describe('addresses', () => {
  const peersWith = (addresses: readonly string[], a: Partial<IceOptions>) => {
    const network = new VirtualNetwork({ seed: 2 });
    const up = { delayMs: 10 };
    return {
      network,
      a: new AgentDriver(network.addHost('a', { addresses, up }), { role: 'controlling', ...a }, 1),
      b: new AgentDriver(network.addHost('b', { addresses: ['198.51.100.9', '2001:db8::9'], up }), { role: 'controlled' }, 2),
    };
  };

  test('of both families take turns, IPv6 first, and one that is broken does not hold up the other (RFC 8421)', () => {
    const { network, a, b } = peersWith(['198.51.100.1', '2001:db8::1', '198.51.100.2', '2001:db8::2'], {});
    for (const address of ['2001:db8::1', '2001:db8::2']) network.linkOf(address).up.profile = { loss: 1 };
    signal(a, b);
    network.clock.run(1_000);
    const udp = a.agent.localCandidates.filter(({ protocol }) => protocol === 'udp');
    const order = [...udp].sort((x, y) => y.priority - x.priority).map(({ address }) => (address.includes(':') ? 6 : 4));
    expect(order).toEqual([6, 4, 6, 4]);
    expect(a.agent.selectedPair?.local.address).toBe('198.51.100.1');
  });

  test('that a filter refuses are neither offered nor bound', () => {
    const { network, a, b } = peersWith(['198.51.100.1', '10.8.0.1'], {
      localAddressFilter: ({ address, isLoopback }) => !isLoopback && !address.startsWith('10.'),
    });
    signal(a, b);
    network.clock.run(1_000);
    expect(new Set(a.agent.localCandidates.map(({ address }) => address))).toEqual(new Set(['198.51.100.1']));
    expect(a.host.openHandles).toBe(1);
  });

  test.each(['replace', 'add'] as const)('behind 1:1 NAT are offered as what is public (%s)', (mode) => {
    const rewrite = { localAddress: '198.51.100.1', publicAddress: '203.0.113.50', mode };
    const { network, a } = peersWith(['198.51.100.1'], { addressRewrites: [rewrite], tcp: { active: false, passive: false } });
    a.gather();
    network.clock.run(100);
    const offered = a.agent.localCandidates.map(({ address, type }) => `${type} ${address}`);
    expect(offered).toEqual(mode === 'replace' ? ['host 203.0.113.50'] : ['host 198.51.100.1', 'host 203.0.113.50']);
  });
});

describe('where half of the packets are lost', () => {
  const toLite = (seed: number) => {
    const network = new VirtualNetwork({ seed });
    const up = { delayMs: 20, loss: 0.5 };
    const a = new AgentDriver(network.addHost('a', { addresses: ['198.51.100.1'], up }), { role: 'controlling' }, seed);
    const lite: IceOptions = { role: 'controlled', mode: 'lite' };
    const b = new AgentDriver(network.addHost('b', { addresses: ['198.51.100.2'], up: { delayMs: 20 } }), lite, seed + 1_000);
    signal(a, b);
    return { network, a };
  };

  test('a lite peer is found all the same, by half within five seconds, by all in less than thirty', () => {
    const times = Array.from({ length: 60 }, (_, seed) => {
      const { network, a } = toLite(seed + 1);
      network.clock.run(30_000, () => a.agent.selectedPair !== undefined);
      return network.clock.now();
    }).sort((one, other) => one - other);
    expect(times[30]).toBeLessThan(5_000);
    expect(times.at(-1)).toBeLessThan(30_000);
  });

  test('who never answers is asked each half second, and no more than 64 times', () => {
    const { network, a } = toLite(1);
    network.linkOf('198.51.100.2').down.profile = { loss: 1 };
    network.clock.run(120_000);
    const sentAt = a.sent.map(({ at }) => at);
    const gaps = sentAt.slice(1).map((at, i) => at - sentAt[i]!);
    expect(sentAt.length).toBeGreaterThan(40);
    expect(sentAt.length).toBeLessThanOrEqual(64);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500);
    expect(a.agent.state).toBe('failed');
  });
});
