import type { TurnConfigFile } from '../config/turn-config-file.js';

type Credentials = NonNullable<TurnConfigFile['credentials']>;
type Writable<Part> = { -readonly [Key in keyof Part]: Part[Key] };

/** What the lines of a turnserver.conf have said so far, in coturn's own terms where several lines make one thing here. */
export class CoturnDraft {
  port = 3478;
  tlsPort = 5349;
  readonly addresses: string[] = [];
  readonly extraEnds: string[] = [];
  readonly off = new Set<'udp' | 'tcp' | 'tls' | 'dtls'>();
  altPort = 0;
  hasBehaviourDiscovery = true;
  readonly externals: string[] = [];
  readonly relayAddresses: string[] = [];
  minPort = 49_152;
  maxPort = 65_535;
  readonly secrets: string[] = [];
  readonly users: NonNullable<Credentials['users']> = [];
  isAnonymous = false;
  certFile: string | undefined;
  keyFile: string | undefined;
  readonly allow: string[] = [];
  readonly deny: string[] = [];
  /** What stands here as it is. */
  readonly rest: Writable<TurnConfigFile> = {};
  readonly quotas: Writable<NonNullable<TurnConfigFile['quotas']>> = {};
  readonly lifetimes: Writable<NonNullable<TurnConfigFile['lifetimes']>> = {};
  readonly credentials: Writable<Credentials> = {};
  readonly relay: Writable<NonNullable<TurnConfigFile['relay']>> = {};

  /** The configuration that does here what the file did there. */
  toConfigFile(): TurnConfigFile {
    const alternate = this.alternate();
    const credentials = {
      ...(this.secrets.length > 0 && { secrets: this.secrets }),
      ...(this.users.length > 0 && { users: this.users }),
      ...this.credentials,
    };
    const relay = {
      ...(this.relayAddresses.length > 0 && { addresses: this.relayAddresses }),
      ports: `${this.minPort}-${this.maxPort}`,
      ...this.relay,
    };
    const policy = {
      ...(this.allow.length > 0 && { allow: this.allow }),
      ...(this.deny.length > 0 && { deny: this.deny }),
    };
    return {
      listeners: this.listeners(),
      ...(this.externals.length > 0 && { externalAddresses: this.externals }),
      ...(alternate !== undefined && { alternate }),
      relay,
      ...some('credentials', credentials),
      ...some('quotas', this.quotas),
      ...some('policy', policy),
      ...some('lifetimes', this.lifetimes),
      ...(this.certFile !== undefined && this.keyFile !== undefined && { tls: { cert: this.certFile, key: this.keyFile } }),
      ...this.rest,
    };
  }

  /** UDP and TCP at the one port, TLS and DTLS at the other, each at every address; without a certificate coturn has no TLS, and here is one. */
  private listeners(): string[] {
    const on = (names: readonly ('udp' | 'tcp' | 'tls' | 'dtls')[]) => names.filter((name) => !this.off.has(name));
    const ends = (port: number): string[] =>
      this.addresses.length === 0 ? [`${port}`] : this.addresses.map((address) => `${bracketed(address)}:${port}`);
    const plain = on(['udp', 'tcp']);
    return [
      ...plain.flatMap((name) => ends(this.port).map((end) => `${name}:${end}`)),
      ...on(['tls', 'dtls']).flatMap((name) => ends(this.tlsPort).map((end) => `${name}:${end}`)),
      ...plain.flatMap((name) => this.extraEnds.map((end) => `${name}:${end}`)),
    ];
  }

  /** coturn offers RFC 5780 when it listens at two addresses of one family. */
  private alternate(): string | undefined {
    const [first, ...others] = this.addresses;
    const second = others.find((address) => address.includes(':') === first?.includes(':'));
    if (!this.hasBehaviourDiscovery || second === undefined || this.off.has('udp')) return undefined;
    return `${bracketed(second)}:${this.altPort || this.port + 1}`;
  }
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

const some = <Key extends string, Value extends object>(key: Key, value: Value): { [K in Key]?: Value } =>
  (Object.keys(value).length > 0 ? { [key]: value } : {}) as { [K in Key]?: Value };
