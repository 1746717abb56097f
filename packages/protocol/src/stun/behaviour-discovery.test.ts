import { NAT_KINDS, type NatBehaviour, type NatKind, VirtualNetwork } from '@maru/netsim';
import { nodeCrypto } from '@maru/node';
import { describe, expect, test } from 'vitest';
import { CoreDriver, SeededRandom, SILENT_LOG } from '../core/index.js';
import { VirtualTurnServer } from '../turn/testing/virtual-turn-server.js';
import { BehaviourDiscovery, type BehaviourEvent, type BehaviourReport } from './index.js';

function discover(kind: NatKind | NatBehaviour | undefined, options: { blockUdp?: boolean; plainServer?: boolean } = {}) {
  const network = new VirtualNetwork({ seed: 4 });
  const up = { delayMs: 15 };
  const serverHost = network.addHost('stun', { addresses: ['203.0.113.10', '203.0.113.11'], up });
  new VirtualTurnServer(serverHost, '203.0.113.10', options.plainServer ? {} : { otherAddress: '203.0.113.11' });
  const firewall = options.blockUdp ? { firewall: { blockUdp: true } } : {};
  const place = kind
    ? { in: network.addNat({ outerAddresses: ['198.51.100.1'], kind, ...firewall }).zone, addresses: ['10.0.0.2'] }
    : { addresses: ['198.51.100.1'] };
  const socket = network.addHost('client', place).bindDatagram(kind ? '10.0.0.2' : '198.51.100.1');
  const events: BehaviourEvent[] = [];
  const core = new BehaviourDiscovery(0, socket.pathTo('203.0.113.10', 3478), (address, port) => socket.pathTo(address, port), {
    random: new SeededRandom(1),
    crypto: nodeCrypto,
    log: SILENT_LOG,
  });
  new CoreDriver(socket, core, network.clock, (event) => events.push(event));
  network.clock.run(60_000);
  expect(core.deadline).toBe(Number.POSITIVE_INFINITY);
  return { report: events.find((event) => event.type === 'report')?.report as BehaviourReport, events, network };
}

describe('behaviour discovery (RFC 5780)', () => {
  test.each(Object.entries(NAT_KINDS) as [NatKind, NatBehaviour][])(
    'tells a NAT that is %s by its mapping and filtering',
    (kind, behaviour) => {
      const { report } = discover(kind);
      expect(report).toMatchObject({ mapping: behaviour.mapping, filtering: behaviour.filtering, hairpin: false, rttMs: 30 });
      expect(report.mappedAddress?.address).toBe('198.51.100.1');
    },
  );

  test('finds hairpinning where there is some', () => {
    expect(discover({ ...NAT_KINDS['port-restricted'], hairpinning: true }).report.hairpin).toBe(true);
  });

  test('says direct where there is no NAT', () => {
    expect(discover(undefined).report).toMatchObject({
      mapping: 'direct',
      filtering: 'endpoint-independent',
      hairpin: undefined,
    });
  });

  test('says what it can of a server that has one address', () => {
    const { report } = discover('symmetric', { plainServer: true });
    expect(report).toMatchObject({ otherAddress: undefined, mapping: 'unknown', filtering: 'unknown' });
    expect(report.mappedAddress).toBeDefined();
  });

  test('says within 4 s that UDP is blocked', () => {
    const { report, events } = discover('full-cone', { blockUdp: true });
    expect(report.mappedAddress).toBeUndefined();
    expect(events).toHaveLength(2);
  });
});
