import type { Instant } from '@maru/protocol/core';
import type { RemoteConnection } from '../connection.js';
import { MaruError } from '../errors.js';
import type { End, FileMessage } from './messages.js';
import { SpeedMeter } from './speed-meter.js';
import type { FileSink, Transfer, TransferState } from './transfer.js';

/** What a transfer needs of the pair that it travels on. */
export interface TransferHost {
  readonly connection: RemoteConnection;
  now(): Instant;
  /** Says something to the other side; lost when there is no channel now (it is said again when there is). */
  say(message: FileMessage): void;
  /** Something that can be seen changed. */
  updated(transfer: BaseTransfer): void;
  ended(transfer: BaseTransfer): void;
  /** There may be bytes to send now. */
  pump(): void;
}

/** What is true of a transfer underneath the state that is shown. */
type Phase =
  | { readonly name: 'offered' }
  | { readonly name: 'moving' }
  | { readonly name: 'verifying' }
  | { readonly name: 'over'; readonly state: TransferState };

/** What both ends of a transfer share: states, pausing, speed, and ending once. */
export abstract class BaseTransfer implements Transfer {
  abstract readonly direction: 'sending' | 'receiving';
  abstract readonly bytesDone: number;
  abstract readonly bytesDoneRemote: number;
  sha256: string | undefined;
  blob: Blob | undefined;
  protected phase: Phase = { name: 'offered' };
  protected pausedByUs = false;
  private pausedByThem = false;
  private interrupted = false;
  protected readonly meter = new SpeedMeter();

  constructor(
    readonly id: string,
    /** The sender's number for it. */
    readonly number: number,
    readonly name: string,
    readonly sizeBytes: number,
    readonly mediaType: string,
    protected readonly host: TransferHost,
  ) {}

  get connection(): RemoteConnection {
    return this.host.connection;
  }

  get state(): TransferState {
    const { phase } = this;
    if (phase.name === 'over') return phase.state;
    if (phase.name !== 'moving') return { name: phase.name };
    if (this.pausedByUs || this.pausedByThem) {
      return { name: 'paused', by: this.pausedByUs && this.pausedByThem ? 'both' : this.pausedByUs ? 'us' : 'them' };
    }
    return { name: this.interrupted ? 'waiting' : 'active' };
  }

  get isOver(): boolean {
    return this.phase.name === 'over';
  }

  get bytesPerSecond(): number {
    return this.state.name === 'active' ? this.meter.bytesPerSecond(this.host.now()) : 0;
  }

  get secondsLeft(): number | undefined {
    const speed = this.bytesPerSecond;
    return speed > 0 ? Math.max(0, this.sizeBytes - this.bytesArrived) / speed : undefined;
  }

  /** What has really arrived, as far as this end knows. */
  protected abstract get bytesArrived(): number;

  /** Which end we are. */
  protected abstract get end(): End;

  /** Runs once when it is over: free what is held. */
  protected abstract release(state: TransferState): void;

  abstract accept(sink?: FileSink): Promise<void>;
  abstract decline(): void;

  pause(): void {
    if (this.phase.name !== 'moving' || this.pausedByUs) return;
    this.pausedByUs = true;
    this.host.say({ type: 'pause', id: this.number, end: this.end });
    this.changedPace();
  }

  resume(): void {
    if (this.phase.name !== 'moving' || !this.pausedByUs) return;
    this.pausedByUs = false;
    this.host.say({ type: 'resume', id: this.number, end: this.end });
    this.changedPace();
  }

  cancel(): void {
    if (this.isOver) return;
    this.host.say({ type: 'cancel', id: this.number, end: this.end });
    this.finish({ name: 'cancelled', by: 'us' });
  }

  /** The other side pauses or goes on. */
  pausedRemotely(paused: boolean): void {
    if (this.isOver || this.pausedByThem === paused) return;
    this.pausedByThem = paused;
    this.changedPace();
  }

  cancelledRemotely(): void {
    this.finish({ name: 'cancelled', by: 'them' });
  }

  failedRemotely(code: string): void {
    this.finish({ name: 'failed', error: new MaruError(code, 'the other side could not go on') });
  }

  /** The way to the other is broken for the moment, or back. */
  interruptedNow(interrupted: boolean): void {
    if (this.isOver || this.interrupted === interrupted) return;
    this.interrupted = interrupted;
    this.changedPace();
  }

  /** The channel is new: say again what the other side must know of our pausing. */
  repeatPause(): void {
    if (this.pausedByUs) this.host.say({ type: 'pause', id: this.number, end: this.end });
  }

  /** It cannot go on, for a reason of ours; tells the other side. */
  fail(error: MaruError): void {
    if (this.isOver) return;
    this.host.say({ type: 'fail', id: this.number, end: this.end, code: error.code });
    this.finish({ name: 'failed', error });
  }

  protected finish(state: TransferState): void {
    if (this.isOver) return;
    this.phase = { name: 'over', state };
    this.release(state);
    this.host.ended(this);
  }

  protected enter(phase: Phase): void {
    if (this.isOver) return;
    this.phase = phase;
    this.host.updated(this);
  }

  private changedPace(): void {
    this.meter.reset();
    this.host.updated(this);
    this.host.pump();
  }
}
