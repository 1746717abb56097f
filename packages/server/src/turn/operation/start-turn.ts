import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@maru/node/clock';
import { systemRandom } from '@maru/node/random';
import { networkAddresses, tlsNames } from '../../config/addresses.js';
import { ConfigError } from '../../config/config-error.js';
import { type ServerLog, SILENT } from '../../log/log.js';
import { writePrivateFile } from '../../storage/private-file.js';
import { OwnAuthority } from '../../tls/authority.js';
import { CertificateSource } from '../../tls/certificate-source.js';
import { TurnAdmin } from '../admin/turn-admin.js';
import { DEFAULT_ADMIN_LISTEN, readTurnConfig, readTurnConfigFile, secretLines } from '../config/read-turn-config.js';
import { MIN_SECRET_CHARS, type TurnConfig } from '../config/turn-config.js';
import type { TurnConfigFile } from '../config/turn-config-file.js';
import { externalOf, isPrivate } from './addresses.js';
import { ownSecret } from './embedded-config.js';
import { TurnOperation, type TurnWorld } from './turn-operation.js';

/** What the command line and the environment say; the file says the rest. */
export interface StartTurnOptions {
  /** The configuration as people write it; undefined: the defaults. */
  readonly configFile: string | undefined;
  /** Goes over what the file says, part by part. */
  readonly overrides: TurnConfigFile;
  /** Secrets of the environment, newest first. */
  readonly secrets: readonly string[];
  readonly adminKey: string | undefined;
  /** Whether there is an admin port although nobody asked for one: with a key that is made at the first start. */
  readonly hasAdmin: boolean;
  /** Folder of what is kept; null: nothing is. */
  readonly folder: string | null;
  readonly webFolder: string | null;
}

/** A STUN/TURN server that runs alone. */
export interface RunningTurn {
  readonly operation: TurnOperation;
  readonly config: TurnConfig;
  readonly listeners: TurnOperation['listeners'];
  readonly driver: 'native' | 'node';
  /** Addresses that clients may be given, the likeliest to be reached first. */
  readonly addresses: readonly string[];
  /** File of the secret that was made here; undefined: the operator set secrets or users. */
  readonly secretFile: string | undefined;
  readonly admin: { readonly url: string; readonly keyFile: string | undefined } | undefined;
  readonly hasOwnCertificate: boolean;
  /** What the operator should change soon. */
  readonly warnings: readonly string[];
  /** Reads the configuration again; no allocation is dropped. */
  reload(): Promise<{ readonly needsRestart: readonly string[] }>;
  /** Gives no new allocation, waits so long for those that are there, and ends. */
  close(patienceMs?: number): Promise<void>;
}

/** Starts a STUN/TURN server. Rejects with a {@link ConfigError} or the system's error when it cannot listen. */
export async function startTurn(options: StartTurnOptions, given: Partial<TurnWorld> = {}): Promise<RunningTurn> {
  const log: ServerLog = given.log ?? SILENT;
  const world: TurnWorld = {
    clock: systemClock,
    wallClock: () => Date.now(),
    random: systemRandom,
    ownAddresses: () => networkAddresses().map(({ address }) => address),
    ...given,
    log,
  };
  const readAgain = (): TurnConfig => readConfig(options);
  const config = readAgain();
  const certificates = certificatesOf(config, options, world);
  const certificate = await certificates?.load();
  const operation = await TurnOperation.open({ config, readAgain, certificate, folder: options.folder }, world);
  let admin: TurnAdmin | undefined;
  try {
    if (config.admin)
      admin = await TurnAdmin.open({ ...config.admin, webFolder: options.webFolder, certificate }, operation, world);
  } catch (error) {
    await operation.close();
    throw error;
  }
  certificates?.watch((files) => operation.setCertificate(files));
  const isOwnSecret = !hasCredentials(readWritten(options), options.secrets);
  return {
    operation,
    config,
    listeners: operation.listeners,
    driver: operation.driver,
    addresses: reachableAddresses(config, world.ownAddresses()),
    secretFile: isOwnSecret && options.folder !== null ? join(options.folder, 'turn.secret') : undefined,
    admin: admin && { url: admin.url, keyFile: adminKeyFile(options) },
    hasOwnCertificate: certificate !== undefined && config.tls === undefined,
    warnings: warningsOf(config),
    reload: () => operation.reload(),
    async close(patienceMs = 0) {
      certificates?.stop();
      if (patienceMs > 0) await operation.drained(patienceMs);
      await admin?.close();
      await operation.close();
    },
  };
}

function readWritten({ configFile, overrides }: StartTurnOptions): TurnConfigFile {
  if (configFile === undefined) return overrides;
  const written = readTurnConfigFile(configFile);
  const relay = written.relay && overrides.relay ? { relay: { ...written.relay, ...overrides.relay } } : {};
  return { ...written, ...overrides, ...relay };
}

function readConfig(options: StartTurnOptions): TurnConfig {
  const written = readWritten(options);
  const key = adminKey(written, options);
  const admin = key === undefined ? {} : { admin: { listen: DEFAULT_ADMIN_LISTEN, ...written.admin, key } };
  const config = readTurnConfig({ ...written, ...admin }, (path) => readFileSync(path, 'utf8'));
  const extra = secretLines(options.secrets.join('\n'));
  const own = hasCredentials(written, options.secrets) ? [] : [{ secret: ownSecret(options.folder) }];
  return { ...config, credentials: { ...config.credentials, secrets: [...extra, ...config.credentials.secrets, ...own] } };
}

/** Whether the operator named a secret, a user or a token key. */
function hasCredentials({ credentials = {} }: TurnConfigFile, secrets: readonly string[]): boolean {
  const { users = [], tokenKeys = [], secretsFile, secrets: listed = [] } = credentials;
  return secrets.length + listed.length + users.length + tokenKeys.length > 0 || secretsFile !== undefined;
}

/** The key of the admin port: the operator's, or one that the first start makes. */
function adminKey({ admin }: TurnConfigFile, options: StartTurnOptions): string | undefined {
  if (options.adminKey !== undefined) return options.adminKey;
  if (admin?.key !== undefined || admin?.keyFile !== undefined) return admin.key ?? readFileSync(admin.keyFile!, 'utf8').trim();
  const path = options.hasAdmin ? adminKeyFile(options) : undefined;
  if (path === undefined) return undefined;
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const made = randomBytes(32).toString('base64url');
  writePrivateFile(path, `${made}\n`);
  return made;
}

const adminKeyFile = ({ folder, adminKey: given }: StartTurnOptions): string | undefined =>
  folder === null || given !== undefined ? undefined : join(folder, 'turn-admin.key');

/** Only listeners of TLS and DTLS need one, and an admin port that others reach. */
function certificatesOf(
  config: TurnConfig,
  { folder }: StartTurnOptions,
  { clock, wallClock, log }: TurnWorld,
): CertificateSource | undefined {
  const needsOne = config.listeners.some(({ transport }) => transport === 'tls' || transport === 'dtls');
  if (!needsOne && !config.tls) return undefined;
  if (!config.tls && folder === null)
    throw new ConfigError(
      'Listeners of TLS and DTLS need a certificate: set tls.cert and tls.key, or a folder (--data) for one of our own.',
    );
  const authority = new OwnAuthority(join(folder ?? '', 'tls'), wallClock);
  const externals = config.externalAddresses.map(({ external }) => external);
  return new CertificateSource({ clock, log, files: config.tls, authority, names: () => tlsNames(externals) });
}

/** Where clients find it: what the operator said that the world sees, then our own addresses. */
function reachableAddresses(config: TurnConfig, own: readonly string[]): string[] {
  const named = config.listeners.flatMap(({ address }) => (address === undefined ? own : [address]));
  const seen = named.map((address) => externalOf(address, config.externalAddresses) ?? address);
  return [...new Set(seen)].sort((a, b) => Number(isPrivate(a)) - Number(isPrivate(b)));
}

function warningsOf({ credentials }: TurnConfig): string[] {
  const weak = credentials.secrets.filter(({ secret }) => secret.length < MIN_SECRET_CHARS).length;
  if (weak === 0) return [];
  return [
    `${weak === 1 ? 'A secret has' : `${weak} secrets have`} fewer than ${MIN_SECRET_CHARS} characters: whoever holds one credential can find it by trying. Rotate it (docs/guides/turn.md).`,
  ];
}
