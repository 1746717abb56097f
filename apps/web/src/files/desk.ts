import type { Call, RemoteConnection } from '@maru/client';
import { availableSinks, blobSink, type FileSink, privateFileSink, savePickerSink, type Transfer } from '@maru/client/files';
import { announcer } from '../ui/announcer.js';
import { Store } from '../ui/store.js';
import { keepPrivateFilesTidy } from './private-files.js';
import { sinkFor } from './sink-choice.js';
import { filesWords } from './texts.js';
import { isEnded, sortForReading } from './wording.js';

/**
 * The files of one call as the app handles them: what to send to whom, where accepted files go, and that they get saved
 * when they are complete, whichever panel is open then. One for each call: see {@link deskOf}.
 */
export class FileDesk extends Store {
  /** Ids of the people that files go to; undefined: everybody. */
  recipients: ReadonlySet<string> | undefined;

  private readonly urlByTransfer = new Map<Transfer, string>();
  /** Received files that the person has not chosen a place for: saved as downloads when complete. */
  private readonly toSave = new Set<Transfer>();
  private readonly accepting = new Set<Transfer>();

  constructor(private readonly call: Call) {
    super();
    keepPrivateFilesTidy();
    const { files } = call;
    files.on('transfer-added', ({ transfer }) => this.onAdded(transfer));
    files.on('transfer-updated', () => this.changed());
    files.on('transfer-ended', ({ transfer }) => this.onEnded(transfer));
    call.on('connection-joined', () => this.changed());
    call.on('connection-left', () => this.changed());
    call.on('connection-updated', () => this.changed());
  }

  /** Every transfer, in the order in which a person wants to read them. */
  get transfers(): readonly Transfer[] {
    return sortForReading(this.call.files.transfers);
  }

  get people(): readonly RemoteConnection[] {
    return [...this.call.connections.values()];
  }

  /** Offers that wait for this person's decision: for a badge. */
  get pendingOffers(): readonly Transfer[] {
    return this.call.files.transfers.filter(({ direction, state }) => direction === 'receiving' && state.name === 'offered');
  }

  get hasEnded(): boolean {
    return this.call.files.transfers.some(({ state }) => isEnded(state));
  }

  chooseRecipients(ids: ReadonlySet<string> | undefined): void {
    this.recipients = ids;
    this.changed();
  }

  /** Offers files to the chosen people, or to those named. */
  send(files: readonly File[], to: Iterable<string> | undefined = this.recipients): void {
    const present = to && [...to].filter((id) => this.call.connections.has(id));
    if (files.length === 0 || this.call.connections.size === 0 || present?.length === 0) return;
    this.call.files.send(files, present);
    announcer.say(filesWords().saidSent(files.length));
    this.changed();
  }

  /** Takes an offer; the file goes where it fits, and to the downloads when it is complete. */
  async accept(transfer: Transfer): Promise<void> {
    const choice = sinkFor(transfer.sizeBytes, availableSinks());
    if (choice === 'save-picker') return this.acceptInto(transfer);
    await this.acceptWith(transfer, async () => {
      const sink = choice === 'private-file' ? await privateSink(transfer) : undefined;
      this.toSave.add(transfer);
      return sink ?? blobSink(transfer.mediaType);
    });
  }

  /** Takes an offer into a file that the person chooses now. Nothing happens when they choose none. */
  acceptInto(transfer: Transfer): Promise<void> {
    return this.acceptWith(transfer, () => savePickerSink(transfer.name));
  }

  /** Once for each offer, however often the button is pressed, and not when it was withdrawn while the sink was being made. */
  private async acceptWith(transfer: Transfer, makeSink: () => Promise<FileSink | undefined>): Promise<void> {
    if (this.accepting.has(transfer)) return;
    this.accepting.add(transfer);
    try {
      const sink = await makeSink();
      if (!sink) return;
      if (transfer.state.name === 'offered') await transfer.accept(sink);
      else await sink.abort();
    } catch (error) {
      announcer.say(filesWords().saidFailed(transfer.name));
      console.warn('files/accept-failed', error);
    } finally {
      this.accepting.delete(transfer);
      this.changed();
    }
  }

  get canChoosePlace(): boolean {
    return availableSinks().includes('save-picker');
  }

  /** The address under which a received file can be saved or opened, while it is on the list. */
  urlOf(transfer: Transfer): string | undefined {
    const { blob } = transfer;
    if (!blob || transfer.direction === 'sending') return undefined;
    let url = this.urlByTransfer.get(transfer);
    if (url === undefined) this.urlByTransfer.set(transfer, (url = URL.createObjectURL(blob)));
    return url;
  }

  /** Takes an ended transfer off the list and lets its bytes go. */
  forget(transfer: Transfer): void {
    const url = this.urlByTransfer.get(transfer);
    if (url !== undefined) URL.revokeObjectURL(url);
    this.urlByTransfer.delete(transfer);
    this.call.files.forget(transfer);
    this.changed();
  }

  forgetEnded(): void {
    for (const transfer of [...this.call.files.transfers]) if (isEnded(transfer.state)) this.forget(transfer);
  }

  private onAdded(transfer: Transfer): void {
    const words = filesWords();
    if (transfer.direction === 'receiving')
      announcer.say(words.saidOffered(transfer.connection.name ?? words.unnamed, transfer.name));
    this.changed();
  }

  private onEnded(transfer: Transfer): void {
    const words = filesWords();
    if (transfer.state.name === 'done') {
      announcer.say(words.saidDone(transfer.name));
      if (this.toSave.has(transfer)) this.saveToDownloads(transfer);
    }
    if (transfer.state.name === 'failed') announcer.say(words.saidFailed(transfer.name));
    this.toSave.delete(transfer);
    this.changed();
  }

  private saveToDownloads(transfer: Transfer): void {
    const url = this.urlOf(transfer);
    if (url === undefined) return;
    const link = document.createElement('a');
    link.href = url;
    link.download = transfer.name;
    link.click();
  }
}

/** A place in the origin's own storage; undefined where the browser has none after all: pages from disk, private windows, full disks. */
async function privateSink(transfer: Transfer): Promise<FileSink | undefined> {
  try {
    return await privateFileSink(transfer.id, transfer.mediaType);
  } catch {
    return undefined; // memory is left, and works
  }
}

const deskByCall = new WeakMap<Call, FileDesk>();

/** The desk of a call: always the same one. */
export function deskOf(call: Call): FileDesk {
  let desk = deskByCall.get(call);
  if (!desk) deskByCall.set(call, (desk = new FileDesk(call)));
  return desk;
}
