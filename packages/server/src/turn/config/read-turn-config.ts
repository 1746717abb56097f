import { readFileSync } from 'node:fs';
import { canonicalIpAddress, familyOf } from '@maru/protocol/stun';
import { validate } from '@maru/signaling';
import { ConfigError } from '../../config/config-error.js';
import { networksOf, parseAddressRange } from './address-range.js';
import { formatEndpoint, isPort, parseEndpoint } from './endpoint.js';
import {
  DEFAULT_TURN_CONFIG,
  type ExternalAddress,
  MIN_ADMIN_KEY_CHARS,
  type RelayConfig,
  type SharedSecret,
  type TurnAdminConfig,
  type TurnConfig,
  type TurnCredentialConfig,
  type TurnListener,
  type TurnPolicyConfig,
  type TurnTransport,
} from './turn-config.js';
import { TurnConfigFile } from './turn-config-file.js';

/** Reads a file that the configuration names; the content is never quoted in a message. */
export type ReadText = (path: string) => string;

/** Reads the JSON of a configuration file. What is in it is looked at by {@link readTurnConfig}. */
export function readTurnConfigFile(path: string): TurnConfigFile {
  let written: unknown;
  try {
    written = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`The TURN configuration ${path} cannot be read as JSON: ${why}.`, { cause });
  }
  const checked = validate(TurnConfigFile, written);
  if (!checked.ok) throw new ConfigError(`The TURN configuration ${path} is not valid: ${checked.invalid.detail}.`);
  return checked.value;
}

/** The admin plane listens here unless told otherwise: this machine alone reaches it. */
export const DEFAULT_ADMIN_LISTEN = '127.0.0.1:3479';

/** Turns what an operator wrote into a configuration. Throws a {@link ConfigError} that names the entry which is wrong (S-04). */
export function readTurnConfig(written: unknown, readText: ReadText): TurnConfig {
  const checked = validate(TurnConfigFile, written);
  if (!checked.ok) throw new ConfigError(`The TURN configuration is not valid: ${checked.invalid.detail}.`);
  const file = checked.value;
  const base = DEFAULT_TURN_CONFIG;
  const credentials = credentialsOf(file.credentials ?? {}, readText);
  const config: TurnConfig = {
    listeners: file.listeners?.map(listenerOf) ?? base.listeners,
    externalAddresses: (file.externalAddresses ?? []).map(externalOf),
    ...(file.alternate !== undefined && { alternate: endpointOf('alternate', file.alternate) }),
    relay: relayOf(file.relay ?? {}),
    realm: file.realm ?? base.realm,
    credentials,
    quotas: { ...base.quotas, ...defined(file.quotas ?? {}) },
    policy: policyOf(file.policy ?? {}),
    lifetimes: { ...base.lifetimes, ...defined(file.lifetimes ?? {}) },
    ...(file.tls && { tls: { certFile: file.tls.cert, keyFile: file.tls.key } }),
    mobility: file.mobility ?? base.mobility,
    ...(file.drainTo !== undefined && { drainTo: endpointOf('drainTo', file.drainTo) }),
    stunOnly: file.stunOnly ?? base.stunOnly,
    workers: file.workers ?? base.workers,
    ...(file.admin && { admin: adminOf(file.admin, readText) }),
  };
  requireOrder(config);
  return config;
}

const wrong = (where: string, text: string, expectation: string): never => {
  throw new ConfigError(`${where} in the TURN configuration is "${text}", but must be ${expectation}.`);
};

const TRANSPORTS: readonly TurnTransport[] = ['udp', 'tcp', 'tls', 'dtls'];

function listenerOf(text: string, index: number): TurnListener {
  const where = `listeners[${index}]`;
  const [name = '', ...rest] = text.split(':');
  const transport = TRANSPORTS.find((known) => known === name);
  const end = rest.join(':');
  const expectation = 'udp, tcp, tls or dtls with a port, and an address if not all: "udp:3478", "tls:203.0.113.5:5349"';
  if (!transport) return wrong(where, text, expectation);
  if (/^\d{1,5}$/.test(end) && isPort(Number(end))) return { transport, port: Number(end) };
  const endpoint = parseEndpoint(end);
  return endpoint ? { transport, ...endpoint } : wrong(where, text, expectation);
}

function externalOf(text: string, index: number): ExternalAddress {
  const [external, local] = text.split('/', 2).map(canonicalIpAddress);
  const isPair = text.includes('/');
  const isSound = external !== undefined && (!isPair || (local !== undefined && familyOf(external) === familyOf(local)));
  if (!isSound || text.split('/').length > 2)
    return wrong(`externalAddresses[${index}]`, text, 'an address, or "public/private" with two addresses of one family');
  return { external, ...(local !== undefined && { local }) };
}

function endpointOf(where: string, text: string): { address: string; port: number } {
  return parseEndpoint(text) ?? wrong(where, text, 'an address with a port such as "203.0.113.6:3479" or "[2001:db8::1]:3479"');
}

function relayOf({ addresses = [], ports, tcp, hairpin }: NonNullable<TurnConfigFile['relay']>): RelayConfig {
  const base = DEFAULT_TURN_CONFIG.relay;
  return {
    addresses: addresses.map(
      (text, i) => canonicalIpAddress(text) ?? wrong(`relay.addresses[${i}]`, text, 'an address of this machine'),
    ),
    ports: ports === undefined ? base.ports : typeof ports === 'number' ? { single: ports } : portsOf(ports),
    tcp: tcp ?? base.tcp,
    hairpin: hairpin ?? base.hairpin,
  };
}

function portsOf(text: string): RelayConfig['ports'] {
  const [, first = Number.NaN, last = Number.NaN] = (/^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []).map(Number);
  if (isPort(first) && isPort(last) && first <= last) return { first, last };
  return wrong('relay.ports', text, 'a range such as "49152-65535", or one port as a number');
}

function policyOf(policy: NonNullable<TurnConfigFile['policy']>): TurnPolicyConfig {
  const networks = (where: string, texts: readonly string[] = []): string[] =>
    texts.flatMap((text, i) => {
      const range = parseAddressRange(text);
      return range
        ? networksOf(range)
        : wrong(`${where}[${i}]`, text, 'an address, a network such as 10.0.0.0/8 or a range such as 10.0.0.1-10.0.0.9');
    });
  const ends = (where: string, texts: readonly string[] = []): string[] =>
    texts.map((text, i) => {
      const { address, port } = endpointOf(`${where}[${i}]`, text);
      return formatEndpoint(address, port);
    });
  return {
    allow: networks('policy.allow', policy.allow),
    deny: networks('policy.deny', policy.deny),
    allowEndpoints: (policy.allowEndpoints ?? []).map((text, i) => openEnds(`policy.allowEndpoints[${i}]`, text)),
    ownEndpoints: ends('policy.ownEndpoints', policy.ownEndpoints),
  };
}

/** One end, a range of ports of an address, or all of them: `10.0.0.7:5000`, `10.0.0.7:5000-5099`, `10.0.0.7:*`. */
function openEnds(where: string, text: string): string {
  const [, host, first, last] = /^(.+):(?:\*|(\d{1,5})-(\d{1,5}))$/.exec(text) ?? [];
  if (host === undefined) {
    const { address, port } = endpointOf(where, text);
    return formatEndpoint(address, port);
  }
  const { address } = endpointOf(where, `${host}:1`);
  const end = formatEndpoint(address, 1).slice(0, -1);
  if (first === undefined || last === undefined) return `${end}*`;
  return `${end}${portsEnds(where, text, Number(first), Number(last))}`;
}

function portsEnds(where: string, text: string, first: number, last: number): string {
  return isPort(first) && isPort(last) && first <= last
    ? `${first}-${last}`
    : wrong(where, text, 'an address with ports from 1 to 65535');
}

function credentialsOf(given: NonNullable<TurnConfigFile['credentials']>, readText: ReadText): TurnCredentialConfig {
  const base = DEFAULT_TURN_CONFIG.credentials;
  const listed = (given.secrets ?? []).map((item): SharedSecret => {
    if (typeof item === 'string') return { secret: item };
    return { secret: item.secret, ...(item.until !== undefined && { untilMs: Date.parse(item.until) }) };
  });
  const kept =
    given.secretsFile === undefined ? [] : secretLines(readNamed('credentials.secretsFile', given.secretsFile, readText));
  const names = new Set<string>();
  for (const { username } of given.users ?? []) {
    if (names.has(username)) wrong('credentials.users', username, 'a list in which each name stands once');
    names.add(username);
  }
  return {
    secrets: [...listed, ...kept],
    separator: given.separator ?? base.separator,
    maxTtlSeconds: given.maxTtlSeconds ?? base.maxTtlSeconds,
    graceSeconds: given.graceSeconds ?? base.graceSeconds,
    users: (given.users ?? []).map((user) => ('key' in user ? { ...user, key: user.key.toLowerCase() } : user)),
    tokenKeys: (given.tokenKeys ?? []).map(({ from, until, algorithm = 'A256GCM', ...key }) => ({
      ...key,
      algorithm,
      ...(from !== undefined && { fromMs: Date.parse(from) }),
      ...(until !== undefined && { untilMs: Date.parse(until) }),
    })),
    ...(given.tokenServerName !== undefined && { tokenServerName: given.tokenServerName }),
  };
}

/** One secret a line; empty lines and those that begin with # are none. */
export const secretLines = (text: string): SharedSecret[] =>
  text
    .split(/\r?\n/)
    .map((row) => row.trim())
    .filter((row) => row !== '' && !row.startsWith('#'))
    .map((secret) => ({ secret }));

function adminOf({ listen, key, keyFile }: NonNullable<TurnConfigFile['admin']>, readText: ReadText): TurnAdminConfig {
  const secret = key ?? (keyFile === undefined ? '' : readNamed('admin.keyFile', keyFile, readText).trim());
  if (secret.length < MIN_ADMIN_KEY_CHARS)
    throw new ConfigError(
      `The key of the TURN admin API (admin.key or admin.keyFile) must be at least ${MIN_ADMIN_KEY_CHARS} characters. Make one with: openssl rand -base64 32`,
    );
  return { ...endpointOf('admin.listen', listen ?? DEFAULT_ADMIN_LISTEN), key: secret };
}

function readNamed(where: string, path: string, readText: ReadText): string {
  try {
    return readText(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`The file ${path} (${where}) cannot be read: ${why}.`, { cause });
  }
}

function requireOrder({ lifetimes: { defaultSeconds, maxSeconds }, quotas, relay }: TurnConfig): void {
  if (defaultSeconds > maxSeconds)
    wrong('lifetimes.defaultSeconds', String(defaultSeconds), `at most lifetimes.maxSeconds (${maxSeconds})`);
  if ('first' in relay.ports && quotas.allocations > 0 && relay.ports.last - relay.ports.first < 1)
    wrong(
      'relay.ports',
      `${relay.ports.first}-${relay.ports.last}`,
      'at least two ports; for one port for all, write it as a number',
    );
}

/** `part` without what is undefined. */
const defined = <Part extends object>(part: Part): { [Key in keyof Part]?: Exclude<Part[Key], undefined> } =>
  Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Part]?: Exclude<Part[Key], undefined>;
  };
