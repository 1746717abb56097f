import type { RunningTurn } from '@maru/server/turn/start';

const SAMPLE_TTL_SECONDS = 3_600;

/** What a person wants to know of a STUN/TURN server that has just started. */
export function describeTurn(turn: RunningTurn): string {
  const { config, addresses, secretFile, admin, driver } = turn;
  const [host = '127.0.0.1'] = addresses;
  const lines = ['', '  Maru 마루: STUN and TURN', ''];
  for (const [transport, ends] of endsByTransport(turn)) lines.push(`  ${transport.toUpperCase().padEnd(10)} ${ends}`);
  lines.push(`  ${'Reachable'.padEnd(10)} ${addresses.join(', ') || 'from this machine alone: it has no network address'}`);
  const ports =
    'single' in config.relay.ports
      ? `port ${config.relay.ports.single}`
      : `ports ${config.relay.ports.first} to ${config.relay.ports.last}`;
  lines.push(`  ${'Relays'.padEnd(10)} UDP ${ports}: let them in at the firewall, too`);
  lines.push('', `  Realm "${config.realm}". ${credentialsOf(turn)}`);
  if (secretFile !== undefined) lines.push(`  The secret was made at the first start: ${secretFile}`);
  const sample = sampleIceServers(turn);
  if (sample) {
    lines.push(
      '',
      '  For an hour, browsers may use:',
      '',
      ...JSON.stringify({ iceServers: sample }, null, 2)
        .split('\n')
        .map((line) => `    ${line}`),
    );
    lines.push(
      '',
      `  Try it: MARU_TURN_CREDENTIAL='${sample[1]!.credential}' maru turn check turn:${bracketed(host)}:${portOf(turn)} ${sample[1]!.username}`,
    );
  }
  if (turn.hasOwnCertificate)
    lines.push('', '  TLS and DTLS have a certificate that browsers do not know: set --cert and --key to one that they do.');
  if (admin) lines.push('', `  Watch it: ${admin.url}${admin.keyFile === undefined ? '' : ` (the key is in ${admin.keyFile})`}`);
  lines.push(
    '',
    `  ${driver === 'native' ? 'Packets go in batches, by @maru/native.' : 'Packets go one by one, by node:dgram; @maru/native makes it quicker.'}`,
  );
  lines.push('  Stop it with Ctrl+C.', '');
  return lines.join('\n');
}

/** The same for programs. */
export const summaryOf = (turn: RunningTurn): object => ({
  listeners: turn.listeners,
  addresses: turn.addresses,
  realm: turn.config.realm,
  relayPorts: turn.config.relay.ports,
  driver: turn.driver,
  secretFile: turn.secretFile ?? null,
  admin: turn.admin ? { url: turn.admin.url, keyFile: turn.admin.keyFile ?? null } : null,
});

/** For each transport, the ports, and the addresses where they are not all. */
function endsByTransport({ config }: RunningTurn): [string, string][] {
  const ends = new Map<string, string[]>();
  for (const { transport, address, port } of config.listeners) {
    const end = address === undefined ? `port ${port} of every address` : `${bracketed(address)}:${port}`;
    ends.set(transport, [...(ends.get(transport) ?? []), end]);
  }
  return [...ends].map(([transport, list]) => [transport, list.join(', ')]);
}

function credentialsOf({ config: { credentials } }: RunningTurn): string {
  const { secrets, users, tokenKeys } = credentials;
  const schemes = [
    ...(secrets.length > 0
      ? [`time-limited credentials by ${secrets.length === 1 ? 'one shared secret' : `${secrets.length} shared secrets`}`]
      : []),
    ...(users.length > 0 ? [`${users.length} static ${users.length === 1 ? 'user' : 'users'}`] : []),
    ...(tokenKeys.length > 0 ? [`access tokens of ${tokenKeys.length} ${tokenKeys.length === 1 ? 'key' : 'keys'}`] : []),
  ];
  return `Clients show ${schemes.join(', or ')}.`;
}

interface SampleServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** What could be handed to a browser now; undefined where there is no secret to make a credential with. */
function sampleIceServers(turn: RunningTurn): SampleServer[] | undefined {
  const made = turn.operation.issue('sample', SAMPLE_TTL_SECONDS);
  if (!made) return undefined;
  const host = bracketed(turn.addresses[0] ?? '127.0.0.1');
  const urls = [
    ...new Set(
      turn.config.listeners
        .filter(({ transport }) => transport !== 'dtls')
        .map(
          ({ transport, port }) =>
            `${transport === 'tls' ? 'turns' : 'turn'}:${host}:${port}?transport=${transport === 'udp' ? 'udp' : 'tcp'}`,
        ),
    ),
  ];
  return [{ urls: [`stun:${host}:${portOf(turn)}`] }, { urls, username: made.username, credential: made.credential }];
}

const portOf = ({ config }: RunningTurn): number =>
  (config.listeners.find(({ transport }) => transport === 'udp') ?? config.listeners[0])?.port ?? 3478;

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);
