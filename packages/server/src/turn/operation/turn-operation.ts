import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { driver } from '@maru/node';
import type { Clock, RandomSource } from '@maru/protocol/core';
import type { TurnServerEvent, TurnServerSettings } from '@maru/protocol/turn/server';
import type { ServerLog } from '../../log/log.js';
import { errorFields } from '../../log/log.js';
import type { TlsFiles } from '../../tls/authority.js';
import type { TurnConfig } from '../config/turn-config.js';
import { type TimeLimitedCredential, timeLimitedCredential } from '../credentials/time-limited.js';
import { turnCertificate } from '../service/certificate.js';
import { TurnEngine } from '../service/turn-engine.js';
import { WorkerEngines } from '../service/worker-engines.js';
import { type BoundListener, boundListeners } from './addresses.js';
import { MonthLedger } from './month-ledger.js';
import { type Refusal, RefusalLog } from './refusal-log.js';
import { type EngineSnapshot, LocalEngines, type TurnEngines } from './turn-engines.js';
import { currentSecrets, turnSettings } from './turn-settings.js';

export interface TurnWorld {
  readonly clock: Clock;
  readonly wallClock: () => number;
  readonly random: RandomSource;
  readonly log: ServerLog;
  /** The addresses of this machine that others may know, loopback left out. */
  readonly ownAddresses: () => readonly string[];
}

export interface TurnOperationOptions {
  readonly config: TurnConfig;
  /** Reads the configuration again; throws when it is wrong. */
  readonly readAgain: () => TurnConfig;
  /** For listeners of TLS and DTLS. */
  readonly certificate?: TlsFiles | undefined;
  /** Folder of what is kept; null: nothing is. */
  readonly folder: string | null;
  /** Whether somebody sits in a session of the server that the relay is part of; absent: it stands alone. */
  readonly isSeated?: ((connection: string) => boolean) | undefined;
  readonly driver?: 'native' | 'node';
}

/** All that is true of the relay at a moment. */
export interface TurnState extends EngineSnapshot {
  readonly config: TurnConfig;
  readonly driver: 'native' | 'node';
  readonly isDraining: boolean;
  readonly startedAtMs: number;
  readonly wallNowMs: number;
  readonly listeners: readonly BoundListener[];
  readonly refusals: readonly Refusal[];
  readonly monthBytes: ReadonlyMap<string, number>;
}

/** How often it is looked whether a secret has ended, an address has changed, a month has begun. */
const LOOK_MS = 30_000;

/** The STUN/TURN server in operation: its configuration, what it counts, and how it is told to change. */
export class TurnOperation {
  private readonly refusals = new RefusalLog();
  private readonly startedAtMs: number;
  private readonly secret: Uint8Array;
  private cancelLook = (): void => {};
  private isDraining = false;
  private hasEnded = false;
  private appliedFor = '';
  private engines!: TurnEngines;
  private config: TurnConfig;
  private readonly ledger: MonthLedger;

  private constructor(
    private readonly options: TurnOperationOptions,
    private readonly world: TurnWorld,
  ) {
    this.config = options.config;
    this.startedAtMs = world.wallClock();
    this.secret = new Uint8Array(32);
    world.random.fill(this.secret);
    const { folder } = options;
    this.ledger = new MonthLedger(folder === null ? null : join(folder, 'turn-month.json'), this.startedAtMs);
  }

  /** Opens every listener. Rejects, with nothing left open, when one cannot be had or the configuration is wrong. */
  static async open(options: TurnOperationOptions, world: TurnWorld): Promise<TurnOperation> {
    const operation = new TurnOperation(options, world);
    await operation.start();
    return operation;
  }

  private async start(): Promise<void> {
    const { world } = this;
    this.engines = await this.openEngines();
    for (const [user, bytes] of this.ledger.kept) this.engines.restoreUsage(user, bytes);
    this.planLook();
    const { driver, bound } = this.engines;
    world.log.info('turn/listening', { driver, ports: [...new Set(bound.map(({ transport, port }) => `${transport}:${port}`))] });
  }

  /** One engine, or one in each of several threads. */
  private async openEngines(): Promise<TurnEngines> {
    const { options, world, config } = this;
    const { clock, random, log, ownAddresses } = world;
    const engineWorld = { clock, random, log, onEvent: (event: TurnServerEvent) => this.onEvent(event) };
    const listeners = boundListeners(config, ownAddresses());
    const { certificate } = options;
    const settings = this.settings();
    const count = this.threads;
    if (count > 1)
      return WorkerEngines.open(
        { count, config, settings, listeners, certificate, ownAddresses, secret: this.secret },
        engineWorld,
      );
    const engine = await TurnEngine.open(
      {
        settings,
        listeners,
        certificate: certificate && turnCertificate(certificate),
        ...(options.driver && { driver: options.driver }),
      },
      engineWorld,
    );
    return new LocalEngines(engine, () => clock.now());
  }

  /** How many threads relay. Threads share ports by @maru/native alone, and one port for all relays is one thread's. */
  private get threads(): number {
    const { relay, workers } = this.config;
    const wanted = workers === 0 ? availableParallelism() : workers;
    const mayBeMore = (this.options.driver ?? driver.name) === 'native' && !('single' in relay.ports) && !this.options.isSeated;
    if (wanted > 1 && !mayBeMore) this.world.log.warn('turn/one-thread', { wanted });
    return mayBeMore ? wanted : 1;
  }

  get listeners(): readonly BoundListener[] {
    return this.engines.bound;
  }

  get driver(): 'native' | 'node' {
    return this.engines.driver;
  }

  get settled(): TurnConfig {
    return this.config;
  }

  /** A connection that another port accepted. */
  accept: TurnEngines['accept'] = (socket, transport) => this.engines.accept(socket, transport);

  setCertificate(certificate: TlsFiles): void {
    this.engines.setCertificate(certificate);
  }

  /** A credential for `user`, signed with the newest secret; undefined when there is no secret. */
  issue(user: string, ttlSeconds: number): TimeLimitedCredential | undefined {
    const wallNowMs = this.world.wallClock();
    const { credentials } = this.config;
    const [secret] = currentSecrets(credentials, wallNowMs / 1_000);
    if (secret === undefined) return undefined;
    const ttl = Math.min(ttlSeconds, credentials.maxTtlSeconds);
    return timeLimitedCredential({ secret, user, ttlSeconds: ttl, wallNowMs, separator: credentials.separator });
  }

  /** Reads the configuration again and lives by it; what cannot change without a restart is named. Throws, and changes nothing, when it is wrong. */
  async reload(): Promise<{ readonly needsRestart: readonly string[] }> {
    const next = this.options.readAgain();
    const before = this.config;
    this.config = next;
    try {
      await this.apply();
    } catch (error) {
      this.config = before;
      throw error;
    }
    const fixed = ['listeners', 'alternate', 'workers', 'admin'] as const;
    const needsRestart = fixed.filter((part) => JSON.stringify(before[part]) !== JSON.stringify(next[part]));
    this.world.log.info('turn/reloaded', { needsRestart });
    return { needsRestart };
  }

  end(id: number): Promise<boolean> {
    return this.engines.end(id);
  }

  revoke(user: string): Promise<number> {
    return this.engines.revoke(user);
  }

  setDraining(isDraining: boolean): void {
    if (isDraining === this.isDraining) return;
    this.isDraining = isDraining;
    if (isDraining) this.engines.startDraining();
    else this.engines.stopDraining();
    this.world.log.info(isDraining ? 'turn/draining' : 'turn/draining-stopped');
  }

  /** Resolves when the last allocation is gone, or `patienceMs` have passed. */
  async drained(patienceMs: number): Promise<void> {
    this.setDraining(true);
    const { clock } = this.world;
    const until = clock.now() + patienceMs;
    while (clock.now() < until && (await this.engines.snapshot()).allocations.length > 0)
      await new Promise<void>((next) => clock.schedule(clock.now() + DRAIN_LOOK_MS, next));
  }

  async state(): Promise<TurnState> {
    const snapshot = await this.engines.snapshot();
    return {
      ...snapshot,
      config: this.config,
      driver: this.driver,
      isDraining: this.isDraining,
      startedAtMs: this.startedAtMs,
      wallNowMs: this.world.wallClock(),
      listeners: this.listeners,
      refusals: this.refusals.latest,
      monthBytes: this.ledger.totals(snapshot.allocations),
    };
  }

  async close(): Promise<void> {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.cancelLook();
    this.ledger.save((await this.engines.snapshot()).allocations);
    this.engines.close();
  }

  private settings(): TurnServerSettings {
    const { world, options, secret } = this;
    const wallClock = { unixSeconds: () => Math.floor(world.wallClock() / 1_000) };
    const ownAddresses = world.ownAddresses();
    this.appliedFor = this.fingerprint();
    return turnSettings(this.config, { wallClock, ownAddresses, secret, isSeated: options.isSeated });
  }

  private async apply(): Promise<void> {
    await this.engines.reconfigure(this.settings(), this.config);
  }

  /** Changes when the settings should, although the configuration did not. */
  private fingerprint(): string {
    const nowMs = this.world.wallClock();
    const { credentials } = this.config;
    const keys = credentials.tokenKeys.filter(({ fromMs = 0, untilMs = Infinity }) => fromMs <= nowMs && untilMs > nowMs);
    const count = currentSecrets(credentials, nowMs / 1_000).length;
    return JSON.stringify([count, keys.map(({ id }) => id), this.world.ownAddresses()]);
  }

  private planLook(): void {
    const { clock } = this.world;
    this.cancelLook = clock.schedule(clock.now() + LOOK_MS, () => {
      void this.look().finally(() => this.hasEnded || this.planLook());
    });
  }

  private async look(): Promise<void> {
    try {
      if (this.fingerprint() !== this.appliedFor) await this.apply();
      const { allocations } = await this.engines.snapshot();
      if (this.ledger.turn(this.world.wallClock(), allocations)) this.engines.resetUsage();
      this.ledger.save(allocations);
    } catch (error) {
      this.world.log.warn('turn/look-failed', errorFields(error));
    }
  }

  /** Neither addresses nor names are logged: the admin page shows them to whoever has the key. */
  private onEvent(event: TurnServerEvent): void {
    const { log } = this.world;
    switch (event.type) {
      case 'allocation-created':
        return log.debug('turn/allocated', { id: event.allocation.id, transport: event.allocation.transport });
      case 'allocation-deleted': {
        this.ledger.allocationEnded(event.allocation);
        const { id, sent, received } = event.allocation;
        return log.debug('turn/allocation-ended', { id, end: event.end, bytes: sent.bytes + received.bytes });
      }
      case 'refused':
        this.refusals.add(event, this.world.wallClock());
        return log.debug('turn/refused', { code: event.code, reason: event.reason });
      case 'drained':
        return log.info('turn/drained');
      case 'allocation-refreshed':
      case 'allocation-moved':
        return;
    }
  }
}

const DRAIN_LOOK_MS = 200;
