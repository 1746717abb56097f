import { canonicalIpAddress } from '@maru/protocol/stun';
import { networksOf, parseAddressRange } from '../../config/address-range.js';
import { isPort, parseEndpoint } from '../../config/endpoint.js';
import type { CoturnDraft } from '../draft.js';
import { flagOf } from '../line.js';
import { always, type CoturnOption, kept, malformed, notNeeded, type Outcome, unsafe, unsupported } from '../option.js';

function portBound(value: string, set: (port: number) => void, what: string): Outcome {
  const port = Number(value);
  if (!/^\d{1,5}$/.test(value) || !isPort(port)) return malformed(`"${value}" is no port.`);
  set(port);
  return kept(`Is the ${what} of \`relay.ports\`.`);
}

/** A list of peers: coturn's ranges are written as networks. */
const peers = (name: string, list: 'allow' | 'deny'): CoturnOption => ({
  names: [name],
  here: `\`policy.${list}\``,
  remark: 'Ranges and networks alike; a malformed one is an error here.',
  apply(value, draft) {
    const range = parseAddressRange(value);
    if (!range) return malformed(`"${value}" is no address and no range. coturn ignores it, so that it protects nothing.`);
    draft[list].push(...networksOf(range));
    if (list === 'deny') return kept('Is in `policy.deny`, in every form that IPv6 gives an IPv4 address.');
    return kept('Is in `policy.allow`. Our own addresses stay denied; see `policy.allowEndpoints`.');
  },
});

/** Where relays are, and whom they reach. */
export const RELAYING: readonly CoturnOption[] = [
  {
    names: ['relay-ip', 'E'],
    here: '`relay.addresses`',
    remark: '',
    apply(value, draft) {
      const address = canonicalIpAddress(value);
      if (address === undefined) return malformed(`"${value}" is no IP address.`);
      draft.relayAddresses.push(address);
      return kept('Is in `relay.addresses`.');
    },
  },
  {
    names: ['min-port'],
    here: '`relay.ports`',
    remark: '`"49152-65535"`; or one number, and all relays share that port.',
    apply: (value, draft) =>
      portBound(
        value,
        (port) => {
          draft.minPort = port;
        },
        'first port',
      ),
  },
  {
    names: ['max-port'],
    here: '`relay.ports`',
    remark: '',
    apply: (value, draft) =>
      portBound(
        value,
        (port) => {
          draft.maxPort = port;
        },
        'last port',
      ),
  },
  peers('denied-peer-ip', 'deny'),
  peers('allowed-peer-ip', 'allow'),
  always(['no-multicast-peers'], '', notNeeded('Multicast and broadcast are always denied.')),
  always(
    ['allow-loopback-peers'],
    '',
    unsafe(
      'It lets every client reach the services of this machine.',
      'For one service, name it in `policy.allowEndpoints`: "127.0.0.1:5000".',
    ),
  ),
  always(['server-relay'], '', unsafe('It forwards to clients what nobody permitted.', 'There is nothing like it here.')),
  {
    names: ['no-tcp-relay'],
    here: '`relay.tcp`: false',
    remark: '',
    apply(value, draft) {
      draft.relay.tcp = flagOf(value) !== true;
      return kept(`\`relay.tcp\` is ${draft.relay.tcp}.`);
    },
  },
  always(
    ['no-udp-relay'],
    '',
    unsupported('WebRTC relays UDP; a server for TCP relays alone is not offered.', 'Leave the line away, or set `stunOnly`.'),
  ),
  {
    names: ['stun-only', 'S'],
    here: '`stunOnly`',
    remark: '',
    apply(value, draft) {
      draft.rest.stunOnly = flagOf(value) === true;
      return kept(`\`stunOnly\` is ${draft.rest.stunOnly}.`);
    },
  },
  always(['no-stun'], '', unsupported('STUN is answered always: it costs less than refusing it.', 'Leave the line away.')),
  always(['secure-stun'], '', unsupported('Browsers cannot authenticate Binding requests.', 'Leave the line away.')),
  {
    names: ['mobility'],
    here: '`mobility`',
    remark: 'On unless set to false. A ticket is bound to the user that it was given to.',
    apply(value, draft) {
      draft.rest.mobility = flagOf(value) === true;
      return kept(`\`mobility\` is ${draft.rest.mobility}.`);
    },
  },
  {
    names: ['keep-address-family', 'K', 'allocation-default-address-family', 'A'],
    here: '',
    remark: 'Clients that ask for no family get IPv4 (RFC 8656 §7.2); those that want IPv6 or both ask, as browsers do.',
    apply: (value) =>
      value === '' || value === 'ipv4'
        ? notNeeded('Clients that ask for no family get IPv4 (RFC 8656 §7.2).')
        : unsupported(
            'Clients that ask for no family get IPv4 (RFC 8656 §7.2).',
            'Clients that want IPv6 ask for it, as browsers do.',
          ),
  },
  alternateServer(['alternate-server', 'tls-alternate-server']),
];

function alternateServer(names: readonly string[]): CoturnOption {
  return {
    names,
    here: '',
    remark: 'Name every server to clients instead: they try all of them and take the best, and none is a bottleneck.',
    apply(value: string, _: CoturnDraft) {
      if (!parseEndpoint(value) && canonicalIpAddress(value) === undefined)
        return malformed(`"${value}" is no address with a port.`);
      return unsupported(
        'Clients are not sent on to other servers.',
        'List every server in the iceServers of your clients: they try all of them.',
      );
    },
  };
}
