import type { Instant } from '@maru/protocol/core';
import type { RemoteConnection } from '../connection.js';
import { Emitter } from '../emitter.js';
import { MaruError } from '../errors.js';
import type { BaseTransfer } from './base-transfer.js';
import { type FilesChannel, PairFiles, type PairFilesHost } from './pair-files.js';
import type { FileSettings } from './settings.js';
import type { Transfer } from './transfer.js';
import type { FileEvents, FileTransfers, NamedBlob } from './transfers.js';

const DEFAULT_OPEN_OFFERS = 64;
const DEFAULT_MAX_SIZE_BYTES = 2 ** 40;
/** `transfer-updated` comes no more often than this for a transfer. */
const NOTICE_MS = 100;

export interface FileEngineSettings {
  readonly settings: FileSettings;
  now(): Instant;
  later(afterMs: number, task: () => void): void;
  /** There is a file for somebody, and no channel to them: media goes another way. */
  channelWanted(connectionId: string): void;
}

/** Every transfer of a call, whoever it is with. */
export class FileEngine extends Emitter<FileEvents> implements FileTransfers, PairFilesHost {
  private readonly list: BaseTransfer[] = [];
  private readonly pairs = new Map<string, PairFiles>();
  private readonly noticed = new Set<BaseTransfer>();
  private readonly accepted = new WeakSet<BaseTransfer>();
  private sendCount = 0;

  constructor(private readonly environment: FileEngineSettings) {
    super();
  }

  get transfers(): readonly Transfer[] {
    return this.list;
  }

  send(files: Iterable<File | NamedBlob>, to?: readonly string[]): readonly Transfer[] {
    const receivers = to ? to.map((id) => this.pairOf(id)) : [...this.pairs.values()];
    const sent: Transfer[] = [];
    for (const file of files) {
      const { name, blob } = 'blob' in file ? file : { name: file.name, blob: file };
      for (const pair of receivers) sent.push(pair.offer(`out-${pair.connection.id}-${++this.sendCount}`, name, blob));
    }
    return sent;
  }

  forget(transfer: Transfer): void {
    const at = this.list.findIndex((one) => one === transfer && one.isOver);
    if (at >= 0) this.list.splice(at, 1);
  }

  /** Somebody is there: files may go both ways from now on. Harmless when they were before. */
  join(connection: RemoteConnection): PairFiles {
    const known = this.pairs.get(connection.id);
    if (known) return known;
    const { settings } = this.environment;
    const pair = new PairFiles(connection, this, {
      maxOpenOffers: settings.maxOpenOffers ?? DEFAULT_OPEN_OFFERS,
      maxSizeBytes: settings.maxSizeBytes ?? DEFAULT_MAX_SIZE_BYTES,
    });
    this.pairs.set(connection.id, pair);
    return pair;
  }

  /** The pair has a channel now, or lost it. */
  attach(connectionId: string, channel: FilesChannel | undefined, maxMessageBytes: number | undefined): void {
    this.pairs.get(connectionId)?.attach(channel, maxMessageBytes);
  }

  pathChanged(connectionId: string, works: boolean): void {
    this.pairs.get(connectionId)?.pathChanged(works);
  }

  leave(connectionId: string): void {
    this.pairs.get(connectionId)?.close();
    this.pairs.delete(connectionId);
  }

  /** Whether a file is on its way to or from somebody, or waits to be taken. */
  isBusy(connectionId: string): boolean {
    return this.list.some(({ connection, isOver }) => connection.id === connectionId && !isOver);
  }

  channelWanted(connectionId: string): void {
    this.environment.channelWanted(connectionId);
  }

  now(): Instant {
    return this.environment.now();
  }

  added(transfer: BaseTransfer): void {
    this.list.push(transfer);
    this.emit('transfer-added', { transfer });
  }

  updated(transfer: BaseTransfer): void {
    if (transfer.state.name !== 'offered' && !this.accepted.has(transfer)) {
      this.accepted.add(transfer);
      this.emit('transfer-accepted', { transfer });
    }
    if (this.noticed.has(transfer)) return;
    this.noticed.add(transfer);
    this.environment.later(NOTICE_MS, () => {
      this.noticed.delete(transfer);
      if (!transfer.isOver) this.emit('transfer-updated', { transfer });
    });
  }

  ended(transfer: BaseTransfer): void {
    this.emit('transfer-ended', { transfer });
  }

  private pairOf(connectionId: string): PairFiles {
    const pair = this.pairs.get(connectionId);
    if (!pair) throw new MaruError('connection/not-found', `no connection ${connectionId} in this call`);
    return pair;
  }
}
