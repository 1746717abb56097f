// Fuzzes one target, in a thread that fuzz.mjs watches. Coverage counts from before the target's modules are loaded, so that
// what of them never ran is known too.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { Coverage } from './coverage.mjs';
import { InputWindow } from './input-window.mjs';
import { Chance, mutant } from './mutate.mjs';

const SLOW_MS = 100;
const BATCH = 400;
/** A corpus larger than this spends its time on itself. */
const MAX_CORPUS = 2_000;
/** Of the committed corpus of one target. */
const MAX_KEPT_BYTES = 10_240;

const { name, seconds, seed, keep } = workerData;
const input = new InputWindow(workerData.input);
const folder = join(import.meta.dirname, 'corpus', name);

const coverage = new Coverage();
await coverage.start();
const { TARGETS } = await import('./targets.mjs');
const target = TARGETS[name];

/** Honest inputs: what the target names itself, and what earlier runs found worth keeping. */
function honestInputs() {
  const kept = existsSync(folder) ? readdirSync(folder).map((file) => new Uint8Array(readFileSync(join(folder, file)))) : [];
  return [...target.seeds(), ...kept, new Uint8Array(0)];
}

/** The same bytes with other bytes around them: a parser that reads outside sees the difference. */
function surrounded(bytes, filler) {
  const around = new Uint8Array(bytes.length + 64).fill(filler);
  around.set(bytes, 32);
  return around.subarray(32, 32 + bytes.length);
}

/** Processor time of one run, the least of three: a busy machine and a garbage collection are not the parser's fault. */
function cpuMsOf(bytes) {
  const times = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage();
    target.run(surrounded(bytes, 0x00));
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}

/** @returns what is wrong with the target on these bytes, or undefined */
function verdict(bytes) {
  input.show(bytes);
  try {
    const startedAt = performance.now();
    const first = target.run(surrounded(bytes, 0x00));
    const tookMs = performance.now() - startedAt;
    if (tookMs > SLOW_MS && cpuMsOf(bytes) > SLOW_MS) return `took ${tookMs.toFixed(0)} ms`;
    const second = target.run(surrounded(bytes, 0xff));
    if (first === second) return undefined;
    const [a, b] = [first, second].map((value) => inspect(value, { depth: 8, maxArrayLength: 4096 }));
    return a === b ? undefined : 'answers differently when the bytes around the input change: it reads outside';
  } catch (error) {
    return `threw ${error instanceof Error ? error.stack : error}`;
  }
}

/** Adds what a run found worth keeping to the committed corpus, small inputs first, as long as there is room. */
function keepCorpus(found) {
  mkdirSync(folder, { recursive: true });
  let room = MAX_KEPT_BYTES - readdirSync(folder).reduce((sum, file) => sum + readFileSync(join(folder, file)).length, 0);
  for (const bytes of found.sort((a, b) => a.length - b.length)) {
    room -= bytes.length;
    if (room < 0) return;
    writeFileSync(join(folder, `${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.bin`), bytes);
  }
}

/** Runs one input after another. @returns the first problem, or undefined */
function firstProblem(inputs) {
  for (const bytes of inputs) {
    const problem = verdict(bytes);
    if (problem) return problem;
  }
  return undefined;
}

/** Finds, by halves, those of `batch` that run what never ran before. A look at V8's counters costs more than a hundred inputs. */
async function keepFresh(batch, corpus) {
  const before = new Set(coverage.seen);
  for (const bytes of batch) {
    input.show(bytes);
    target.run(bytes);
  }
  if ((await coverage.fresh()) === 0) return;
  if (batch.length === 1) {
    corpus.push(batch[0]);
    return;
  }
  coverage.seen = before;
  const middle = batch.length >> 1;
  await keepFresh(batch.slice(0, middle), corpus);
  await keepFresh(batch.slice(middle), corpus);
}

/** @param {string | undefined} problem @param {readonly Uint8Array[]} corpus */
function result(problem, corpus) {
  const own = coverage.shareOf(target.covers);
  return { problem, corpus: corpus.length, blocks: coverage.seen.size, ...own };
}

/** A turn of the event loop: without one, what V8 has done with stays in memory that is not its heap (ciphers, buffers). */
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function fuzz() {
  const chance = new Chance(seed);
  const corpus = honestInputs();
  const honest = corpus.length;
  let problem = firstProblem(corpus);
  await coverage.fresh();
  const endsAt = performance.now() + seconds * 1_000;
  while (!problem && performance.now() < endsAt) {
    await turn();
    const batch = Array.from({ length: BATCH }, () => mutant(corpus, chance));
    problem = firstProblem(batch);
    const before = new Set(coverage.seen);
    if ((await coverage.fresh()) === 0 || corpus.length >= MAX_CORPUS || problem) continue;
    coverage.seen = before;
    await keepFresh(batch, corpus);
  }
  if (keep && !problem) keepCorpus(corpus.slice(honest));
  return result(problem, corpus);
}

const outcome = await fuzz();
await coverage.stop();
parentPort.postMessage(outcome);
