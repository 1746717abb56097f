// The processes of the SFU benchmark: the server on one core, the load on another.
import { fork, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuUsOf, keptUsOf, residentKiBOf } from '../turn/processes.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
export const SERVER_CPU = '0';
export const LOAD_CPU = '1';

/** A process that is asked one thing at a time. */
export class Process {
  static async start(script, args, cpu, env = {}) {
    const child = fork(join(HERE, script), args, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...env },
    });
    spawnSync('taskset', ['-a', '-p', '-c', cpu, String(child.pid)], { stdio: 'ignore' });
    const started = new Process(child);
    await started.answer();
    return started;
  }

  constructor(child) {
    this.child = child;
  }

  answer() {
    return new Promise((resolve, reject) => {
      const onExit = (code) => reject(new Error(`a process of the benchmark ended with ${code}`));
      this.child.once('exit', onExit);
      this.child.once('message', ({ result }) => {
        this.child.removeListener('exit', onExit);
        resolve(result);
      });
    });
  }

  ask(command, options = {}) {
    const answer = this.answer();
    this.child.send({ command, ...options });
    return answer;
  }

  get cpuUs() {
    return cpuUsOf(this.child.pid);
  }

  get keptUs() {
    return keptUsOf(this.child.pid);
  }

  get residentKiB() {
    return residentKiBOf(this.child.pid);
  }

  async end() {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await gone;
  }
}
