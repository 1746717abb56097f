import { nodeCrypto } from '@maru/node';
import {
  AccessTokenCredentials,
  CredentialChain,
  type CredentialSource,
  DEFAULT_LIMITS,
  type StaticUser as KnownUser,
  PeerPolicy,
  PeerPolicyError,
  SharedSecretCredentials,
  StaticCredentials,
  type TurnLimits,
  type TurnServerSettings,
  type WallClock,
} from '@maru/protocol/turn/server';
import { ConfigError } from '../../config/config-error.js';
import type { StaticUser, TurnConfig, TurnCredentialConfig, TurnQuotaConfig } from '../config/turn-config.js';
import { SeatCredentials } from '../credentials/seat-credentials.js';
import { externalOf, relayAddresses } from './addresses.js';

export interface SettingsWorld {
  readonly wallClock: WallClock;
  /** Addresses of this machine, loopback left out. */
  readonly ownAddresses: readonly string[];
  /** Keys of nonces and mobility tickets, which several workers share. */
  readonly secret?: Uint8Array | undefined;
  /** Whether somebody sits in a session of the server that the relay is part of; absent: it stands alone. */
  readonly isSeated?: ((connection: string) => boolean) | undefined;
}

/** What the operator wrote, as the core wants it. Throws a {@link ConfigError} that names what is wrong. */
export function turnSettings(config: TurnConfig, world: SettingsWorld): TurnServerSettings {
  const { lifetimes, relay } = config;
  return {
    realm: config.realm,
    credentials: credentialsOf(config, world),
    peerPolicy: peerPolicyOf(config, world.ownAddresses),
    relayAddresses: relayAddresses(config, world.ownAddresses),
    limits: config.stunOnly ? { ...limitsOf(config.quotas), allocations: 0 } : limitsOf(config.quotas),
    defaultLifetimeS: lifetimes.defaultSeconds,
    maxLifetimeS: lifetimes.maxSeconds,
    nonceLifetimeS: lifetimes.nonceSeconds,
    relayTransports: relay.tcp ? ['udp', 'tcp'] : ['udp'],
    allowsMobility: config.mobility,
    relayToRelay: relay.hairpin ? 'hairpin' : 'deny',
    behaviourDiscovery: config.alternate !== undefined,
    thirdPartyAuthorization: config.credentials.tokenKeys.length > 0 ? tokenServerOf(config) : undefined,
    alternateServer: config.drainTo,
    secret: world.secret,
  };
}

/** The secrets that still count at `nowS`, newest first. */
export const currentSecrets = ({ secrets }: TurnCredentialConfig, nowS: number): string[] =>
  secrets.filter(({ untilMs }) => untilMs === undefined || untilMs > 1_000 * nowS).map(({ secret }) => secret);

const tokenServerOf = ({ credentials, realm }: TurnConfig): string => credentials.tokenServerName ?? realm;

function credentialsOf(config: TurnConfig, { wallClock, isSeated }: SettingsWorld): CredentialSource {
  const { credentials } = config;
  const { maxTtlSeconds: maxTtlS, graceSeconds: graceS, separator, users } = credentials;
  const nowS = wallClock.unixSeconds();
  const secrets = currentSecrets(credentials, nowS);
  const tokenKeys = credentials.tokenKeys
    .filter(({ fromMs = 0, untilMs = Number.POSITIVE_INFINITY }) => fromMs <= 1_000 * nowS && untilMs > 1_000 * nowS)
    .map(({ id, key, algorithm }) => ({ id, key: tokenKeyBytes(key, algorithm) }));
  const others = new CredentialChain([
    ...(users.length > 0 ? [new StaticCredentials(users.map(staticUserOf), nodeCrypto)] : []),
    ...(secrets.length > 0 ? [new SharedSecretCredentials({ secrets, maxTtlS, graceS, separator }, wallClock, nodeCrypto)] : []),
    ...(tokenKeys.length > 0 ? [new AccessTokenCredentials(tokenKeys, tokenServerOf(config), wallClock, nodeCrypto)] : []),
  ]);
  return isSeated ? new SeatCredentials({ secrets, graceS, separator, wallClock, isSeated, others }) : others;
}

function staticUserOf(user: StaticUser): KnownUser {
  if ('password' in user) return user;
  const key = new Uint8Array(Buffer.from(user.key, 'hex'));
  return { username: user.username, keys: key.length === 16 ? { md5: key } : { 'sha-256': key } };
}

function tokenKeyBytes(text: string, algorithm: 'A256GCM' | 'A128GCM'): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  const expected = algorithm === 'A128GCM' ? 16 : 32;
  if (bytes.length !== expected)
    throw new ConfigError(
      `A key of credentials.tokenKeys for ${algorithm} must be ${expected} bytes in base64, not ${bytes.length}.`,
    );
  return bytes;
}

function limitsOf(quotas: TurnQuotaConfig): TurnLimits {
  const bound = (value: number): number => (value === 0 ? Number.POSITIVE_INFINITY : value);
  return {
    ...DEFAULT_LIMITS,
    allocationsPerUser: quotas.allocationsPerUser,
    allocationsPerAddress: quotas.allocationsPerAddress,
    allocations: quotas.allocations,
    reservedShare: quotas.reservedShare,
    permissionsPerAllocation: quotas.permissionsPerAllocation,
    channelsPerAllocation: quotas.channelsPerAllocation,
    connectionsPerAllocation: quotas.connectionsPerAllocation,
    allocationBps: bound(quotas.bitsPerSecondPerAllocation),
    userBps: bound(quotas.bitsPerSecondPerUser),
    bytesPerUser: bound(quotas.bytesPerUserAndMonth),
  };
}

/** Our own addresses are closed whatever the lists say, and so are the ends of our other services (S-05). */
function peerPolicyOf({ policy, externalAddresses }: TurnConfig, ownAddresses: readonly string[]): PeerPolicy {
  const externals = ownAddresses
    .map((address) => externalOf(address, externalAddresses))
    .filter((address) => address !== undefined);
  try {
    return PeerPolicy.of({
      allow: policy.allow,
      deny: policy.deny,
      own: [...ownAddresses, ...externals, ...policy.ownEndpoints],
      allowEndpoints: policy.allowEndpoints,
    });
  } catch (error) {
    if (error instanceof PeerPolicyError)
      throw new ConfigError(`The TURN configuration is not valid: ${error.message}.`, { cause: error });
    throw error;
  }
}
