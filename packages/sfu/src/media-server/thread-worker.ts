import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { WorkerCommand, WorkerMessage, WorkerSettings } from '../worker/messages.js';
import type { OpenWorker, WorkerLink } from './worker-link.js';

/** The program of a thread, found by its package's name: this file runs compiled, as it is written, or out of a bundle. */
function program(): string {
  return createRequire(import.meta.url).resolve('@maru/sfu/worker');
}

class ThreadWorker implements WorkerLink {
  onMessage: (message: WorkerMessage) => void = () => {};
  onLost: (error: Error) => void = () => {};
  private isEnding = false;
  private readonly hasEnded: Promise<void>;

  constructor(private readonly thread: Worker) {
    thread.on('message', (message: WorkerMessage) => this.onMessage(message));
    thread.on('error', (error) => this.onLost(error instanceof Error ? error : new Error(String(error))));
    this.hasEnded = new Promise((resolve) => {
      thread.on('exit', (code) => {
        if (!this.isEnding) this.onLost(new Error(`the thread ended with ${code}`));
        resolve();
      });
    });
  }

  post(command: WorkerCommand): void {
    if (command.type === 'close') this.isEnding = true;
    this.thread.postMessage(command, command.type === 'stream-data' ? [command.bytes.buffer as ArrayBuffer] : []);
  }

  end(): Promise<void> {
    return this.hasEnded;
  }
}

/** Workers in threads of their own. */
export const threadWorkers: OpenWorker = (settings: WorkerSettings) =>
  new Promise((resolve, reject) => {
    const thread = new Worker(program(), { workerData: settings, execArgv: [], name: `media ${settings.worker}` });
    const link = new ThreadWorker(thread);
    link.onLost = reject;
    link.onMessage = (message) => {
      if (message.type === 'broken') reject(new Error(message.detail));
      if (message.type === 'ready') resolve({ link, udpPort: message.udpPort });
    };
  });
