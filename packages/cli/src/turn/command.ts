import type { CommandIo } from '../command-io.js';

export const TURN_USAGE = `maru turn [options]                           runs the STUN/TURN server alone
maru turn --import <turnserver.conf> [--write <file>] [--json]
                                              reads a configuration of coturn
maru turn check <url> [<user> [<password>]]   explains each step of a real allocation (maru turn check --help)

`;

/** `maru turn`: one of its three. */
export async function turnCommand(argv: readonly string[], io: CommandIo): Promise<0 | 1 | 2> {
  const [word, ...rest] = argv;
  if (word === 'check') {
    const { checkCommand } = await import('./check/command.js');
    return checkCommand(rest, io);
  }
  const { serveCommand } = await import('./serve/serve.js');
  return serveCommand(argv, io);
}
