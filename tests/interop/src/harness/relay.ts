// A relay of ours for tests, as `maru turn` runs it, in this process.
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TurnConfigFile } from '@maru/server/turn';
import { type RunningTurn, startTurn } from '@maru/server/turn/start';
import { freePorts } from './free-ports.js';

export const RELAY_USER = { username: 'ada', password: 'analytical engine' } as const;

/** An address of this machine that browsers gather at; loopback where there is no other. */
export function machineAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

export interface RelayPorts {
  /** UDP and TCP. */
  readonly plain: number;
  /** DTLS and TLS. */
  readonly secure: number;
  /** Free, for peers. */
  readonly peer: number;
}

/** A relay with every transport at `addresses`, relaying from the first of each family, open to peers at `addresses` and to no others. */
export class TestRelay {
  private constructor(
    readonly running: RunningTurn,
    readonly ports: RelayPorts,
    private readonly folder: string,
  ) {}

  /** `alternate` is a second address, for behaviour discovery (RFC 5780). */
  static async start(addresses: readonly string[], alternate?: string): Promise<TestRelay> {
    const [plain, secure, peer, second] = await freePorts(4);
    const ports = { plain: plain!, secure: secure!, peer: peer! };
    const folder = mkdtempSync(join(tmpdir(), 'maru-relay-'));
    const ends = addresses.map((address) => (address.includes(':') ? `[${address}]` : address));
    const listeners = ends.flatMap((end) => [
      `udp:${end}:${ports.plain}`,
      `tcp:${end}:${ports.plain}`,
      `dtls:${end}:${ports.secure}`,
      `tls:${end}:${ports.secure}`,
    ]);
    const overrides: TurnConfigFile = {
      listeners,
      realm: 'test',
      credentials: { users: [{ ...RELAY_USER }] },
      relay: { addresses: firstOfEachFamily(addresses) },
      policy: { allowEndpoints: ends.map((end) => `${end}:*`) },
      quotas: { allocationsPerUser: 1_000, allocationsPerAddress: 1_000, bitsPerSecondPerAllocation: 0 },
      ...(alternate === undefined ? {} : { alternate: `${alternate}:${second}` }),
    };
    const options = {
      configFile: undefined,
      overrides,
      secrets: [],
      adminKey: undefined,
      hasAdmin: false,
      folder,
      webFolder: null,
    };
    return new TestRelay(await startTurn(options), ports, folder);
  }

  /** Of the key in its certificate: what Chromium is told to trust. */
  get keyHash(): string {
    const { publicKey } = new X509Certificate(readFileSync(join(this.folder, 'tls/server.crt')));
    return createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64');
  }

  async end(): Promise<void> {
    await this.running.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function firstOfEachFamily(addresses: readonly string[]): string[] {
  const isIpv6 = (address: string): boolean => address.includes(':');
  return [false, true].flatMap((wanted) => addresses.find((address) => isIpv6(address) === wanted) ?? []);
}
