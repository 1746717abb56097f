import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import {
  ConfigError,
  DEFAULT_CONFIG,
  DEFAULT_LIMITS,
  type LogLevel,
  repositoryWebFolder,
  type ServerConfig,
  type WebhookTarget,
} from '@maru/server';

interface Option {
  /** Without the dashes; the environment variable is `MARU_` and this in capitals. */
  readonly name: string;
  readonly value?: string;
  readonly help: string;
}

/** Everything that `maru start` may be told, by flag or by environment. A flag wins. */
const OPTIONS = [
  { name: 'port', value: 'number', help: 'Port for everything: HTTP, HTTPS, WebSocket. Default 8443; 0 takes any free one.' },
  { name: 'host', value: 'address', help: 'Address to listen on. Default: all of this machine.' },
  { name: 'data', value: 'folder', help: 'Folder of keys, certificate and sessions. Default .maru; "none" keeps nothing.' },
  { name: 'cert', value: 'file', help: 'Your certificate chain (PEM), read again when it changes. Default: one of its own.' },
  { name: 'key', value: 'file', help: 'Private key of --cert (PEM).' },
  { name: 'public-url', value: 'url', help: 'Address that people use, when a proxy or a name stands before this machine.' },
  {
    name: 'api-key',
    value: 'keys',
    help: 'API keys of applications, comma-separated. Better set as MARU_API_KEY. Default: made at first start.',
  },
  { name: 'origins', value: 'list', help: 'Origins of pages elsewhere that may use this server, comma-separated.' },
  { name: 'trusted-proxies', value: 'list', help: 'Addresses (CIDR) of proxies whose X-Forwarded headers are believed.' },
  {
    name: 'ice-servers',
    value: 'json',
    help: 'More STUN and TURN servers for browsers: a JSON array of {urls, username, credential}.',
  },
  {
    name: 'turn',
    value: 'file',
    help: 'Configuration of the STUN/TURN server inside (JSON, docs/guides/turn.md); "off": there is none.',
  },
  {
    name: 'media',
    value: 'number',
    help: 'UDP port of the media server, which forwards larger calls. Default: the one after --port; "off": there is none.',
  },
  {
    name: 'media-address',
    value: 'list',
    help: 'Addresses of this machine for media, comma-separated; behind NAT with what others see: 10.0.0.5=203.0.113.7. Default: all.',
  },
  { name: 'media-workers', value: 'number', help: 'Threads that forward media. Default: one for each core but one.' },
  {
    name: 'hall-mode',
    value: 'mode',
    help: 'How media travels in halls of the web app: p2p, sfu (through the server), or auto (through it from the third person on). Default auto.',
  },
  {
    name: 'drain',
    value: 'seconds',
    help: 'After SIGTERM, how long calls that the server forwards may go on while no new ones begin. Default 20; a second signal ends it.',
  },
  { name: 'webhook-url', value: 'urls', help: 'Where events are posted, comma-separated.' },
  { name: 'webhook-secret', value: 'text', help: 'Secret that signs events. Better set as MARU_WEBHOOK_SECRET.' },
  { name: 'webhook-private', help: 'Events may go to addresses of this machine and of private networks.' },
  { name: 'max-connections', value: 'number', help: 'Connections in one session. Default 50.' },
  {
    name: 'log-level',
    value: 'level',
    help: 'debug, info, warn, error or silent. Default info when output goes to a file or pipe, else warn.',
  },
  { name: 'json', help: 'Print where it listens as one line of JSON instead of prose.' },
  { name: 'help', help: 'Print this.' },
] as const satisfies readonly Option[];

type OptionName = (typeof OPTIONS)[number]['name'];

/** So long may calls go on after SIGTERM, where the operator has said nothing: less than what process managers grant. */
const DRAIN_SECONDS = 20;

export interface StartOptions {
  readonly drainMs: number;
  readonly config: Partial<ServerConfig>;
  readonly logLevel: LogLevel | undefined;
  readonly isJson: boolean;
  readonly wantsHelp: boolean;
}

export const START_USAGE = `maru start [options]
Starts the server. Every option can also be set in the environment: --public-url is MARU_PUBLIC_URL.

${OPTIONS.map((option) => `  ${flagOf(option).padEnd(26)} ${option.help}`).join('\n')}

Exit status: 0 after SIGTERM or SIGINT, 1 when it cannot run, 2 for wrong usage.`;

function flagOf(option: Option): string {
  return `--${option.name}${option.value ? ` <${option.value}>` : ''}`;
}

/** Reads flags and environment. Throws a {@link ConfigError} that names what is wrong and how to put it right. */
export function readOptions(argv: readonly string[], environment: NodeJS.ProcessEnv): StartOptions {
  const values = parse(argv);
  const get = (name: OptionName): string | undefined => {
    const value = values[name];
    if (typeof value === 'string') return value;
    return environment[`MARU_${name.toUpperCase().replaceAll('-', '_')}`] || undefined;
  };
  const isSet = (name: OptionName): boolean => values[name] === true || /^(?:1|true|yes)$/i.test(get(name) ?? '');
  const list = (name: OptionName): string[] =>
    (get(name) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  const connections = numberOf('max-connections', get('max-connections'), 1, 1_000);
  return {
    wantsHelp: isSet('help'),
    isJson: isSet('json'),
    logLevel: levelOf(get('log-level')),
    drainMs: 1_000 * (numberOf('drain', get('drain'), 0, 86_400) ?? DRAIN_SECONDS),
    config: {
      port: numberOf('port', get('port'), 0, 65_535) ?? DEFAULT_CONFIG.port,
      host: get('host'),
      dataFolder: get('data') === 'none' ? null : (get('data') ?? '.maru'),
      webFolder: repositoryWebFolder(),
      certificate: certificateOf(get('cert'), get('key')),
      publicUrl: urlOf('public-url', get('public-url')),
      apiKeys: list('api-key'),
      origins: list('origins').map((origin) => originOf(origin)),
      trustedProxies: list('trusted-proxies').map(networkOf),
      iceServers: iceServersOf(get('ice-servers')),
      turn: turnOf(get('turn')),
      media: mediaOf(get('media'), list('media-address'), numberOf('media-workers', get('media-workers'), 0, 64)),
      hallMode: modeOf(get('hall-mode')),
      turnAdminKey: environment['MARU_TURN_ADMIN_KEY'] || undefined,
      webhooks: webhooksOf(list('webhook-url'), get('webhook-secret')),
      webhooksMayBePrivate: isSet('webhook-private'),
      ...(connections !== undefined && {
        limits: { ...DEFAULT_LIMITS, domain: { ...DEFAULT_LIMITS.domain, connectionsPerSession: connections } },
      }),
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

/** The command line itself is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const fail = (name: OptionName, expectation: string): never => {
  throw new ConfigError(`--${name} (MARU_${name.toUpperCase().replaceAll('-', '_')}) must be ${expectation}.`);
};

function numberOf(name: OptionName, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : fail(name, `a whole number from ${least} to ${most}, not "${text}"`);
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

function levelOf(text: string | undefined): LogLevel | undefined {
  const level = LEVELS.find((known) => known === text);
  if (text === undefined || level) return level;
  return fail('log-level', `debug, info, warn, error or silent, not "${text}"`);
}

function urlOf(name: OptionName, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '')
    return fail(name, `an http or https address, not "${text}"`);
  return url.href.replace(/\/$/, '');
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.origin !== text) return fail('origins', `origins such as https://app.example.com, not "${text}"`);
  return text;
}

function networkOf(text: string): string {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = isIP(address) === 4 ? 32 : 128;
  const isNetwork = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  if (isIP(address) === 0 || !isNetwork || rest.length > 0)
    return fail('trusted-proxies', `addresses or networks such as 10.0.0.0/8, not "${text}"`);
  return text;
}

function certificateOf(certFile: string | undefined, keyFile: string | undefined): ServerConfig['certificate'] {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined) return fail('cert', 'given together with --key');
  if (keyFile === undefined) return fail('key', 'given together with --cert');
  return { certFile, keyFile };
}

function iceServersOf(text: string | undefined): ServerConfig['iceServers'] {
  if (text === undefined) return [];
  const expectation = 'a JSON array such as [{"urls":["stun:stun.example.com:3478"]}]';
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return fail('ice-servers', expectation);
  }
  if (!Array.isArray(parsed)) return fail('ice-servers', expectation);
  return parsed.map((item: unknown) => {
    const { urls, username, credential } = (item ?? {}) as Record<string, unknown>;
    const addresses = (Array.isArray(urls) ? urls : [urls]) as unknown[];
    if (!addresses.every((url): url is string => typeof url === 'string' && /^(?:stun|turn)s?:\S+$/.test(url))) {
      return fail('ice-servers', expectation);
    }
    return {
      urls: addresses,
      ...(typeof username === 'string' && { username }),
      ...(typeof credential === 'string' && { credential }),
    };
  });
}

/** What the operator wrote of the relay: read at each start and reload, so that secrets need not be on a line or in the environment. */
function turnOf(text: string | undefined): ServerConfig['turn'] {
  if (text === undefined) return {};
  return text === 'off' ? null : { file: text };
}

function mediaOf(port: string | undefined, addresses: readonly string[], workers: number | undefined): ServerConfig['media'] {
  if (port === 'off') return null;
  const udpPort = numberOf('media', port, 0, 65_535);
  return {
    ...(udpPort !== undefined && { udpPort }),
    ...(workers !== undefined && { workers }),
    ...(addresses.length > 0 && { addresses: addresses.map(mediaAddressOf) }),
  };
}

function mediaAddressOf(text: string): { bind: string; advertised?: readonly string[] } {
  const [bind = '', ...advertised] = text.split('=');
  if (isIP(bind) === 0 || advertised.length > 1 || advertised.some((address) => isIP(address) === 0))
    return fail('media-address', `addresses such as 192.0.2.1 or 10.0.0.5=203.0.113.7, not "${text}"`);
  return advertised.length === 0 ? { bind } : { bind, advertised };
}

const HALL_MODES = ['p2p', 'sfu', 'auto'] as const;

function modeOf(text: string | undefined): ServerConfig['hallMode'] {
  const mode = HALL_MODES.find((known) => known === text);
  if (text === undefined) return DEFAULT_CONFIG.hallMode;
  return mode ?? fail('hall-mode', `p2p, sfu or auto, not "${text}"`);
}

function webhooksOf(urls: readonly string[], secret: string | undefined): WebhookTarget[] {
  if (urls.length === 0) return [];
  if (!secret || secret.length < 16) return fail('webhook-secret', 'at least 16 characters when --webhook-url is given');
  return urls.map((url) => ({ url: urlOf('webhook-url', url)!, secret }));
}
