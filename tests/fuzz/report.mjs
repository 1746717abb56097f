/**
 * @typedef {object} TargetResult
 * @property {string} name
 * @property {number} inputs that were run
 * @property {number} [corpus] how many are worth keeping
 * @property {number} [blocks] of the house's code that ran
 * @property {number} [functionsPercent] of the target's own module
 * @property {number} [codePercent] of the target's own module, by characters
 * @property {{ what: string, input: string, seed: number }} [problem]
 */

const HEADS = ['target', 'inputs', 'kept', 'blocks', 'functions', 'code', 'found'];

/** Results as a table for people. @param {readonly TargetResult[]} results */
export function table(results) {
  const rows = results.map(({ name, inputs, corpus, blocks, functionsPercent, codePercent, problem }) => [
    name,
    inputs.toLocaleString('en-US'),
    `${corpus ?? '-'}`,
    `${blocks ?? '-'}`,
    functionsPercent === undefined ? '-' : `${functionsPercent.toFixed(1)} %`,
    codePercent === undefined ? '-' : `${codePercent.toFixed(1)} %`,
    problem ? problem.what.split('\n')[0].slice(0, 60) : 'nothing',
  ]);
  const widths = HEADS.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i].length)));
  const isText = (i) => i === 0 || i === HEADS.length - 1;
  const line = (cells) =>
    cells
      .map((cell, i) => (isText(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  return [line(HEADS), ...rows.map(line)].join('\n');
}
