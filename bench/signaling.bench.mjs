// npm run bench -- signaling: cost of a signaling message beside a bare WebSocket echo, memory of idle connections, start.
import { fork, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readOptions } from './lib/options.mjs';
import { median, publish } from './lib/report.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..');
const options = readOptions(
  'npm run bench -- signaling [--connections n] [--payload bytes] [--rounds n] [--seconds n] [--joins n] [--json]',
  {
    connections: { type: 'string', default: '1000' },
    payload: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    joins: { type: 'string', default: '20' },
  },
);
const WARM_UP_MS = 2_000;
/** Clock ticks of the kernel's accounting, a second. */
const TICKS = 100;

const next = (child) =>
  new Promise((resolve, reject) =>
    child.once('message', resolve).once('exit', (code) => reject(new Error(`ended with ${code}`))),
  );
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function start(script, args, execArgv = []) {
  return fork(join(HERE, 'signaling', script), args, { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

async function ask(child, command) {
  const answer = next(child);
  child.send(command);
  return answer;
}

/** Messages a second through one server, what each cost it, and what an idle connection holds. */
async function throughput(kind) {
  const server = start('server.mjs', [kind], ['--expose-gc']);
  const { port } = await next(server);
  const empty = await ask(server, 'usage');
  const load = start('load.mjs', [kind, String(port), options.connections, options.payload]);
  await next(load);
  const idle = await ask(server, 'usage');
  load.send('start');
  await wait(WARM_UP_MS);
  const before = await Promise.all([ask(load, 'count'), ask(server, 'usage')]);
  await wait(Number(options.seconds) * 1_000);
  const after = await Promise.all([ask(load, 'count'), ask(server, 'usage')]);
  load.send('quit');
  server.send('quit');
  const messages = after[0].delivered - before[0].delivered;
  const cpuUs = after[1].cpu.user + after[1].cpu.system - before[1].cpu.user - before[1].cpu.system;
  return {
    messagesPerSecond: (messages / (after[0].at - before[0].at)) * 1_000,
    cpuUsPerMessage: cpuUs / messages,
    idleKiB: (idle.memory.rss - empty.memory.rss) / 1024 / Number(options.connections),
    idleHeapKiB:
      (idle.memory.heapUsed + idle.memory.external - empty.memory.heapUsed - empty.memory.external) /
      1024 /
      Number(options.connections),
  };
}

function freePort() {
  const probe = createServer();
  return new Promise((found) =>
    probe.listen(0, () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    }),
  );
}

/** CPU so far of a process, of its own, in milliseconds. */
function cpuMsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS;
}

/** From start to the first answer: wall time of `npm start`, CPU of the server process alone. */
async function coldStart(program, args) {
  const data = mkdtempSync(join(tmpdir(), 'maru-bench-'));
  const run = async () => {
    const port = await freePort();
    const startedAt = performance.now();
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, MARU_PORT: String(port), MARU_DATA: data },
      stdio: 'ignore',
      detached: true,
    });
    for (;;) {
      const isUp = await fetch(`http://127.0.0.1:${port}/v1/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isUp) break;
      if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode} before it answered`);
      await wait(5);
    }
    const result = { wallMs: performance.now() - startedAt, cpuMs: cpuMsOf(child.pid) };
    process.kill(-child.pid, 'SIGTERM'); // the whole group: npm does not wait for what it started
    await new Promise((done) => child.once('exit', done));
    while (
      await fetch(`http://127.0.0.1:${port}/v1/health`).then(
        () => true,
        () => false,
      )
    )
      await wait(5);
    return result;
  };
  await run(); // the first start makes the certificate and the keys
  const runs = [];
  for (let i = 0; i < 7; i++) runs.push(await run());
  rmSync(data, { recursive: true, force: true });
  return { wallMs: median(runs.map(({ wallMs }) => wallMs)), cpuMs: median(runs.map(({ cpuMs }) => cpuMs)) };
}

const notes = [];
const measured = { 'maru-all': [], 'ws-all': [], 'maru-one': [], 'ws-one': [] };
for (let round = 0; round < Number(options.rounds); round++) {
  for (const kind of Object.keys(measured)) {
    console.error(`round ${round + 1} of ${options.rounds}: ${kind}`);
    measured[kind].push(await throughput(kind));
  }
}
const TITLES = {
  'maru-all': 'maru: one to all others, numbered, acknowledged',
  'ws-all': 'bare ws: one to all others',
  'maru-one': 'maru: each to one other, validated, numbered, acknowledged',
  'ws-one': 'bare ws: echo',
};
const rows = Object.entries(measured).map(([kind, results]) => ({
  what: TITLES[kind],
  ...Object.fromEntries(Object.keys(results[0]).map((key) => [key, median(results.map((result) => result[key]))])),
}));
for (const [kind, floor] of [
  ['maru-all', 'ws-all'],
  ['maru-one', 'ws-one'],
]) {
  const ratio = median(measured[kind].map((result, i) => result.messagesPerSecond / measured[floor][i].messagesPerSecond));
  notes.push(`${TITLES[kind]}: ${ratio.toFixed(2)} of the messages/s of bare ws, pair by pair (target: at least 0.6)`);
}
console.error('starts');
const server = await coldStart(process.execPath, [join(ROOT, 'packages/cli/bin/maru.js'), 'start']);
const npm = await coldStart('npm', ['start', '--silent']).catch((error) => ({ wallMs: Number.NaN, cpuMs: Number.NaN, error }));
notes.push(
  `server process, start to first answer: ${server.cpuMs.toFixed(0)} ms CPU, ${server.wallMs.toFixed(0)} ms wall (target: under 400 ms CPU)`,
);
notes.push(`npm start on an installed tree, to first answer: ${npm.wallMs.toFixed(0)} ms wall`);
if (Number(options.joins) > 0 && existsSync('/usr/bin/chromium')) {
  console.error('joins in Chromium');
  const { joinTimes } = await import('./signaling/join.mjs');
  const times = await joinTimes(Number(options.joins));
  notes.push(
    `click on "Join" to first remote frame in Chromium: median ${median(times).toFixed(0)} ms of ${times.length} (fastest ${Math.min(...times).toFixed(0)}, slowest ${Math.max(...times).toFixed(0)})`,
  );
}
publish({
  name: 'signaling',
  workload: `${options.connections} WebSocket connections, messages of ${options.payload} bytes; median of ${options.rounds} interleaved rounds of ${options.seconds} s`,
  columns: {
    what: '',
    messagesPerSecond: 'messages/s',
    cpuUsPerMessage: 'server CPU us',
    idleKiB: 'RSS KiB per idle connection',
    idleHeapKiB: 'heap KiB',
  },
  rows,
  json: options.json,
  notes,
});
process.exit(0);
