import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type CoturnFinding, type CoturnImport, importCoturn, needsDecision } from '@maru/server/turn';
import type { CommandIo } from '../command-io.js';
import { wrap } from '../screen/wrap.js';

type ImportIo = Pick<CommandIo, 'out' | 'err' | 'columns'>;

const MARK: Record<CoturnFinding['verdict'], string> = {
  kept: '+ kept',
  changed: '~ changed',
  'not-needed': '  not needed',
  unsafe: '! unsafe',
  unsupported: '! unsupported',
  malformed: '! malformed',
  unknown: '! unknown',
};
const LABEL_WIDTH = 15;

/** `maru turn --import`: 0 everything was taken over, 1 the file cannot be read or some of it needs a person. */
export function importCommand(path: string, writeTo: string | undefined, isJson: boolean, io: ImportIo): 0 | 1 {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    io.err(`maru turn: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  const found = importCoturn(text);
  if (isJson) io.out(JSON.stringify(found, null, 2));
  else {
    describe(found, path, io);
    const configuration = `${JSON.stringify(found.config, null, 2)}\n`;
    if (writeTo === undefined) io.out(configuration.trimEnd());
    else if (!write(writeTo, configuration, io)) return 1;
  }
  return [...found.findings, ...found.notes].some(needsDecision) ? 1 : 0;
}

function describe({ findings, notes }: CoturnImport, path: string, io: ImportIo): void {
  for (const { line, text, verdict, why, todo } of findings) {
    io.err(wrap(`${text}`, io.columns, `${String(line).padStart(5)}  ${MARK[verdict].padEnd(LABEL_WIDTH)}`));
    const indent = ' '.repeat(7 + LABEL_WIDTH + 2);
    if (verdict !== 'kept') io.err(wrap(why, io.columns, indent));
    if (todo !== undefined) io.err(wrap(todo, io.columns, `${indent}-> `));
  }
  for (const { verdict, why, todo } of notes) {
    io.err(wrap(why, io.columns, `  all  ${MARK[verdict].padEnd(LABEL_WIDTH)}`));
    io.err(wrap(todo, io.columns, `${' '.repeat(7 + LABEL_WIDTH + 2)}-> `));
  }
  const open = [...findings, ...notes].filter(needsDecision).length;
  const whole = `${findings.length} lines of ${path} were read`;
  io.err(
    open === 0 ? `\n${whole}; nothing is left to decide.\n` : `\n${whole}; ${open} of them need you: see the lines marked !.\n`,
  );
}

/** The file holds secrets: only this user may read it, and one that is there is not overwritten. */
function write(path: string, configuration: string, io: ImportIo): boolean {
  if (existsSync(path)) {
    io.err(`maru turn: ${path} is there already; choose another name, or remove it.`);
    return false;
  }
  writeFileSync(path, configuration, { mode: 0o600, flag: 'wx' });
  io.err(`The configuration is in ${path}, which only you may read. Run it: maru turn --config ${path}`);
  return true;
}
