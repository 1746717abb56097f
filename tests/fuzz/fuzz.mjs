// Every parser against mutated bytes, guided by coverage. Each target runs in a thread of its own, which may hang, run out of
// memory or exit: that is a finding, and the next target's turn.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { tell } from '../../scripts/house/tally.mjs';
import { InputWindow } from './input-window.mjs';
import { table } from './report.mjs';
import { TARGETS } from './targets.mjs';

const TARGET_NAMES = Object.keys(TARGETS);

const USAGE = `node tests/fuzz/fuzz.mjs [target …] [--seconds n] [--seed n] [--at-once n] [--keep] [--json]
Every parser against mutated bytes, guided by coverage; all targets if none is named.
  --seconds n   how long each target is fuzzed: 600 if not given. With 0 only the corpus is run.
  --seed n      the same mutations again
  --at-once n   so many targets side by side: 1 if not given
  --keep        what is worth keeping goes to corpus/, 10 KiB a target
  --json        the results as one JSON document on standard output
Exit status: 0 nothing found, 1 something found, 2 wrong usage.
Targets: ${TARGET_NAMES.join(', ')}`;

/** A target that has taken no new input for so many looks, a second apart, hangs. */
const HANGS_AFTER_LOOKS = 15;
/** A parser that needs more memory than this for one input after another keeps what it should let go: on V8's heap, and in all. */
const MAX_HEAP_MB = 1_024;
const MAX_GROWTH_BYTES = 1_536 * 1024 * 1024;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string' },
    'at-once': { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const seconds = Number(values.seconds);
const atOnce = Number(values['at-once']);
const seed = Number(values.seed ?? Date.now() & 0x7fffffff);
const names = positionals.length > 0 ? positionals : TARGET_NAMES;
const unknown = names.filter((name) => !TARGET_NAMES.includes(name));
if (unknown.length > 0 || !(seconds >= 0) || !(atOnce >= 1)) {
  console.error(unknown.length > 0 ? `fuzz: no target ${unknown.join(', ')}` : 'fuzz: --seconds and --at-once take a number');
  console.error(USAGE);
  process.exit(2);
}

/** Progress is talk; with --json standard output is for the document alone. */
const say = values.json ? console.error : console.log;

/** Keeps the bytes that a target failed on. @returns where */
function keepCrash(name, bytes) {
  const folder = join(import.meta.dirname, 'crashes');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.bin`);
  writeFileSync(path, bytes);
  return path;
}

/**
 * Fuzzes one target in a thread.
 * @param {string} name
 * @returns {Promise<import('./report.mjs').TargetResult>}
 */
function fuzz(name) {
  const input = new InputWindow();
  const rssBefore = process.memoryUsage.rss();
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    workerData: { name, seconds, seed, keep: values.keep, input: input.shared },
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  return new Promise((resolve) => {
    let seenRuns = -1;
    let idleLooks = 0;
    const end = (result) => {
      clearInterval(watch);
      const problem = result.problem && { what: result.problem, input: keepCrash(name, input.bytes), seed };
      resolve({ inputs: input.runs, ...result, name, problem });
    };
    const watch = setInterval(() => {
      const grownBytes = process.memoryUsage.rss() - rssBefore;
      if (grownBytes > MAX_GROWTH_BYTES) {
        end({ problem: `holds ${Math.round(grownBytes / 1024 / 1024)} MiB` });
        void worker.terminate();
        return;
      }
      idleLooks = input.runs === seenRuns ? idleLooks + 1 : 0;
      seenRuns = input.runs;
      if (idleLooks < HANGS_AFTER_LOOKS) return;
      end({ problem: `took more than ${HANGS_AFTER_LOOKS} s` });
      void worker.terminate();
    }, 1_000);
    worker.on('message', end);
    worker.on('error', (error) => end({ problem: `ended its thread: ${error.stack ?? error}` }));
    worker.on('exit', (code) => end({ problem: `ended its thread with ${code}` })); // after a message it changes nothing
  });
}

/** @type {import('./report.mjs').TargetResult[]} */
const results = [];
const waiting = [...names];

/** Takes one target after another until none is left. */
async function lane() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const result = await fuzz(name);
    results.push(result);
    const { problem, inputs, corpus, blocks, functionsPercent, codePercent } = result;
    if (problem) console.error(`fuzz: ${name} (seed ${problem.seed}) ${problem.what}\n  input kept in ${problem.input}`);
    else
      say(
        `${name}: ${inputs.toLocaleString('en-US')} inputs, ${corpus} worth keeping, ${blocks} blocks seen; ` +
          `of its own module ${functionsPercent} % of functions, ${codePercent} % of code; nothing found`,
      );
  }
}

await Promise.all(Array.from({ length: atOnce }, lane));
results.sort((one, other) => names.indexOf(one.name) - names.indexOf(other.name));
const failed = results.filter(({ problem }) => problem).length;
if (values.json) console.log(JSON.stringify({ seed, seconds, results }, undefined, 2));
else console.log(`\n${table(results)}`);
tell({ passed: results.length - failed, failed, skipped: 0 });
say(`fuzz: ${results.length - failed} passed, ${failed} failed (seed ${seed})`);
process.exit(failed === 0 ? 0 : 1);
