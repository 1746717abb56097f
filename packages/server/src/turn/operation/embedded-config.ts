import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TurnPart } from '../../config/server-config.js';
import { writePrivateFile } from '../../storage/private-file.js';
import { readTurnConfig, readTurnConfigFile } from '../config/read-turn-config.js';
import type { TurnConfig } from '../config/turn-config.js';
import type { TurnConfigFile } from '../config/turn-config-file.js';

export interface EmbeddedTurnBasis {
  /** The port of everything else, for UDP too. */
  readonly port: number;
  /** The one address that is listened at; undefined: all. */
  readonly host: string | undefined;
  readonly publicUrl: string | undefined;
  /** What the operator says of the relay. */
  readonly part: TurnPart;
  /** Key of the admin port, of the environment. */
  readonly adminKey: string | undefined;
  /** Folder of secrets; null: they live as long as the process. */
  readonly folder: string | null;
}

/** The relay of a server that does other things too: on its port, with a secret of its own, unless the operator wrote otherwise. */
export function embeddedTurnConfig({ port, host, publicUrl, part, folder, adminKey }: EmbeddedTurnBasis): TurnConfig {
  const file = part.file === undefined ? {} : readTurnConfigFile(part.file);
  const written: TurnConfigFile = { ...file, ...part.written };
  const admin = adminKey === undefined ? {} : { admin: { ...written.admin, key: adminKey } };
  const config = readTurnConfig({ ...written, ...admin }, (path) => readFileSync(path, 'utf8'));
  const at = host === undefined || host === '::' || host === '0.0.0.0' ? {} : { address: host };
  const { secrets } = config.credentials;
  return {
    ...config,
    ...(!('listeners' in written) && {
      listeners: [
        { transport: 'udp', port, ...at },
        { transport: 'dtls', port, ...at },
      ],
    }),
    ...(!('realm' in written) && publicUrl !== undefined && { realm: new URL(publicUrl).hostname }),
    credentials: {
      ...config.credentials,
      secrets: secrets.length > 0 ? secrets : [{ secret: ownSecret(folder) }],
    },
    workers: 1, // the relay asks this very process who sits where
  };
}

let processSecret: string | undefined;

/** The secret of the data folder, made at the first start. */
export function ownSecret(folder: string | null): string {
  if (folder === null) return (processSecret ??= randomBytes(32).toString('base64url'));
  const path = join(folder, 'turn.secret');
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const made = randomBytes(32).toString('base64url');
  writePrivateFile(path, `${made}\n`);
  return made;
}
