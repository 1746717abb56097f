import { existsSync, statSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { parseArgs } from 'node:util';
import { readSessionArguments, type SessionArguments } from '../session/session-command.js';

export const WATCH_USAGE = `maru watch <session link> [file.webm | file.mp4] [options]
maru watch <session link> --out <folder> [--format webm|mp4] [options]

Shows what arrives in a session, with live numbers, and writes it as it came: nothing is decoded. A file is readable up to its last
frame even when the command is killed. The first stream goes to the file that is named, others to file-2, file-3, …; without a name,
each goes to a file with its publisher's.

  --out <folder>    where files with publishers' names go; this folder if not given
  --format <kind>   of those: webm (VP8, VP9 or AV1 is asked for) or mp4 (H.264, VP9 or AV1); webm if not given
  --no-record       only shows
  --speaker         plays what is said on this machine's speaker; needs ffmpeg
  --name <text>     under which the others see it
  --duration <s>    leaves after so many seconds
  --ca <file>       trusts this authority, such as the server's own (its /app/ca.crt)
  --json            one JSON object a line on standard output: joined, stream, figures, written, ended, error

Exit status: 0 the session is over, or you stopped it; 1 it did not work; 2 wrong usage.`;

/** Where streams are written to. */
export type Destination =
  | { readonly type: 'none' }
  | { readonly type: 'file'; readonly path: string }
  | { readonly type: 'folder'; readonly path: string; readonly ending: '.webm' | '.mp4' };

export interface WatchOptions {
  readonly session: SessionArguments;
  readonly destination: Destination;
  readonly isHeard: boolean;
}

/** Reads the command line; a sentence for what is wrong with it. */
export function readWatchOptions(argv: readonly string[]): WatchOptions | 'help' | { readonly wrong: string } {
  let given: ReturnType<typeof parse>;
  try {
    given = parse(argv);
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = given;
  if (values.help) return 'help';
  const [link, file, ...rest] = positionals;
  const session = readSessionArguments(link, values, 'maru watch');
  if (typeof session === 'string') return { wrong: session };
  if (rest.length > 0) return { wrong: `"${rest[0]}" is one word too many` };
  const destination = destinationOf(file, values);
  return typeof destination === 'string' ? { wrong: destination } : { session, destination, isHeard: values.speaker };
}

function destinationOf(file: string | undefined, values: ReturnType<typeof parse>['values']): Destination | string {
  const { out, format } = values;
  if (values['no-record']) return file === undefined ? { type: 'none' } : 'a file to write, or --no-record; not both';
  if (format !== undefined && format !== 'webm' && format !== 'mp4') return '--format is webm or mp4';
  if (file === undefined) {
    if (out !== undefined && existsSync(out) && !statSync(out).isDirectory())
      return `--out names a folder, and "${out}" is a file`;
    return { type: 'folder', path: out ?? '.', ending: format === 'mp4' ? '.mp4' : '.webm' };
  }
  if (out !== undefined || format !== undefined) return 'a file to write, or --out and --format; not both';
  if (!['.webm', '.mp4'].includes(extname(file).toLowerCase()))
    return `"${file}" should end in .webm or .mp4, which says what is written`;
  if (!existsSync(dirname(file))) return `there is no folder "${dirname(file)}"`;
  return existsSync(file) ? `"${file}" is there already; it is not written over` : { type: 'file', path: file };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      format: { type: 'string' },
      'no-record': { type: 'boolean', default: false },
      speaker: { type: 'boolean', default: false },
      name: { type: 'string' },
      duration: { type: 'string' },
      ca: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
}
