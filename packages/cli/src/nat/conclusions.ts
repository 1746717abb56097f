import type { Conclusion, NatReport } from './report.js';

type Facts = Omit<NatReport, 'conclusions'>;

/** What `facts` mean for somebody who wants to call. Most important first; each stands on its own. */
export function concludeFrom(facts: Facts): readonly Conclusion[] {
  return [...aboutDirect(facts), ...aboutRelay(facts), ...aboutServers(facts), ...aboutIpv6(facts)];
}

const good = (code: string, text: string): Conclusion => ({ code, level: 'good', text });
const note = (code: string, text: string): Conclusion => ({ code, level: 'note', text });
const problem = (code: string, text: string): Conclusion => ({ code, level: 'problem', text });

function aboutDirect({ udp, nat, servers, addresses }: Facts): Conclusion[] {
  if (addresses.length === 0)
    return [problem('no-network', 'This machine has no network address besides loopback: nobody else can be reached.')];
  if (servers.length === 0) {
    return [
      note(
        'not-asked',
        'No server was named, so nothing could be learnt of the NAT. Name one: maru nat --server stun:stun.example.org',
      ),
    ];
  }
  if (udp === undefined)
    return [note('udp-not-asked', 'No server was asked over UDP, so nothing could be learnt of the NAT. Name one with stun:')];
  if (udp === 'blocked') {
    return [
      problem(
        'udp-blocked',
        'No answer came over UDP: it is blocked here, or no server that was named is up. If it is blocked, calls need a TURN server over TCP or TLS (turns:… port 443).',
      ),
    ];
  }
  switch (nat?.mapping) {
    case 'direct':
      return [good('no-nat', 'There is no NAT: direct calls will work with nearly everybody.')];
    case 'endpoint-independent':
      return [
        nat.filtering === 'address-and-port-dependent'
          ? good(
              'direct-mostly',
              'Direct calls will work with most people; with those behind a symmetric NAT a TURN server is needed.',
            )
          : good('direct', 'Direct calls will work with nearly everybody, symmetric NATs included.'),
      ];
    case 'address-dependent':
    case 'address-and-port-dependent':
      return [
        note(
          'symmetric',
          'This NAT is symmetric: it uses another port for each destination. Direct calls work with people whose NAT is open or who have none; with most others a TURN server is needed.',
        ),
      ];
    default:
      return [
        note(
          'nat-unknown',
          'Direct calls are possible. The server has one address only, so the kind of the NAT could not be learnt; one with RFC 5780 (coturn with two addresses, Maru) can tell.',
        ),
      ];
  }
}

function aboutRelay({ servers, udp, nat }: Facts): Conclusion[] {
  const relays = servers.filter(({ url }) => /^turns?:/i.test(url));
  const working = relays.filter(({ outcome }) => outcome === 'ok');
  if (working.length > 0) {
    const overStream = working.some(({ url }) => /^turns:/i.test(url) || /transport=tcp/i.test(url));
    return [
      good(
        'relay',
        `A TURN server relays for us${overStream ? ', over TCP or TLS too' : ''}: calls can be relayed where they cannot be direct.`,
      ),
      ...(overStream
        ? []
        : [
            note(
              'relay-udp-only',
              'The TURN server was reached over UDP only; people on networks that block UDP need turns:… on port 443.',
            ),
          ]),
    ];
  }
  if (relays.length > 0)
    return [problem('relay-broken', 'No TURN server that was named relays for us; see above what each one said.')];
  const needed = udp === 'blocked' || nat?.mapping === 'address-dependent' || nat?.mapping === 'address-and-port-dependent';
  const text = 'No TURN server was named: people who cannot connect directly will not connect at all.';
  return [needed ? problem('relay-needed', text) : note('relay-missing', text)];
}

function aboutServers({ servers }: Facts): Conclusion[] {
  return servers
    .filter(({ outcome }) => outcome === 'tls-failed' || outcome === 'name-not-found' || outcome === 'unusable-url')
    .map(({ url, detail, outcome }) => problem(outcome, `${url}: ${detail}`));
}

function aboutIpv6({ ipv6 }: Facts): Conclusion[] {
  if (ipv6 === 'global') return [good('ipv6', 'IPv6 is there: with others who have it too, NATs are no matter.')];
  return [note('ipv6-missing', 'There is no global IPv6 address; that is no harm, only one way less.')];
}
