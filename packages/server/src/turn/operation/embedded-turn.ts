import { lookup } from 'node:dns/promises';
import type { Socket } from 'node:net';
import { errorFields } from '../../log/log.js';
import type { TlsFiles } from '../../tls/authority.js';
import type { TurnAdmin } from '../admin/turn-admin.js';
import type { TurnConfig } from '../config/turn-config.js';
import type { RelayIssuer, RelayPort } from '../credentials/ice-servers.js';
import { seatUser } from '../credentials/seat-user.js';
import { isPrivate } from './addresses.js';
import { type EmbeddedTurnBasis, embeddedTurnConfig } from './embedded-config.js';
import { turnMetrics } from './metrics.js';
import { TurnOperation, type TurnWorld } from './turn-operation.js';

export interface EmbeddedTurnOptions extends EmbeddedTurnBasis {
  readonly certificate: TlsFiles;
  /** Whether browsers know who vouches for the certificate. */
  readonly isCertificateKnown: boolean;
  /** Folder of the built web app, which has the admin page; null: none. */
  readonly webFolder: string | null;
  readonly isSeated: (connection: string) => boolean;
}

/** The STUN/TURN server inside of a server that does other things too. */
export class EmbeddedTurn implements RelayIssuer {
  private foundExternal: TurnConfig['externalAddresses'] = [];

  /** Set by {@link open}, the only way to make one. */
  operation!: TurnOperation;
  private admin: TurnAdmin | undefined;

  private ownServices: readonly string[] = [];

  private constructor(
    private readonly options: EmbeddedTurnOptions,
    private readonly world: TurnWorld,
  ) {}

  static async open(options: EmbeddedTurnOptions, world: TurnWorld): Promise<EmbeddedTurn> {
    const turn = new EmbeddedTurn(options, world);
    const { certificate, folder, isSeated, webFolder } = options;
    const config = turn.readConfig();
    const readAgain = () => turn.readConfig();
    turn.operation = await TurnOperation.open({ config, readAgain, certificate, folder, isSeated }, world);
    if (config.admin) {
      const { TurnAdmin } = await import('../admin/turn-admin.js');
      turn.admin = await TurnAdmin.open({ ...config.admin, webFolder, certificate }, turn.operation, world);
    }
    void turn.findExternal();
    return turn;
  }

  get adminUrl(): string | undefined {
    return this.admin?.url;
  }

  /** UDP first, for it is quickest; TLS where browsers trust the certificate. */
  get ports(): readonly RelayPort[] {
    const { port, isCertificateKnown } = this.options;
    const listeners = this.operation.settled.listeners;
    const streams: RelayPort[] = [
      { transport: 'tcp', port },
      ...(isCertificateKnown ? [{ transport: 'tls', port } as const] : []),
    ];
    const own = listeners.filter(({ transport }) => transport !== 'dtls' && (transport !== 'tls' || isCertificateKnown));
    const seen = new Set<string>();
    return [...own, ...streams].filter(({ transport, port: number }) => {
      const isNew = !seen.has(`${transport} ${number}`);
      seen.add(`${transport} ${number}`);
      return isNew;
    });
  }

  issue: RelayIssuer['issue'] = (user, ttlSeconds) => this.operation.issue(user, ttlSeconds);

  accept = (socket: Socket, transport: 'tcp' | 'tls'): void => this.operation.accept(socket, transport);

  /** Whoever has left relays no more. */
  seatEnded(connection: string): void {
    void this.operation.revoke(seatUser(connection));
  }

  async metrics(): Promise<string> {
    return turnMetrics(await this.operation.state());
  }

  async close(): Promise<void> {
    await this.admin?.close();
    await this.operation.close();
  }

  /** Opens the way to services of this very machine that clients may only reach through the relay: the media server. */
  async allowEndpoints(endpoints: readonly string[]): Promise<void> {
    this.ownServices = endpoints;
    await this.operation.reload();
  }

  private readConfig(): TurnConfig {
    const read = embeddedTurnConfig(this.options);
    const { policy } = read;
    const config = { ...read, policy: { ...policy, allowEndpoints: [...policy.allowEndpoints, ...this.ownServices] } };
    return config.externalAddresses.length > 0 ? config : { ...config, externalAddresses: this.foundExternal };
  }

  /** Behind a 1:1 NAT, as clouds have it, the public name says which address the world sees. */
  private async findExternal(): Promise<void> {
    const { publicUrl } = this.options;
    const own = this.world.ownAddresses();
    if (publicUrl === undefined || this.operation.settled.externalAddresses.length > 0 || !own.every(isPrivate)) return;
    try {
      const found = await lookup(new URL(publicUrl).hostname.replace(/^\[|\]$/g, ''), { all: true });
      this.foundExternal = found
        .filter(({ address }) => !own.includes(address) && !isPrivate(address))
        .slice(0, 2)
        .map(({ address }) => ({ external: address }));
      if (this.foundExternal.length > 0) await this.operation.reload();
    } catch (error) {
      this.world.log.warn('turn/public-name-not-found', errorFields(error));
    }
  }
}
