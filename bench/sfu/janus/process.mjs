// Janus of the system, in a process of its own and with a folder of its own: neither outlives the benchmark, however that ends.
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsOf, residentKiBOf, waitedUsOf } from '../../turn/processes.mjs';
import { complaintsIn, configurationFiles, PLUGIN_FILE, TRANSPORT_FILE, versionIn } from './configuration.mjs';

const START_MS = 10_000;
const LOOK_MS = 50;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Why Janus cannot be measured, and what to do about it. */
export class JanusFault extends Error {}

/** The version of the system's Janus; undefined where there is none. */
export function installedJanus() {
  const { stdout, error } = spawnSync('janus', ['--help'], { encoding: 'utf8', timeout: START_MS });
  return error ? undefined : (versionIn(stdout) ?? 'of unknown version');
}

/** Where the system keeps Janus's plugins and transports. */
function libraryFolder() {
  const folders = ['/usr/lib', '/usr/local/lib', '/opt/janus/lib'].filter(existsSync);
  const candidates = folders
    .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))])
    .map((folder) => join(folder, 'janus'));
  const found = candidates.find(
    (folder) => existsSync(join(folder, 'plugins', PLUGIN_FILE)) && existsSync(join(folder, 'transports', TRANSPORT_FILE)),
  );
  if (!found)
    throw new JanusFault(`Janus is installed without ${PLUGIN_FILE} or ${TRANSPORT_FILE}: apt-get install --reinstall janus`);
  return found;
}

function freePort() {
  const probe = createServer();
  return new Promise((resolve, reject) =>
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    }),
  );
}

export class JanusProcess {
  /** @param {string} host its address for media; not a loopback one, which Janus leaves out @param {string} cpu */
  static async start(host, cpu) {
    const library = libraryFolder();
    const folder = mkdtempSync(join(tmpdir(), 'maru-bench-janus-'));
    const janus = new JanusProcess(folder, await freePort());
    try {
      await janus.#run(library, host, cpu);
      return janus;
    } catch (error) {
      await janus.end();
      throw error;
    }
  }

  #folder;
  #gone = new AbortController();
  #child;
  #exited = Promise.resolve();
  /** The benchmark ends without having been able to call {@link end}. */
  #onExit = () => {
    this.#child?.kill('SIGKILL');
    this.#removeFolder();
  };
  #onSignal = (signal) => {
    this.#onExit();
    this.#unwatch();
    process.kill(process.pid, signal);
  };

  constructor(folder, port) {
    this.#folder = folder;
    this.port = port;
    process.on('exit', this.#onExit);
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** Of its API. */
  get url() {
    return `http://127.0.0.1:${this.port}/janus`;
  }

  /** Aborted when it has ended, with the reason. */
  get isGone() {
    return this.#gone.signal;
  }

  get cpuUs() {
    return cpuUsOf(this.#pid);
  }

  /** What its threads waited for the core, each for itself: one of them has nearly all the work. */
  get keptUs() {
    return waitedUsOf(this.#pid);
  }

  get residentKiB() {
    return residentKiBOf(this.#pid);
  }

  get #pid() {
    this.isGone.throwIfAborted();
    return this.#child.pid;
  }

  async end() {
    this.#child?.kill('SIGKILL');
    await this.#exited;
    this.#removeFolder();
    this.#unwatch();
  }

  async #run(library, host, cpu) {
    const folder = this.#folder;
    for (const [kind, file] of [
      ['plugins', PLUGIN_FILE],
      ['transports', TRANSPORT_FILE],
    ]) {
      mkdirSync(join(folder, kind));
      symlinkSync(join(library, kind, file), join(folder, kind, file));
    }
    for (const kind of ['events', 'loggers']) mkdirSync(join(folder, kind));
    for (const [name, text] of Object.entries(configurationFiles({ folder, host, port: this.port })))
      writeFileSync(join(folder, name), text);
    const log = openSync(join(folder, 'log'), 'w');
    // It dies with us, also when nobody can be asked to end it any more.
    const command = [
      'taskset',
      '-c',
      cpu,
      'setpriv',
      '--pdeathsig',
      'KILL',
      'janus',
      '-C',
      join(folder, 'janus.jcfg'),
      '-F',
      folder,
    ];
    const child = spawn(command[0], command.slice(1), { cwd: folder, stdio: ['ignore', log, log] }); // what it drops when it dies goes with the folder
    closeSync(log);
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      const over = (how) => {
        this.#gone.abort(new JanusFault(`Janus ended by itself with ${how}:\n${this.#complaints()}`));
        resolve();
      };
      child.once('exit', (code, signal) => over(signal ?? `status ${code}`)).once('error', (error) => over(error.message));
    });
    await this.#answers();
  }

  async #answers() {
    const until = performance.now() + START_MS;
    for (;;) {
      try {
        const response = await fetch(`${this.url}/info`, { signal: this.isGone });
        this.info = await response.json();
        return;
      } catch {
        this.isGone.throwIfAborted();
        if (performance.now() > until) {
          throw new JanusFault(
            `Janus runs, and its API at ${this.url} does not answer for ${START_MS / 1_000} s:\n${this.#complaints()}`,
          );
        }
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  #complaints() {
    const log = join(this.#folder, 'log');
    return (existsSync(log) && complaintsIn(readFileSync(log, 'utf8'))) || '(it logged nothing)';
  }

  #unwatch() {
    process.removeListener('exit', this.#onExit);
    for (const signal of SIGNALS) process.removeListener(signal, this.#onSignal);
  }

  #removeFolder() {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
