import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { PictureFormat } from '@maru/media';
import { NAME_CHARS } from '@maru/signaling';
import { readSessionArguments, type SessionArguments } from '../session/session-command.js';

export const PUBLISH_USAGE = `maru publish <session link> <file> [--loop] [options]
maru publish <session link> --test-pattern [--size 640x360] [--fps 30] [options]
maru publish <session link> --camera | --screen [--size 1280x720] [--fps 30] [options]

Puts a real stream into a session: a WebM, MP4, Ogg or MPEG-TS file, played in its own time, or a picture with the time in it and a
beep at each full second, or what this machine's camera and microphone or its X display give. ffmpeg encodes what cannot go as it is.

  --loop            begins the file again at its end
  --size <WxH>      of the pictures, where they are not a file's: 640x360, of a screen or camera 1280x720
  --fps <n>         of the same: 30, of a screen 15
  --name <text>     under which the others see it
  --duration <s>    leaves after so many seconds
  --ca <file>       trusts this authority, such as the server's own (its /app/ca.crt)
  --json            one JSON object a line on standard output: joined, member-joined, member-left, figures, warning, ended, error

Exit status: 0 the file or the session is over, or you stopped it; 1 it did not work; 2 wrong usage.`;

/** What is to be published. */
export type PublishSource =
  | { readonly type: 'file'; readonly path: string; readonly loop: boolean }
  | { readonly type: 'test-pattern' | 'camera' | 'screen'; readonly format: PictureFormat };

export interface PublishOptions {
  readonly session: SessionArguments;
  readonly source: PublishSource;
}

/** Reads the command line; a sentence for what is wrong with it. */
export function readPublishOptions(argv: readonly string[]): PublishOptions | 'help' | { readonly wrong: string } {
  let given: ReturnType<typeof parse>;
  try {
    given = parse(argv);
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = given;
  if (values.help) return 'help';
  const [link, file, ...rest] = positionals;
  const session = readSessionArguments(link, values, file === undefined ? 'maru publish' : basename(file).slice(0, NAME_CHARS));
  if (typeof session === 'string') return { wrong: session };
  if (rest.length > 0) return { wrong: `"${rest[0]}" is one word too many` };
  const devices = (['test-pattern', 'camera', 'screen'] as const).filter((type) => values[type]);
  const [type] = devices;
  if (devices.length + (file === undefined ? 0 : 1) !== 1) return { wrong: 'what? A file, --test-pattern, --camera or --screen' };
  if (type === undefined) {
    if (values.size !== undefined || values.fps !== undefined)
      return { wrong: 'a file has its own size and rate: --size and --fps are for what is made here' };
    return { session, source: { type: 'file', path: file ?? '', loop: values.loop } };
  }
  if (values.loop) return { wrong: `--loop is for files: --${type} has no end` };
  const format = readFormat(type, values.size, values.fps);
  return typeof format === 'string' ? { wrong: format } : { session, source: { type, format } };
}

const isSide = (side: number): boolean => Number.isInteger(side) && side >= 32 && side <= 7_680 && side % 2 === 0;

function readFormat(
  type: 'test-pattern' | 'camera' | 'screen',
  size = type === 'test-pattern' ? '640x360' : '1280x720',
  fps = type === 'screen' ? '15' : '30',
): PictureFormat | string {
  const [width = 0, height = 0, ...more] = size.split('x').map(Number);
  if (!isSide(width) || !isSide(height) || more.length > 0) return '--size is two even numbers, such as 1280x720';
  const frameRate = Number(fps);
  return frameRate >= 1 && frameRate <= 60 ? { width, height, frameRate } : '--fps is a number from 1 to 60';
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      'test-pattern': { type: 'boolean', default: false },
      camera: { type: 'boolean', default: false },
      screen: { type: 'boolean', default: false },
      size: { type: 'string' },
      fps: { type: 'string' },
      loop: { type: 'boolean', default: false },
      name: { type: 'string' },
      duration: { type: 'string' },
      ca: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
}
