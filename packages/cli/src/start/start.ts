import { boundYoungGeneration, ConfigError, createLog, type RunningRelay, type RunningServer, startServer } from '@maru/server';
import type { CommandIo } from '../command-io.js';
import { describeServer } from './description.js';
import { readOptions, START_USAGE, type StartOptions, UsageError } from './options.js';

/** Exit status: 0 once it runs and after it was asked to end, 1 when it cannot run, 2 for wrong usage. */
export async function startCommand(argv: readonly string[], io: CommandIo): Promise<0 | 1 | 2> {
  const options = optionsOf(argv, io);
  if (typeof options === 'number') return options;
  try {
    const log = await createLog(options.logLevel ?? (io.isTerminal ? 'warn' : 'info'));
    const server = await startServer(options.config, { log });
    boundYoungGeneration(); // not earlier: the start itself is quicker with a larger one
    io.onStop((signal) => stop(server, signal === 'SIGTERM' ? options.drainMs : 0));
    if (options.config.turn?.file !== undefined) io.onReload(() => reloadRelay(server, io)); // else SIGHUP ends it, as a closed terminal should
    io.out(options.isJson ? JSON.stringify(summaryOf(server)) : await describeServer(server, io));
    if (server.wantsRelay) void server.relay.then((relay) => sayRelay(relay, io));
    return 0;
  } catch (error) {
    io.err(`maru: ${cureOf(error, options)}`);
    return 1;
  }
}

function optionsOf(argv: readonly string[], io: CommandIo): StartOptions | 0 | 1 | 2 {
  try {
    const options = readOptions(argv, io.environment);
    if (!options.wantsHelp) return options;
    io.out(START_USAGE);
    return 0;
  } catch (error) {
    io.err(`maru: ${error instanceof Error ? error.message : String(error)}`);
    if (!(error instanceof UsageError)) return 1;
    io.err('Run "maru start --help" for the options.');
    return 2;
  }
}

/** Calls that the server forwards may end in peace; those from browser to browser do not need it for that. */
async function stop(server: RunningServer, drainMs: number): Promise<void> {
  if (drainMs > 0) await server.drain(drainMs);
  await server.close();
}

async function reloadRelay(server: RunningServer, io: CommandIo): Promise<void> {
  const relay = await server.relay;
  if (!relay) return;
  try {
    const { needsRestart } = await relay.reload();
    const rest = needsRestart.length > 0 ? ` Restart the server for: ${needsRestart.join(', ')}.` : '';
    io.err(`maru: the configuration of the relay was read again; no allocation was dropped.${rest}`);
  } catch (error) {
    io.err(`maru: the configuration of the relay stays as it was: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What is worth saying of the relay once it is up, or is not. */
function sayRelay(relay: RunningRelay | undefined, io: CommandIo): void {
  if (!relay)
    io.err('maru: the relay could not be opened; the log says why. Calls work without it wherever a direct way exists.');
  else if (relay.adminUrl !== undefined) io.err(`  Watch the relay: ${relay.adminUrl}`);
}

const summaryOf = ({ port, links, apiKeyFile }: RunningServer): object => ({ port, links, apiKeyFile: apiKeyFile ?? null });

/** What is wrong, and what to do about it. */
function cureOf(error: unknown, { config }: StartOptions): string {
  if (error instanceof ConfigError) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const { port = 0, host, dataFolder } = config;
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is taken by another program. Choose another: maru start --port ${port + 1} (or MARU_PORT=${port + 1} npm start).`;
    case 'EACCES':
      return error instanceof Error && 'syscall' in error && error.syscall === 'listen'
        ? `this user may not open port ${port}. Choose one above 1023: maru start --port 8443.`
        : `this user may not write to ${dataFolder}. Choose a folder of your own: maru start --data FOLDER.`;
    case 'EADDRNOTAVAIL':
      return `this machine has no address ${host}. Leave --host away to listen on all addresses.`;
    default:
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
