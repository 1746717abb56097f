import { VirtualNetwork } from '@maru/netsim';
import { describe, expect, test } from 'vitest';
import { AgentDriver, signal } from './testing/agent-driver.js';

function pair(seed = 1, delayMs = 10) {
  const network = new VirtualNetwork({ seed });
  const up = { delayMs };
  const a = new AgentDriver(network.addHost('a', { addresses: ['10.0.0.1'], up }), { role: 'controlling' }, seed);
  const b = new AgentDriver(network.addHost('b', { addresses: ['10.0.0.2'], up }), { role: 'controlled' }, seed + 1);
  return { network, a, b };
}

describe('two agents', () => {
  test('connect in one round trip and carry data both ways', () => {
    const { network, a, b } = pair();
    signal(a, b);
    network.clock.run(200);
    expect(a.states).toEqual(['checking', 'connected', 'completed']);
    expect(b.states).toEqual(['checking', 'connected', 'completed']);
    a.send('hello');
    b.send('world');
    network.clock.run(100);
    expect([a.received, b.received]).toEqual([['world'], ['hello']]);
  });
});
