import type { Observable } from '../emitter.js';
import type { Transfer } from './transfer.js';

/** What the file engine tells. `transfer-updated` comes at most ten times a second for each transfer. */
export interface FileEvents {
  /** Somebody offers a file, or we do: look at `transfer.direction`. */
  'transfer-added': { readonly transfer: Transfer };
  /** The receiver takes it: bytes begin to flow. */
  'transfer-accepted': { readonly transfer: Transfer };
  'transfer-updated': { readonly transfer: Transfer };
  /** It is over: `transfer.state` says how. */
  'transfer-ended': { readonly transfer: Transfer };
}

/** What can be sent: a browser `File`, or any blob with a name. */
export interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
}

/** Files from person to person, over the pair's own data channel: no server sees them. */
export interface FileTransfers extends Observable<FileEvents> {
  /** Every transfer since the call began, oldest first, ended ones included until forgotten. */
  readonly transfers: readonly Transfer[];
  /** Offers files to some connections, or to everybody there now: one transfer for each file and person. */
  send(files: Iterable<File | NamedBlob>, to?: readonly string[]): readonly Transfer[];
  /** Takes an ended transfer off the list. */
  forget(transfer: Transfer): void;
}
