import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIN_KEY_CHARS } from '../http/api-keys.js';
import { writePrivateFile } from '../storage/private-file.js';
import { ConfigError } from './config-error.js';

/** The keys that a server works with, and where people find the one that was made for them. */
export interface Secrets {
  readonly apiKeys: readonly string[];
  /** File with the key that was made at the first start; undefined when the operator set keys. */
  readonly apiKeyFile: string | undefined;
  /** What tokens and resume keys are signed with. */
  readonly signingSecret: Uint8Array;
}

/** Reads the secrets of the data folder, or makes them at the first start. Without a folder they live as long as the process. */
export function loadSecrets(dataFolder: string | null, configuredKeys: readonly string[]): Secrets {
  for (const key of configuredKeys) requireStrong(key);
  if (dataFolder === null) {
    return {
      apiKeys: configuredKeys.length > 0 ? configuredKeys : [newKey()],
      apiKeyFile: undefined,
      signingSecret: randomBytes(32),
    };
  }
  const signingSecret = Buffer.from(
    readOrMake(join(dataFolder, 'signing.key'), () => randomBytes(32).toString('base64url')),
    'base64url',
  );
  if (signingSecret.length < 32)
    throw new ConfigError(`The file ${join(dataFolder, 'signing.key')} is damaged; delete it, and everybody joins anew.`);
  if (configuredKeys.length > 0) return { apiKeys: configuredKeys, apiKeyFile: undefined, signingSecret };
  const apiKeyFile = join(dataFolder, 'api.key');
  const apiKey = readOrMake(apiKeyFile, newKey);
  requireStrong(apiKey);
  return { apiKeys: [apiKey], apiKeyFile, signingSecret };
}

const newKey = (): string => `maru_${randomBytes(24).toString('base64url')}`;

function readOrMake(path: string, make: () => string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const made = make();
  writePrivateFile(path, `${made}\n`);
  return made;
}

/** Refuses keys that can be guessed (S-82). */
function requireStrong(key: string): void {
  if (key.length < MIN_KEY_CHARS || new Set(key).size < 10 || !/^[\x21-\x7e]+$/.test(key)) {
    throw new ConfigError(
      `An API key must be at least ${MIN_KEY_CHARS} visible characters that nobody can guess. Make one with: openssl rand -base64 32`,
    );
  }
}
