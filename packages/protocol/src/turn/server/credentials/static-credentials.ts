import { formatHex } from '../../../bytes/index.js';
import type { CryptoProvider } from '../../../core/index.js';
import { type KeyAlgorithm, longTermKey, userhashOf } from '../../../stun/index.js';
import type { Credential, CredentialQuery, CredentialRefusal, CredentialSource } from './credential-source.js';

/** A user of a list. */
export interface StaticUser {
  readonly username: string;
  /** A password, or keys made of one: with keys alone, a client that chooses another algorithm is refused. */
  readonly password?: string;
  readonly keys?: Partial<Record<KeyAlgorithm, Uint8Array>>;
  /** Whose quota; the username if absent. */
  readonly group?: string;
}

/** A list of users, held in memory. `replace` takes another list at any time. */
export class StaticCredentials implements CredentialSource {
  readonly knowsUserhashes = true;
  private byName = new Map<string, StaticUser>();
  /** Made when first asked for: by realm, since the hash covers it. */
  private readonly nameByHash = new Map<string, Map<string, string>>();
  private readonly keys = new Map<string, Uint8Array>();

  constructor(
    users: Iterable<StaticUser>,
    private readonly crypto: CryptoProvider,
  ) {
    this.replace(users);
  }

  replace(users: Iterable<StaticUser>): void {
    this.byName = new Map([...users].map((user) => [user.username, user]));
    this.nameByHash.clear();
    this.keys.clear();
  }

  lookup(query: CredentialQuery): Credential | CredentialRefusal {
    const username = query.username ?? this.nameOf(query);
    const user = username === undefined ? undefined : this.byName.get(username);
    const key = user && this.keyOf(user, query);
    if (!user || !key) return 'unknown-user';
    return { type: 'granted', username: user.username, keys: [key], group: user.group ?? user.username, remainingS: undefined };
  }

  private nameOf({ userhash, realm }: CredentialQuery): string | undefined {
    if (!userhash) return undefined;
    let names = this.nameByHash.get(realm);
    if (!names) {
      names = new Map([...this.byName.keys()].map((name) => [formatHex(userhashOf(name, realm, this.crypto)), name]));
      this.nameByHash.clear(); // there is one realm at a time
      this.nameByHash.set(realm, names);
    }
    return names.get(formatHex(userhash));
  }

  private keyOf({ username, password, keys }: StaticUser, { algorithm, realm }: CredentialQuery): Uint8Array | undefined {
    if (keys?.[algorithm]) return keys[algorithm];
    if (password === undefined) return undefined;
    const name = `${algorithm}\n${realm}\n${username}`;
    let key = this.keys.get(name);
    if (!key) {
      key = longTermKey(algorithm, username, realm, password, this.crypto);
      this.keys.set(name, key);
    }
    return key;
  }
}
