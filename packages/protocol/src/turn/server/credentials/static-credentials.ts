import type { CryptoProvider } from '../../../core/index.js';
import { type KeyAlgorithm, longTermKey, userhashOf } from '../../../stun/index.js';
import { word } from '../ip-endpoint.js';
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
  /** What is made of a realm and the users, when it is first asked for. There is one realm at a time. */
  private madeFor: string | undefined;
  private readonly keysOf = new Map<StaticUser, Partial<Record<KeyAlgorithm, Uint8Array>>>();
  /** By the first four bytes of their hashes. */
  private byHash: Map<number, readonly { readonly hash: Uint8Array; readonly username: string }[]> | undefined;

  constructor(
    users: Iterable<StaticUser>,
    private readonly crypto: CryptoProvider,
  ) {
    this.replace(users);
  }

  replace(users: Iterable<StaticUser>): void {
    this.byName = new Map([...users].map((user) => [user.username, user]));
    this.forget();
  }

  private forget(): void {
    this.byHash = undefined;
    this.keysOf.clear();
  }

  lookup(query: CredentialQuery): Credential | CredentialRefusal {
    if (query.realm !== this.madeFor) {
      this.madeFor = query.realm;
      this.forget();
    }
    const username = query.username ?? this.nameOf(query);
    const user = username === undefined ? undefined : this.byName.get(username);
    const key = user && this.keyOf(user, query);
    if (!user || !key) return 'unknown-user';
    return { type: 'granted', username: user.username, keys: [key], group: user.group ?? user.username, remainingS: undefined };
  }

  private nameOf({ userhash, realm }: CredentialQuery): string | undefined {
    if (!userhash) return undefined;
    this.byHash ??= this.hashes(realm);
    return this.byHash.get(word(userhash, 0))?.find(({ hash }) => isSame(hash, userhash))?.username;
  }

  private hashes(realm: string): NonNullable<StaticCredentials['byHash']> {
    const byHash = new Map<number, { readonly hash: Uint8Array; readonly username: string }[]>();
    for (const username of this.byName.keys()) {
      const hash = userhashOf(username, realm, this.crypto);
      const others = byHash.get(word(hash, 0));
      if (others) others.push({ hash, username });
      else byHash.set(word(hash, 0), [{ hash, username }]);
    }
    return byHash;
  }

  private keyOf(user: StaticUser, { algorithm, realm }: CredentialQuery): Uint8Array | undefined {
    const { username, password, keys } = user;
    if (keys?.[algorithm]) return keys[algorithm];
    if (password === undefined) return undefined;
    let made = this.keysOf.get(user);
    if (!made) this.keysOf.set(user, (made = {}));
    made[algorithm] ??= longTermKey(algorithm, username, realm, password, this.crypto);
    return made[algorithm];
  }
}

/** Names are no secrets: the comparison may end early. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
