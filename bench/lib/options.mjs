import { parseArgs } from 'node:util';

/**
 * Reads a benchmark's own options beside --json, which all have. Prints the usage and ends on anything else.
 * @param {string} usage
 * @param {import('node:util').ParseArgsConfig['options']} options
 */
export function readOptions(usage, options) {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false }, ...options } }).values;
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}
