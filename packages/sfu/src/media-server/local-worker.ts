import { MediaWorker, systemEnvironment, type WorkerEnvironment } from '../worker/media-worker.js';
import type { WorkerCommand, WorkerMessage, WorkerSettings } from '../worker/messages.js';
import type { OpenWorker, WorkerLink } from './worker-link.js';

/** A worker in this thread. What it says is told soon, not within the call that made it say so, as by a thread. */
class LocalWorker implements WorkerLink {
  onMessage: (message: WorkerMessage) => void = () => {};
  onLost: (error: Error) => void = () => {};
  readonly worker: MediaWorker;
  private queue: WorkerMessage[] = [];

  constructor(settings: WorkerSettings, environment: WorkerEnvironment) {
    this.worker = new MediaWorker(settings, environment, (message) => this.tell(message));
  }

  post(command: WorkerCommand): void {
    this.worker.handle(command);
  }

  end(): Promise<void> {
    return Promise.resolve();
  }

  private tell(message: WorkerMessage): void {
    if (this.queue.push(message) > 1) return;
    queueMicrotask(() => {
      const messages = this.queue;
      this.queue = [];
      for (const one of messages) this.onMessage(one);
    });
  }
}

/** Workers of this thread in `environment`. */
export function localWorkers(environment: WorkerEnvironment = systemEnvironment): OpenWorker {
  return async (settings) => {
    const link = new LocalWorker(settings, environment);
    return { link, udpPort: link.worker.udpPort };
  };
}
