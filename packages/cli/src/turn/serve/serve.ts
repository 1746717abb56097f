import { createLog, repositoryWebFolder } from '@maru/server';
import { ConfigError } from '@maru/server/turn';
import { type RunningTurn, startTurn } from '@maru/server/turn/start';
import type { CommandIo } from '../../command-io.js';
import { importCommand } from '../import.js';
import { describeTurn, summaryOf } from './description.js';
import { readTurnOptions, SERVE_USAGE, type TurnOptions, UsageError } from './options.js';

/** How long allocations may go on after SIGTERM. */
const PATIENCE_MS = 10_000;

/** Exit status: 0 once it runs and after it was asked to end, 1 when it cannot run, 2 for wrong usage. */
export async function serveCommand(argv: readonly string[], io: CommandIo): Promise<0 | 1 | 2> {
  let options: TurnOptions;
  try {
    options = readTurnOptions(argv, io.environment);
  } catch (error) {
    io.err(`maru turn: ${error instanceof Error ? error.message : String(error)}`);
    if (!(error instanceof UsageError)) return 1;
    io.err('Run "maru turn --help" for the options.');
    return 2;
  }
  if (options.type === 'help') {
    io.out(SERVE_USAGE);
    return 0;
  }
  if (options.type === 'import') return importCommand(options.path, options.writeTo, options.isJson, io);
  try {
    const log = await createLog(options.logLevel ?? (io.isTerminal ? 'warn' : 'info'));
    const turn = await startTurn({ ...options.start, webFolder: repositoryWebFolder() }, { log });
    io.onStop(() => turn.close(PATIENCE_MS));
    if (options.start.configFile !== undefined) io.onReload(() => reload(turn, io)); // else SIGHUP ends it, as a closed terminal should
    for (const warning of turn.warnings) io.err(`maru turn: ${warning}`);
    io.out(options.isJson ? JSON.stringify(summaryOf(turn)) : describeTurn(turn));
    return 0;
  } catch (error) {
    io.err(`maru turn: ${cureOf(error)}`);
    return 1;
  }
}

async function reload(turn: RunningTurn, io: CommandIo): Promise<void> {
  try {
    const { needsRestart } = await turn.reload();
    const rest = needsRestart.length > 0 ? ` Restart it for: ${needsRestart.join(', ')}.` : '';
    io.err(`maru turn: the configuration was read again; no allocation was dropped.${rest}`);
  } catch (error) {
    io.err(`maru turn: the configuration stays as it was: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What is wrong, and what to do about it. */
function cureOf(error: unknown): string {
  if (error instanceof ConfigError || !(error instanceof Error)) return error instanceof Error ? error.message : String(error);
  const text = 'code' in error ? `${error.code} ${error.message}` : error.message;
  if (/EADDRINUSE/.test(text))
    return `${error.message}. Another program has the port: choose others with --listen (and --admin).`;
  if (/EACCES/.test(text))
    return `${error.message}. This user may not open the port: choose ones above 1023, or give the program CAP_NET_BIND_SERVICE.`;
  if (/EADDRNOTAVAIL/.test(text)) return `${error.message}. This machine has no such address: leave it away to listen on all.`;
  return error.stack ?? error.message;
}
