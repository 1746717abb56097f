import type { Log } from '@maru/protocol/core';
import type { WorkerCommand, WorkerMessage } from '../worker/messages.js';
import type { SessionMediaReport, WorkerReport } from './reports.js';
import type { WorkerLink } from './worker-link.js';

/** A worker that died is replaced after this long; after twice as long each time that the next one dies before it has reported. */
const FIRST_RELAUNCH_MS = 200;
const LONGEST_RELAUNCH_MS = 30_000;

export interface WorkerPlaceHooks {
  message(place: WorkerPlace, message: WorkerMessage): void;
  /** The worker is gone, and everybody on it. */
  lost(place: WorkerPlace): void;
}

/** The place of one worker: when its thread dies, another one takes it, with the same ports, for those who join from then on. */
export class WorkerPlace {
  report: WorkerReport | undefined;
  sessions: readonly SessionMediaReport[] = [];
  participants = 0;
  private link: WorkerLink | undefined;
  private port = 0;
  private relaunchMs = FIRST_RELAUNCH_MS;
  private relaunch: ReturnType<typeof setTimeout> | undefined;
  private isClosed = false;

  constructor(
    readonly index: number,
    /** Makes a worker; with the UDP port that the one before had, or 0. */
    private readonly launch: (udpPort: number) => Promise<{ readonly link: WorkerLink; readonly udpPort: number }>,
    private readonly hooks: WorkerPlaceHooks,
    private readonly log: Log,
  ) {}

  /** Whether somebody is there. */
  get isTaken(): boolean {
    return this.link !== undefined;
  }

  get udpPort(): number {
    return this.port;
  }

  /** Rejects when there cannot be a worker, above all because its ports are taken. */
  async open(): Promise<void> {
    const { link, udpPort } = await this.launch(this.port);
    this.port = udpPort;
    link.onMessage = (message) => {
      if (message.type === 'report') this.reported(message.worker, message.sessions);
      this.hooks.message(this, message);
    };
    link.onLost = (error) => this.lost(link, error);
    this.link = link;
    if (this.isClosed) await this.end();
  }

  /** What is said to nobody is lost. */
  post(command: WorkerCommand): void {
    this.link?.post(command);
  }

  /** Ends the worker, and does not replace it. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.relaunch);
    await this.end();
  }

  private async end(): Promise<void> {
    const { link } = this;
    this.link = undefined;
    link?.post({ type: 'close' });
    await link?.end();
  }

  private reported(report: WorkerReport, sessions: readonly SessionMediaReport[]): void {
    this.report = report;
    this.sessions = sessions;
    this.relaunchMs = FIRST_RELAUNCH_MS;
  }

  private lost(link: WorkerLink, error: Error): void {
    if (this.link !== link) return; // a thread tells of its error and of its end
    this.link = undefined;
    this.report = undefined;
    this.sessions = [];
    this.log.warn('media/worker-lost', { worker: this.index, error: error.message });
    this.hooks.lost(this);
    this.relaunchLater();
  }

  private relaunchLater(): void {
    if (this.isClosed) return;
    this.relaunch = setTimeout(() => {
      this.open().then(
        () => this.log.info('media/worker-replaced', { worker: this.index }),
        (error: unknown) => {
          this.log.warn('media/worker-not-replaced', { worker: this.index, error: String(error) });
          this.relaunchLater();
        },
      );
    }, this.relaunchMs);
    this.relaunchMs = Math.min(LONGEST_RELAUNCH_MS, 2 * this.relaunchMs);
  }
}
