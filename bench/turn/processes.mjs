// The processes of the TURN benchmark: servers on one core, the load on another, and what a process has used so far.
import { fork, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const SERVER_CPU = '0';
const LOAD_CPU = '1';
const HOST = '127.0.0.1';
export const USERS = 2_000;

/** A counter of the scheduler over all threads of a process, in microseconds. */
function scheduledUs(pid, field) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.reduce(
    (sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[field]) / 1_000,
    0,
  );
}

/** Processor time of all threads of a process, in microseconds, by the scheduler's own clock. */
export const cpuUsOf = (pid) => scheduledUs(pid, 0);

/** How long the threads of a process waited for a core, each for itself, in microseconds. */
export const waitedUsOf = (pid) => scheduledUs(pid, 1);

/**
 * How long others kept the main thread of a process from its core, in microseconds, as a counter: what it waited for one, without what
 * the process's own other threads ran meanwhile.
 */
export function keptUsOf(pid) {
  const [ran, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
  return (waited + ran) / 1_000 - cpuUsOf(pid);
}

/** Memory that a process holds, in KiB. */
export function residentKiBOf(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

function freePort() {
  const probe = createSocket('udp4');
  return new Promise((found) =>
    probe.bind(0, HOST, () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    }),
  );
}

const pinned = (cpu, child) => spawn('taskset', ['-a', '-p', '-c', cpu, String(child.pid)], { stdio: 'ignore' });

/** Waits until `ask` resolves with something. */
async function until(ask) {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the server does not answer');
}

/** A server to load: where it is, and what it has used. */
class Server {
  constructor(child, ports, end) {
    this.child = child;
    this.ports = ports;
    this.end = end;
  }

  at(transport) {
    return { address: HOST, port: this.ports[transport] };
  }

  get cpuUs() {
    return cpuUsOf(this.child.pid);
  }

  get residentKiB() {
    return residentKiBOf(this.child.pid);
  }
}

/** @param {'native' | 'pure'} kind */
export async function startMaru(kind) {
  const env = { ...process.env, ...(kind === 'pure' ? { MARU_NATIVE: 'off' } : {}) };
  const child = fork(join(HERE, 'server.mjs'), [String(USERS)], {
    env,
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  pinned(SERVER_CPU, child);
  const ports = await new Promise((resolve, reject) => child.once('message', resolve).once('exit', reject));
  const server = new Server(child, ports, async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.disconnect();
    await gone;
  });
  server.collect = async () => {
    const done = new Promise((resolve) => child.once('message', resolve));
    child.send('collect');
    return (await done).heapKiB;
  };
  return server;
}

export async function startCoturn() {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'maru-bench-'));
  const args = ['-n', '-L', HOST, '-E', HOST, '-p', String(port), '--allow-loopback-peers', '--lt-cred-mech', '--realm=bench'];
  for (let i = 0; i < USERS; i++) args.push(`--user=user${i}:secret`);
  args.push(
    '--no-cli',
    '--no-tls',
    '--no-dtls',
    '--relay-threads=1',
    '--no-stdout-log',
    '--simple-log',
    `--log-file=${join(folder, 'log')}`,
  );
  args.push(`--userdb=${join(folder, 'db')}`, `--pidfile=${join(folder, 'pid')}`, '--min-port=10000', '--max-port=65535');
  const child = spawn('taskset', ['-c', SERVER_CPU, 'turnserver', ...args], { stdio: 'ignore' });
  await until(() => answersBinding(port));
  return new Server(child, { udp: port, tcp: port }, async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });
}

/** Whether a STUN server answers at `port`. */
function answersBinding(port) {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    const over = (answer) => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(over, 50, false);
    socket.once('message', () => over(true));
    socket.send(Buffer.from('000100002112a442000102030405060708090a0b', 'hex'), port, HOST);
  });
}

/** The load: a process that is told what to do. */
export class Load {
  static async start() {
    const child = fork(join(HERE, 'load.mjs'), [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    pinned(LOAD_CPU, child);
    const load = new Load();
    load.child = child;
    await load.answer();
    return load;
  }

  answer() {
    return new Promise((resolve, reject) => {
      const onMessage = ({ result, error }) => {
        this.child.removeListener('exit', onExit);
        if (error) reject(new Error(error));
        else resolve(result);
      };
      const onExit = (code) => reject(new Error(`the load ended with ${code}`));
      this.child.once('message', onMessage).once('exit', onExit);
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

  async end() {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    await this.ask('quit');
    await gone;
  }
}
