import { canonicalIpAddress } from '@maru/protocol/stun';
import { isPort, parseEndpoint } from '../../config/endpoint.js';
import { flagOf } from '../line.js';
import { always, type CoturnOption, changed, kept, malformed, notNeeded, type Outcome, unsafe, unsupported } from '../option.js';

const portOption = (
  names: readonly string[],
  here: string,
  set: (draft: Parameters<CoturnOption['apply']>[1], port: number) => void,
): CoturnOption => ({
  names,
  here,
  remark: '',
  apply(value, draft) {
    const port = Number(value);
    if (!/^\d{1,5}$/.test(value) || !isPort(port)) return malformed(`"${value}" is no port.`);
    set(draft, port);
    return kept(`Is ${here}.`);
  },
});

/** A flag that takes one transport away. */
const without = (transport: 'udp' | 'tcp' | 'tls' | 'dtls'): CoturnOption => ({
  names: [`no-${transport}`],
  here: '`listeners`',
  remark: `No \`${transport}:\` listener is written.`,
  apply(value, draft) {
    if (flagOf(value) === true) draft.off.add(transport);
    return kept(flagOf(value) === true ? `No ${transport} listener is written.` : 'It is off.');
  },
});

/** Where clients come in. */
export const LISTENING: readonly CoturnOption[] = [
  portOption(['listening-port', 'p'], '`listeners`', (draft, port) => {
    draft.port = port;
  }),
  portOption(['tls-listening-port'], '`listeners`', (draft, port) => {
    draft.tlsPort = port;
  }),
  {
    names: ['listening-ip', 'L'],
    here: '`listeners`',
    remark: 'Each listener names its address: `udp:203.0.113.5:3478`.',
    apply(value, draft) {
      const address = canonicalIpAddress(value);
      if (address === undefined) return malformed(`"${value}" is no IP address.`);
      draft.addresses.push(address);
      return kept('Each listener names this address.');
    },
  },
  {
    names: ['aux-server'],
    here: '`listeners`',
    remark: 'One more listener.',
    apply(value, draft) {
      if (!parseEndpoint(value)) return malformed(`"${value}" is no address with a port.`);
      draft.extraEnds.push(value);
      return kept('Is one more listener for UDP and TCP.');
    },
  },
  {
    names: ['alt-listening-port'],
    here: '`alternate`',
    remark: 'The port of the second address for RFC 5780. 0 means the port after the first.',
    apply(value, draft) {
      const port = Number(value || 0);
      if (!Number.isInteger(port) || (port !== 0 && !isPort(port))) return malformed(`"${value}" is no port.`);
      draft.altPort = port;
      return kept('Is the port of `alternate`, where two addresses are listened at.');
    },
  },
  always(['alt-tls-listening-port'], '', notNeeded('RFC 5780 is for UDP; the other port served no purpose over TLS.')),
  {
    names: ['no-rfc5780'],
    here: 'leave `alternate` away',
    remark: 'Without `alternate`, no attribute of RFC 5780 is sent.',
    apply(value, draft) {
      draft.hasBehaviourDiscovery = flagOf(value) !== true;
      return kept(
        draft.hasBehaviourDiscovery ? 'RFC 5780 is offered where there are two addresses.' : '`alternate` is left away.',
      );
    },
  },
  {
    names: ['rfc5780'],
    here: '`alternate`',
    remark: 'Needs two addresses of one family.',
    apply(value, draft): Outcome {
      draft.hasBehaviourDiscovery = flagOf(value) === true;
      return kept('RFC 5780 is offered where there are two addresses.');
    },
  },
  always(
    ['response-origin-only-with-rfc5780', 'no-stun-backward-compatibility'],
    '',
    notNeeded('It is so already: answers carry XOR-MAPPED-ADDRESS, and what belongs to RFC 5780 only with `alternate`.'),
  ),
  always(
    ['stun-backward-compatibility'],
    '',
    unsafe(
      'Answers to the classic STUN of RFC 3489 are larger than their questions.',
      'Clients of the last fifteen years do not need it.',
    ),
  ),
  {
    names: ['external-ip', 'X'],
    here: '`externalAddresses`',
    remark: 'The same two forms: `public`, or `public/private`.',
    apply(value, draft) {
      const parts = value.split('/').map(canonicalIpAddress);
      if (parts.length > 2 || parts.includes(undefined)) return malformed(`"${value}" is no address and no pair of addresses.`);
      draft.externals.push(parts.join('/'));
      return kept('Is in `externalAddresses`.');
    },
  },
  always(
    ['listening-device', 'd', 'relay-device', 'i'],
    '`listeners`, `relay.addresses`',
    unsupported('Interfaces are not named here, addresses are.', 'Name the address of the interface.'),
  ),
  always(
    ['tcp-proxy-port'],
    '',
    unsupported(
      'The PROXY protocol is not spoken.',
      'Let clients reach the server itself, or put a proxy before it that keeps the addresses of clients.',
    ),
  ),
  always(['udp-self-balance'], '`workers`', notNeeded('Workers share one port by themselves.')),
  {
    names: ['relay-threads', 'm', 'cpus'],
    here: '`workers`',
    remark: '0 here means one for each core; coturn means none.',
    apply(value, draft) {
      if (!/^\d{1,3}$/.test(value) || Number(value) > 256) return malformed(`"${value}" is no number of threads.`);
      draft.rest.workers = Math.max(Number(value), 1);
      return Number(value) === 0 ? changed('Is one worker: 0 would mean one for each core here.') : kept('Is `workers`.');
    },
  },
  without('udp'),
  without('tcp'),
  without('tls'),
  without('dtls'),
];
