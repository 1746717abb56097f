import { VirtualNetwork } from '@maru/netsim';
import { describe, expect, test } from 'vitest';
import type { DatagramSocket } from '../core/index.js';
import { StunDemultiplexer } from './index.js';
import { AgentDriver, exchangeCredentials, trickle } from './testing/agent-driver.js';

/** One UDP port of a server, many lite agents behind it. */
function serverWith(count: number) {
  const network = new VirtualNetwork({ seed: 3 });
  const host = network.addHost('server', { addresses: ['203.0.113.10'], up: { delayMs: 5 } });
  const socket: DatagramSocket = host.bindDatagram('203.0.113.10', 443);
  const demultiplexer = new StunDemultiplexer<AgentDriver>();
  const served: AgentDriver[] = [];
  const clients: AgentDriver[] = [];
  for (let i = 0; i < count; i++) {
    const lite = new AgentDriver(host, { role: 'controlled', mode: 'lite' }, 1_000 + i);
    const { zone } = network.addNat({ outerAddresses: [`198.51.100.${i + 1}`], kind: 'symmetric' });
    const client = new AgentDriver(
      network.addHost(`client ${i}`, { in: zone, addresses: ['10.0.0.2'] }),
      { role: 'controlling' },
      i,
    );
    demultiplexer.add(lite.agent.localUfrag, lite);
    lite.do((agent, now) => agent.addHostSocket(now, socket));
    trickle(lite, client);
    trickle(client, lite);
    const forward = lite.onNotice;
    lite.onNotice = (notice) => {
      if (notice.type === 'path-verified') demultiplexer.claim(notice.path, lite);
      forward(notice);
    };
    for (const candidate of lite.agent.localCandidates) client.do((agent, now) => agent.addRemoteCandidate(now, candidate));
    exchangeCredentials(lite, client);
    client.gather();
    served.push(lite);
    clients.push(client);
  }
  let strays = 0;
  socket.receiver = {
    datagram: (bytes, path) => {
      const owner = demultiplexer.ownerOf(bytes, path);
      if (owner) {
        owner.datagram(bytes, path);
        owner.settled();
      } else strays++;
    },
    settled: () => socket.flush(),
  };
  return { network, socket, demultiplexer, served, clients, strays: () => strays };
}

describe('one UDP port for many agents', () => {
  test('each gets its own checks and its own data', () => {
    const { network, socket, demultiplexer, served, clients } = serverWith(20);
    network.clock.run(2_000);
    clients.forEach((client, i) => {
      expect(client.send(`from ${i}`)).toBe(true);
      expect(served[i]!.send(`to ${i}`)).toBe(true);
    });
    socket.flush();
    network.clock.run(1_000);
    expect(served.map(({ received }) => received)).toEqual(served.map((_, i) => [`from ${i}`]));
    expect(clients.map(({ received }) => received)).toEqual(clients.map((_, i) => [`to ${i}`]));
    expect([demultiplexer.ownerCount, demultiplexer.pathCount]).toEqual([20, 20]);
    for (const one of served) {
      one.do((agent, now) => agent.close(now));
      demultiplexer.remove(one);
    }
    expect([demultiplexer.ownerCount, demultiplexer.pathCount]).toEqual([0, 0]);
  });

  test('what belongs to nobody is nobody’s, and leaves no trace', () => {
    const { network, demultiplexer, strays } = serverWith(2);
    network.clock.run(2_000);
    const stranger = network.addHost('stranger', { addresses: ['192.0.2.66'] }).bindDatagram('192.0.2.66');
    const path = stranger.pathTo('203.0.113.10', 443);
    for (let i = 0; i < 100; i++) stranger.send(new Uint8Array(40).fill(i), path);
    stranger.flush();
    network.clock.run(1_000);
    expect([strays(), demultiplexer.pathCount]).toEqual([100, 2]);
  });

  test('a ufrag has one owner', () => {
    const demultiplexer = new StunDemultiplexer<string>();
    demultiplexer.add('abcd', 'x');
    expect(() => demultiplexer.add('abcd', 'y')).toThrow(RangeError);
    demultiplexer.removeUfrag('abcd');
    demultiplexer.add('abcd', 'y');
  });
});
