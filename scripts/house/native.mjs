import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { say } from './say.mjs';
import { ROOT, sh } from './sh.mjs';

const FOLDER = join(ROOT, 'packages/native');
const BINARY = join(FOLDER, 'build/Release/maru.node');
/** Left behind by a build that failed, so that it is not tried at every start. */
const FAILED = join(FOLDER, 'build/.failed');

/** Headers of the running Node.js, where its package brought them: then nothing is downloaded. */
function headers() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node_api.h')) ? prefix : undefined;
}

/** @param {string} program */
const has = async (program) => (await sh('sh', ['-c', `command -v ${program}`], { capture: true })).status === 0;

/**
 * Compiles @maru/native where that is possible and its sources are newer than what is there. Never an error: without it
 * everything works, slower.
 */
export async function buildNative() {
  if (process.platform !== 'linux' || process.env['MARU_NATIVE'] === 'off') return;
  const sources = [join(FOLDER, 'binding.gyp'), ...readdirSync(join(FOLDER, 'src')).map((file) => join(FOLDER, 'src', file))];
  const changedAt = Math.max(...sources.map((path) => statSync(path).mtimeMs));
  const isFresh = [BINARY, FAILED].some((path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > changedAt);
  if (isFresh) return;
  const nodedir = headers();
  if (!nodedir || !(await has('g++')) || !(await has('make')) || !(await has('python3'))) return;
  say('Compiling the native packet path (optional, some seconds)…');
  const npm = await sh('npm', ['run', '--silent', 'build-addon'], {
    cwd: FOLDER,
    capture: true,
    env: { npm_config_nodedir: nodedir },
  });
  if (npm.status === 0) return;
  say('It did not compile; Maru runs without it, slower. The reason: npm run build-addon -w @maru/native');
  await sh('sh', ['-c', `mkdir -p '${dirname(FAILED)}' && touch '${FAILED}'`], { capture: true });
}
