import { type CommandIo, processIo } from './command-io.js';

const USAGE = `maru <command>

  start    starts the server: web app, REST, signaling (maru start --help)
  turn     runs the STUN/TURN server alone, checks one, imports coturn's configuration (maru turn --help)
  nat      says what this network lets WebRTC do, and why (maru nat --help)
  publish  puts a file or a test pattern into a session (maru publish --help)
  watch    shows what arrives in a session and records it (maru watch --help)
  load     puts publishers and subscribers into a server, and says what arrives (maru load --help)
  help     prints this
`;

/** Runs the command line `argv` (without node and script). Resolves with the exit status once the command is under way. */
export async function main(argv: readonly string[], io: CommandIo = processIo): Promise<number> {
  const [command = 'start', ...rest] = argv;
  switch (command) {
    case 'start': {
      const { startCommand } = await import('./start/start.js');
      return startCommand(rest, io);
    }
    case 'turn': {
      const { turnCommand } = await import('./turn/command.js');
      return turnCommand(rest, io);
    }
    case 'nat': {
      const { natCommand } = await import('./nat/command.js');
      return natCommand(rest, io);
    }
    case 'publish': {
      const { publishCommand } = await import('./publish/command.js');
      return publishCommand(rest, io);
    }
    case 'watch': {
      const { watchCommand } = await import('./watch/command.js');
      return watchCommand(rest, io);
    }
    case 'load': {
      const { loadCommand } = await import('./load/command.js');
      return loadCommand(rest, io);
    }
    case 'help':
    case '--help':
    case '-h':
      io.out(USAGE);
      return 0;
    default:
      io.err(`maru: there is no command "${command}".\n\n${USAGE}`);
      return 2;
  }
}
