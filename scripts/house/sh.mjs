import { spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stop } from './say.mjs';

/** The root of the repository. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** What is read by no person at a terminal has no colours, whatever else a child would make of its surroundings (no-color.org). */
const PLAIN = process.stdout.isTTY || process.env['FORCE_COLOR'] ? {} : { NO_COLOR: '1' };

/**
 * Runs a program to its end. Its output goes through, or is returned with `capture`.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, capture?: boolean }} [options]
 * @returns {Promise<{ status: number, output: string }>}
 */
export function sh(program, args, { cwd = ROOT, env = {}, capture = false } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...PLAIN, ...env },
      stdio: capture ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', fail);
    child.on('close', (status) => done({ status: status ?? 1, output }));
  });
}

/**
 * Like {@link sh}, but anything except status 0 stops with what was printed and `cure`.
 * @param {string} program @param {readonly string[]} args @param {string} cure
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, capture?: boolean }} [options]
 */
export async function must(program, args, cure, options = {}) {
  const { status, output } = await sh(program, args, options);
  if (status !== 0) throw new Stop(`"${program} ${args.join(' ')}" ended with status ${status}.\n${output.slice(-4000)}`, cure);
  return output;
}
