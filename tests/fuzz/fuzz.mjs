// node tests/fuzz/fuzz.mjs [target …] [--seconds n] [--seed n] [--keep]: every parser against mutated bytes, guided by coverage.
// A parser fails when it throws, takes more than 100 ms, or answers differently when the bytes around its input change.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { Coverage } from './coverage.mjs';
import { Chance, mutant } from './mutate.mjs';
import { TARGETS } from './targets.mjs';

const HERE = import.meta.dirname;
const SLOW_MS = 100;
const BATCH = 400;
/** A corpus larger than this spends its time on itself. */
const MAX_CORPUS = 2_000;
/** Of the committed corpus of one target. */
const MAX_KEPT_BYTES = 10_240;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '600' }, seed: { type: 'string' }, keep: { type: 'boolean', default: false } },
});
const seed = Number(values.seed ?? Date.now() & 0x7fffffff);
const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
const unknown = names.filter((name) => !(name in TARGETS));
if (unknown.length > 0) {
  console.error(`fuzz: no target ${unknown.join(', ')}. Targets: ${Object.keys(TARGETS).join(', ')}`);
  process.exit(2);
}

/** Honest inputs: what the target names itself, and what earlier runs found worth keeping. */
function corpusOf(name, target) {
  const folder = join(HERE, 'corpus', name);
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
function cpuMsOf(target, bytes) {
  const times = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage();
    target.run(surrounded(bytes, 0x00));
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}

/** @returns what is wrong with the target on these bytes, or undefined */
function verdict(target, bytes) {
  try {
    const startedAt = performance.now();
    const first = target.run(surrounded(bytes, 0x00));
    const tookMs = performance.now() - startedAt;
    if (tookMs > SLOW_MS && cpuMsOf(target, bytes) > SLOW_MS) return `took ${tookMs.toFixed(0)} ms`;
    const second = target.run(surrounded(bytes, 0xff));
    if (first === second) return undefined;
    const [a, b] = [first, second].map((value) => inspect(value, { depth: 8, maxArrayLength: 4096 }));
    return a === b ? undefined : 'answers differently when the bytes around the input change: it reads outside';
  } catch (error) {
    return `threw ${error instanceof Error ? error.stack : error}`;
  }
}

function keepCrash(name, bytes) {
  const folder = join(HERE, 'crashes');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.bin`);
  writeFileSync(path, bytes);
  return path;
}

/** Adds what a run found worth keeping to the committed corpus, small inputs first, as long as there is room. */
function keepCorpus(name, found) {
  const folder = join(HERE, 'corpus', name);
  mkdirSync(folder, { recursive: true });
  let room = MAX_KEPT_BYTES - readdirSync(folder).reduce((sum, file) => sum + readFileSync(join(folder, file)).length, 0);
  for (const bytes of found.sort((a, b) => a.length - b.length)) {
    room -= bytes.length;
    if (room < 0) return;
    writeFileSync(join(folder, `${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.bin`), bytes);
  }
}

async function fuzz(name, target, seconds) {
  const chance = new Chance(seed);
  const corpus = corpusOf(name, target);
  const coverage = new Coverage();
  await coverage.start();
  const report = (bytes, problem) => {
    console.error(`fuzz: ${name} (seed ${seed}) ${problem}\n  input kept in ${keepCrash(name, bytes)}`);
    return false;
  };
  for (const bytes of corpus) {
    const problem = verdict(target, bytes);
    if (problem) return report(bytes, problem);
  }
  await coverage.fresh();
  const honest = corpus.length;
  const endsAt = performance.now() + seconds * 1_000;
  let runs = 0;
  while (performance.now() < endsAt) {
    const batch = Array.from({ length: BATCH }, () => mutant(corpus, chance));
    for (const bytes of batch) {
      const problem = verdict(target, bytes);
      if (problem) return report(bytes, problem);
    }
    runs += BATCH;
    const before = new Set(coverage.seen);
    if ((await coverage.fresh()) === 0 || corpus.length >= MAX_CORPUS) continue;
    coverage.seen = before; // which of the batch was it?
    for (const bytes of batch) {
      target.run(bytes);
      if ((await coverage.fresh()) > 0) corpus.push(bytes);
    }
  }
  await coverage.stop();
  if (values.keep) keepCorpus(name, corpus.slice(honest));
  console.log(
    `${name}: ${runs.toLocaleString('en-US')} inputs, ${corpus.length} worth keeping, ${coverage.seen.size} blocks seen, nothing found`,
  );
  return true;
}

let failed = 0;
for (const name of names) if (!(await fuzz(name, TARGETS[name], Number(values.seconds)))) failed += 1;
console.log(`fuzz: ${names.length - failed} passed, ${failed} failed (seed ${seed})`);
process.exit(failed === 0 ? 0 : 1);
