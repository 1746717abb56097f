import { parseArgs } from 'node:util';
import { nodeNetwork } from '@maru/node';
import { timeLimitedCredential } from '@maru/server/turn';
import type { CommandIo } from '../../command-io.js';
import { checkTurn } from './check.js';
import { stepLines } from './screen.js';

export const CHECK_USAGE = `maru turn check <url> [<user> [<password>]] [--json]

Gets a real allocation at a TURN server, sends a packet through the relay and back, and explains each step: name, connection,
certificate, challenge, allocation, permission, packet. Says what to do where something is wrong.

  <url>       turn:host[:port][?transport=tcp] or turns:host[:port][?transport=udp], which is DTLS
  <user>      a user of the server, or the name of a time-limited credential; without one, MARU_TURN_SECRET makes a credential
  <password>  better in the environment, as MARU_TURN_CREDENTIAL
  --json      the whole report as JSON on standard output

Exit status: 0 a packet went through and browsers can do the same, 1 there is a problem, 2 wrong usage.`;

type CheckIo = Pick<CommandIo, 'out' | 'err' | 'progress' | 'columns' | 'environment'>;

/** Runs `maru turn check`. Exit status: 0 it works, 1 it does not, 2 wrong usage. */
export async function checkCommand(argv: readonly string[], io: CheckIo): Promise<0 | 1 | 2> {
  const options = readOptions(argv, io);
  if (options === 'help') {
    io.out(CHECK_USAGE);
    return 0;
  }
  if (!options) return 2;
  const report = await checkTurn({
    ...options,
    network: nodeNetwork,
    wallClock: () => Date.now(),
    onProgress: (text) => io.progress(text),
    onStep: (step) => options.isJson || io.out(stepLines(step, io.columns)),
  });
  if (options.isJson) io.out(JSON.stringify(report, null, 2));
  else
    io.out(
      report.works
        ? '\nIt works: clients that cannot be connected directly will be, through this server.'
        : '\nIt does not work yet; the lines marked ! say why.',
    );
  return report.works ? 0 : 1;
}

interface Given {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly isJson: boolean;
}

function readOptions(argv: readonly string[], io: CheckIo): Given | 'help' | undefined {
  const refuse = (why: string): undefined => {
    io.err(`maru turn check: ${why}\n\n${CHECK_USAGE}`);
    return undefined;
  };
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    });
    if (values.help) return 'help';
    const [url, username, word, ...rest] = positionals;
    if (url === undefined) return refuse('which server?');
    if (rest.length > 0) return refuse(`"${rest[0]}" is one word too many`);
    const secret = io.environment['MARU_TURN_SECRET']?.split(',')[0];
    if (username === undefined && secret) return { url, isJson: values.json, ...madeOf(secret) };
    if (username === undefined) return refuse('a TURN server wants a user and a password');
    const password = word ?? io.environment['MARU_TURN_CREDENTIAL'];
    if (!password) return refuse('the password is missing; better than as an argument, set it as MARU_TURN_CREDENTIAL');
    return { url, username, password, isJson: values.json };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function madeOf(secret: string): { readonly username: string; readonly password: string } {
  const made = timeLimitedCredential({ secret, user: 'maru-turn-check', ttlSeconds: 300, wallNowMs: Date.now() });
  return { username: made.username, password: made.credential };
}
