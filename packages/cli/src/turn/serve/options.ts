import { parseArgs } from 'node:util';
import type { LogLevel } from '@maru/server';
import { ConfigError, type TurnConfigFile } from '@maru/server/turn';
import type { StartTurnOptions } from '@maru/server/turn/start';
import { TURN_USAGE } from '../command.js';

interface Option {
  readonly name: string;
  readonly value?: string;
  readonly help: string;
}

/** Everything that `maru turn` may be told on its line; secrets are not among it. */
const OPTIONS = [
  { name: 'config', value: 'file', help: 'Configuration (JSON), read again on SIGHUP: docs/guides/turn.md.' },
  {
    name: 'listen',
    value: 'list',
    help: 'Where clients come in: udp:3478,tls:203.0.113.5:5349. Default: udp, tcp 3478, tls, dtls 5349.',
  },
  { name: 'external', value: 'list', help: 'Addresses that the world sees: 203.0.113.5, or 203.0.113.5/10.0.0.5.' },
  { name: 'relay-ports', value: 'range', help: 'Ports of relays: 49152-65535.' },
  { name: 'realm', value: 'text', help: 'Realm of credentials. Default maru.' },
  { name: 'cert', value: 'file', help: 'Certificate chain (PEM), read again when it changes. Default: one of its own.' },
  { name: 'key', value: 'file', help: 'Private key of --cert (PEM).' },
  {
    name: 'data',
    value: 'folder',
    help: 'Folder of secret, admin key, certificate, counts. Default .maru/turn; "none" keeps nothing.',
  },
  { name: 'workers', value: 'number', help: 'Threads that relay. Default 1; 0: one for each core.' },
  { name: 'admin', value: 'end', help: 'Where the admin page is: 127.0.0.1:3479; "off": there is none.' },
  { name: 'log-level', value: 'level', help: 'debug, info, warn, error or silent.' },
  {
    name: 'import',
    value: 'file',
    help: "Read coturn's turnserver.conf, say what becomes of each line, print our configuration.",
  },
  { name: 'write', value: 'file', help: 'With --import: write the configuration to a file of yours alone.' },
  { name: 'json', help: 'Print data as JSON in the place of prose.' },
  { name: 'help', help: 'Print this.' },
] as const satisfies readonly Option[];

type OptionName = (typeof OPTIONS)[number]['name'];

export const SERVE_USAGE = `${TURN_USAGE}Options, also in the environment (--relay-ports is MARU_TURN_RELAY_PORTS):
${OPTIONS.map((option) => `  ${`--${option.name}${'value' in option ? ` <${option.value}>` : ''}`.padEnd(22)} ${option.help}`).join('\n')}

Secrets only by file or environment: MARU_TURN_SECRET (shared secrets of time-limited credentials, newest first, comma-separated),
MARU_TURN_ADMIN_KEY (32 characters or more), credentials.* of --config.

SIGHUP reads --config again; SIGTERM gives no new allocation, waits for the others (10 s), and ends.
Exit status: 0 after SIGTERM or SIGINT, 1 when it cannot run or an import needs you, 2 for wrong usage.`;

/** The command line itself is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type TurnOptions =
  | { readonly type: 'help' }
  | { readonly type: 'import'; readonly path: string; readonly writeTo: string | undefined; readonly isJson: boolean }
  | {
      readonly type: 'serve';
      readonly start: Omit<StartTurnOptions, 'webFolder'>;
      readonly isJson: boolean;
      readonly logLevel: LogLevel | undefined;
    };

/** Reads flags and environment. Throws a {@link UsageError}, or a {@link ConfigError} that names what is wrong. */
export function readTurnOptions(argv: readonly string[], environment: NodeJS.ProcessEnv): TurnOptions {
  const values = parse(argv);
  const get = (name: OptionName): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : environment[`MARU_TURN_${name.toUpperCase().replaceAll('-', '_')}`] || undefined;
  };
  if (values['help'] === true) return { type: 'help' };
  const isJson = values['json'] === true;
  const path = typeof values['import'] === 'string' ? values['import'] : undefined;
  if (path !== undefined) return { type: 'import', path, writeTo: get('write'), isJson };
  if (get('write') !== undefined) throw new UsageError('--write goes with --import');
  const folder = get('data') ?? '.maru/turn';
  const adminEnd = get('admin');
  return {
    type: 'serve',
    isJson,
    logLevel: levelOf(get('log-level')),
    start: {
      configFile: get('config'),
      overrides: overridesOf(get),
      secrets: listOf(environment['MARU_TURN_SECRET']),
      adminKey: environment['MARU_TURN_ADMIN_KEY'] || undefined,
      hasAdmin: adminEnd !== 'off',
      folder: folder === 'none' ? null : folder,
    },
  };
}

function parse(argv: readonly string[]): Record<string, string | boolean | undefined> {
  const options = Object.fromEntries(
    OPTIONS.map((option) => [option.name, { type: 'value' in option ? ('string' as const) : ('boolean' as const) }]),
  );
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values as Record<string, string | boolean | undefined>;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message.split('\n')[0]! : String(cause));
  }
}

/** What the line says goes over what the file says. */
function overridesOf(get: (name: OptionName) => string | undefined): TurnConfigFile {
  const [cert, key, adminEnd] = [get('cert'), get('key'), get('admin')];
  if ((cert === undefined) !== (key === undefined)) throw new ConfigError('--cert and --key go together.');
  const ports = get('relay-ports');
  const realm = get('realm');
  const workers = get('workers');
  if (workers !== undefined && !/^\d{1,3}$/.test(workers)) throw new ConfigError(`--workers must be a number, not "${workers}".`);
  const listeners = listOf(get('listen'));
  const externalAddresses = listOf(get('external'));
  return {
    ...(listeners.length > 0 && { listeners }),
    ...(externalAddresses.length > 0 && { externalAddresses }),
    ...(ports !== undefined && { relay: { ports: /^\d+$/.test(ports) ? Number(ports) : ports } }),
    ...(realm !== undefined && { realm }),
    ...(cert !== undefined && key !== undefined && { tls: { cert, key } }),
    ...(workers !== undefined && { workers: Number(workers) }),
    ...(adminEnd !== undefined && adminEnd !== 'off' && { admin: { listen: adminEnd } }),
  };
}

const listOf = (text = ''): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

function levelOf(text: string | undefined): LogLevel | undefined {
  const level = LEVELS.find((known) => known === text);
  if (text === undefined || level) return level;
  throw new ConfigError(`--log-level must be debug, info, warn, error or silent, not "${text}".`);
}
