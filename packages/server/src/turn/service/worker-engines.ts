import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { TurnServerSettings } from '@maru/protocol/turn/server';
import type { TlsFiles } from '../../tls/authority.js';
import type { TurnConfig } from '../config/turn-config.js';
import type { EngineSnapshot, TurnEngines } from '../operation/turn-engines.js';
import { turnCertificate } from './certificate.js';
import type { EngineBirth, EngineOrder, EngineReport, EngineState } from './engine-messages.js';
import { engineOf, SharedIds } from './engine-share.js';
import { mergedStates } from './merged-states.js';
import { type EngineListener, stateOf, TurnEngine, type TurnEngineWorld } from './turn-engine.js';

export interface WorkerEnginesOptions {
  readonly count: number;
  readonly config: TurnConfig;
  readonly settings: TurnServerSettings;
  readonly listeners: readonly EngineListener[];
  readonly certificate: TlsFiles | undefined;
  readonly ownAddresses: () => readonly string[];
  readonly secret: Uint8Array;
}

/**
 * Several engines, a thread each, at the same ports: the kernel deals UDP clients out to them. The first is this thread's, and
 * has those of TCP and TLS besides, whose connections belong together (RFC 6062). Limits of users and addresses hold for each.
 */
export class WorkerEngines implements TurnEngines {
  private constructor(
    private readonly options: WorkerEnginesOptions,
    private readonly engine: TurnEngine,
    private readonly threads: readonly EngineThread[],
    private readonly now: () => number,
  ) {}

  /** Needs @maru/native: without it, one thread alone may have a port. */
  static async open(options: WorkerEnginesOptions, world: TurnEngineWorld): Promise<WorkerEngines> {
    const { count, settings, certificate, config, secret } = options;
    const ids = new SharedIds(0, count);
    const engine = await TurnEngine.open(
      {
        settings,
        listeners: options.listeners,
        certificate: certificate && turnCertificate(certificate),
        sharing: { index: 0, count },
        driver: 'native',
      },
      { ...world, onEvent: (event) => world.onEvent(ids.event(event, 0)) },
    );
    const listeners = engine.bound.filter(({ transport }) => transport === 'udp' || transport === 'dtls');
    const threads: EngineThread[] = [];
    try {
      for (let index = 1; index < count; index++) {
        const birth = { index, count, config, listeners, certificate, ownAddresses: options.ownAddresses(), secret };
        threads.push(await EngineThread.start(birth, world));
      }
    } catch (error) {
      for (const thread of threads) thread.tell({ type: 'close' });
      engine.close();
      throw error;
    }
    return new WorkerEngines(options, engine, threads, () => world.clock.now());
  }

  get bound(): readonly EngineListener[] {
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
    this.tellAll({ type: 'certificate', files });
  }

  async reconfigure(settings: TurnServerSettings, config: TurnConfig): Promise<void> {
    this.engine.reconfigure(settings);
    const ownAddresses = this.options.ownAddresses();
    await Promise.all(this.threads.map((thread) => thread.ask({ type: 'reconfigure', ask: 0, config, ownAddresses })));
  }

  async snapshot(): Promise<EngineSnapshot> {
    const states = await Promise.all(this.threads.map((thread) => thread.look()));
    const now = this.now();
    const own = stateOf(this.engine, now);
    const ids = new SharedIds(0, this.options.count);
    return mergedStates([{ ...own, allocations: own.allocations.map((one) => ids.allocation(one, 0)) }, ...states], now);
  }

  async end(id: number): Promise<boolean> {
    const index = engineOf(id, this.options.count);
    const inner = new SharedIds(index, this.options.count).inner(id);
    if (index === 0) return this.engine.input((now) => this.engine.server.end(now, inner));
    return (await this.threads[index - 1]!.ask({ type: 'end', ask: 0, id: inner })) === true;
  }

  async revoke(group: string): Promise<number> {
    const own = this.engine.input((now) => this.engine.server.revoke(now, group));
    const others = await Promise.all(this.threads.map((thread) => thread.ask({ type: 'revoke', ask: 0, group })));
    return others.reduce<number>((sum, count) => sum + Number(count), own);
  }

  startDraining(): void {
    this.engine.input(() => this.engine.server.startDraining());
    this.tellAll({ type: 'drain', isDraining: true });
  }

  stopDraining(): void {
    this.engine.server.stopDraining();
    this.tellAll({ type: 'drain', isDraining: false });
  }

  /** In each thread: bounds hold in each. */
  restoreUsage(group: string, bytes: number): void {
    this.engine.input((now) => this.engine.server.restoreUsage(now, group, bytes));
    this.tellAll({ type: 'restore-usage', group, bytes });
  }

  resetUsage(): void {
    this.engine.server.resetUsage();
    this.tellAll({ type: 'reset-usage' });
  }

  close(): void {
    this.engine.close();
    this.tellAll({ type: 'close' });
  }

  private tellAll(order: EngineOrder): void {
    for (const thread of this.threads) thread.tell(order);
  }
}

/** The program of a thread, found by its package's name: this file runs compiled, as it is written, or out of a bundle. */
function program(): string {
  return createRequire(import.meta.url).resolve('@maru/server/turn/engine-worker');
}

/** One engine in another thread. */
class EngineThread {
  private readonly waiting = new Map<number, (value: EngineState | boolean | number) => void>();
  private nextAsk = 1;
  private hasEnded = false;

  private constructor(
    private readonly worker: Worker,
    private readonly ids: SharedIds,
    private readonly world: TurnEngineWorld,
  ) {}

  /** Rejects when it cannot listen. */
  static start(birth: EngineBirth, world: TurnEngineWorld): Promise<EngineThread> {
    const worker = new Worker(program(), { workerData: birth, execArgv: [] });
    const thread = new EngineThread(worker, new SharedIds(birth.index, birth.count), world);
    return new Promise((opened, failed) => {
      worker.on('message', (report: EngineReport) => {
        if (report.type === 'opened') opened(thread);
        else if (report.type === 'failed') failed(new Error(report.message));
        else thread.onReport(report);
      });
      worker.once('error', (error) => {
        failed(error);
        world.log.error('turn/thread-failed', { message: error.message });
      });
      worker.once('exit', () => thread.onExit());
    });
  }

  tell(order: EngineOrder): void {
    if (!this.hasEnded) this.worker.postMessage(order);
  }

  /** Resolves with what it answers; with false when it is gone. */
  ask(order: Extract<EngineOrder, { ask: number }>): Promise<EngineState | boolean | number> {
    if (this.hasEnded) return Promise.resolve(false);
    const ask = this.nextAsk++;
    return new Promise((answered) => {
      this.waiting.set(ask, answered);
      this.tell({ ...order, ask });
    });
  }

  /** What is true of it, ids and instants as this thread has them; undefined when it is gone. */
  async look(): Promise<EngineState | undefined> {
    const state = await this.ask({ type: 'look', ask: 0 });
    if (typeof state !== 'object') return undefined;
    const aheadMs = this.world.clock.now() - state.now;
    return { ...state, allocations: state.allocations.map((one) => this.ids.allocation(one, aheadMs)) };
  }

  private onReport(report: Extract<EngineReport, { type: 'answer' | 'event' }>): void {
    if (report.type === 'event') return this.world.onEvent(this.ids.event(report.event, 0));
    this.waiting.get(report.ask)?.(report.value);
    this.waiting.delete(report.ask);
  }

  private onExit(): void {
    this.hasEnded = true;
    for (const answered of this.waiting.values()) answered(false);
    this.waiting.clear();
  }
}
