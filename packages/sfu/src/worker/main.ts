import { parentPort, workerData } from 'node:worker_threads';
import { MediaWorker, systemEnvironment } from './media-worker.js';
import type { WorkerCommand, WorkerMessage, WorkerSettings } from './messages.js';

/** A media worker as a thread: commands come from the facade, messages go back. */
function run(settings: WorkerSettings): void {
  const port = parentPort;
  if (!port) throw new Error('a media worker is a thread of @maru/sfu');
  const post = (message: WorkerMessage): void =>
    port.postMessage(message, message.type === 'stream-write' ? [message.bytes.buffer as ArrayBuffer] : []);
  try {
    const worker = new MediaWorker(settings, systemEnvironment, post);
    port.on('message', (command: WorkerCommand) => {
      worker.handle(command);
      if (command.type === 'close') port.close();
    });
    post({ type: 'ready', udpPort: worker.udpPort, driver: worker.driver.name });
  } catch (error) {
    post({ type: 'broken', detail: error instanceof Error ? error.message : String(error) });
    port.close();
  }
}

run(workerData as WorkerSettings);
