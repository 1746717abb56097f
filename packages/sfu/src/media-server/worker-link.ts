import type { WorkerCommand, WorkerMessage, WorkerSettings } from '../worker/messages.js';

/** A worker, from the facade's side: in a thread of its own or in this one. */
export interface WorkerLink {
  /** Set before the first message can come. */
  onMessage: (message: WorkerMessage) => void;
  /** The worker is gone without having been closed. */
  onLost: (error: Error) => void;
  post(command: WorkerCommand): void;
  /** After the command `close`: resolves when nothing of it is left. */
  end(): Promise<void>;
}

/** Makes a worker; rejects when it cannot have its ports. */
export type OpenWorker = (settings: WorkerSettings) => Promise<{ readonly link: WorkerLink; readonly udpPort: number }>;
