import type { Socket } from 'node:net';
import type { AllocationSnapshot, GroupUsage, TurnServerSettings, TurnStatistics } from '@maru/protocol/turn/server';
import type { TlsFiles } from '../../tls/authority.js';
import type { TurnConfig } from '../config/turn-config.js';
import { turnCertificate } from '../service/certificate.js';
import type { TurnEngine } from '../service/turn-engine.js';
import type { BoundListener } from './addresses.js';

/** What is true now of everything that relays. */
export interface EngineSnapshot {
  readonly allocations: readonly AllocationSnapshot[];
  readonly statistics: TurnStatistics;
  readonly users: readonly GroupUsage[];
  /** Datagrams and messages that could not be handed on. */
  readonly lost: { readonly datagrams: number; readonly streamMessages: number };
  /** The clock of instants in the snapshot. */
  readonly now: number;
}

/** One engine or several, as operation needs them. */
export interface TurnEngines {
  readonly bound: readonly BoundListener[];
  readonly driver: 'native' | 'node';
  accept(socket: Socket, transport: 'tcp' | 'tls'): void;
  /** A chain and its key, PEM, for handshakes from now on. */
  setCertificate(files: TlsFiles): void;
  /** `settings` are made of `config`; other threads make them themselves. */
  reconfigure(settings: TurnServerSettings, config: TurnConfig): Promise<void>;
  snapshot(): Promise<EngineSnapshot>;
  /** Ends one allocation; false when there is none of this id. */
  end(id: number): Promise<boolean>;
  /** Ends what a group has; how many that were. */
  revoke(group: string): Promise<number>;
  startDraining(): void;
  stopDraining(): void;
  resetUsage(): void;
  /** Lets bytes count against the bound of a user that were relayed before this run. */
  restoreUsage(group: string, bytes: number): void;
  close(): void;
}

/** The one engine of this thread. */
export class LocalEngines implements TurnEngines {
  constructor(
    private readonly engine: TurnEngine,
    private readonly now: () => number,
  ) {}

  get bound(): readonly BoundListener[] {
    return this.engine.bound;
  }

  get driver(): 'native' | 'node' {
    return this.engine.driver;
  }

  accept(socket: Socket, transport: 'tcp' | 'tls'): void {
    this.engine.accept(socket, transport);
  }

  setCertificate(files: TlsFiles): void {
    this.engine.setCertificate(turnCertificate(files));
  }

  async reconfigure(settings: TurnServerSettings): Promise<void> {
    this.engine.input((now) => this.engine.server.reconfigure(now, settings));
  }

  async snapshot(): Promise<EngineSnapshot> {
    const { server, lost } = this.engine;
    return {
      allocations: [...server.allocations()],
      statistics: server.statistics,
      users: [...server.usersUsage()],
      lost,
      now: this.now(),
    };
  }

  async end(id: number): Promise<boolean> {
    return this.engine.input((now) => this.engine.server.end(now, id));
  }

  async revoke(group: string): Promise<number> {
    return this.engine.input((now) => this.engine.server.revoke(now, group));
  }

  startDraining(): void {
    this.engine.input(() => this.engine.server.startDraining());
  }

  stopDraining(): void {
    this.engine.server.stopDraining();
  }

  resetUsage(): void {
    this.engine.server.resetUsage();
  }

  restoreUsage(group: string, bytes: number): void {
    this.engine.input((now) => this.engine.server.restoreUsage(now, group, bytes));
  }

  close(): void {
    this.engine.close();
  }
}
