import { parseArgs } from 'node:util';
import type { CommandIo } from '../command-io.js';
import { authorityOf } from '../session/hall-link.js';

export const LOAD_USAGE = `maru load <server url> [options]

Puts publishers and subscribers into sessions of a Maru server and says what arrives: real WebRTC (ICE, DTLS, SRTP, feedback) from this one
process, thousands of them. It loads the server as a broadcast or a meeting would; ask whoever runs it.

  --publishers <n>   in each session, each with a picture and a voice. Default 1
  --subscribers <n>  in each session, who watch all of them. Default 10
  --sessions <n>     Default 1
  --bitrate <kbit/s> of each picture. Default 1000
  --duration <s>     how long it is measured once all are in. Default 10
  --rate <n>         joins a second. Default 20
  --local <address>  address of this machine to send from. Default: the one that the way to the server has
  --api-key <key>    of the server; better in the environment, as MARU_API_KEY
  --ca <file>        authority to trust, for a server with a certificate of its own
  --json             the result as JSON on standard output

Exit status: 0 all got in and less than 1 % was lost, 1 otherwise, 2 wrong usage.`;

export interface LoadOptions {
  readonly server: URL;
  readonly publishers: number;
  readonly subscribers: number;
  readonly sessions: number;
  readonly bitrateBps: number;
  readonly seconds: number;
  readonly joinsPerSecond: number;
  readonly local: string | undefined;
  readonly apiKey: string;
  readonly ca: string | undefined;
  readonly isJson: boolean;
}

/** Reads the command line; `help` when that is wanted, or a sentence for what is wrong with it. */
export function readLoadOptions(
  argv: readonly string[],
  { environment }: Pick<CommandIo, 'environment'>,
): LoadOptions | 'help' | { readonly wrong: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        publishers: { type: 'string', default: '1' },
        subscribers: { type: 'string', default: '10' },
        sessions: { type: 'string', default: '1' },
        bitrate: { type: 'string', default: '1000' },
        duration: { type: 'string', default: '10' },
        rate: { type: 'string', default: '20' },
        local: { type: 'string' },
        'api-key': { type: 'string' },
        ca: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    const [server, ...rest] = positionals;
    if (server === undefined || rest.length > 0 || !URL.canParse(server))
      return { wrong: 'name one server, such as https://maru.example' };
    const apiKey = values['api-key'] ?? environment['MARU_API_KEY'];
    if (!apiKey) return { wrong: 'an API key of the server is needed: MARU_API_KEY or --api-key' };
    return {
      server: new URL(server),
      publishers: count('publishers', values.publishers, 0, 16),
      subscribers: count('subscribers', values.subscribers, 0, 950),
      sessions: count('sessions', values.sessions, 1, 1_000),
      bitrateBps: 1_000 * count('bitrate', values.bitrate, 50, 20_000),
      seconds: count('duration', values.duration, 1, 86_400),
      joinsPerSecond: count('rate', values.rate, 1, 1_000),
      local: values.local,
      apiKey,
      ca: authorityOf(values.ca),
      isJson: values.json,
    };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

function count(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${name} is a whole number from ${least} to ${most}, not "${text}"`);
}
