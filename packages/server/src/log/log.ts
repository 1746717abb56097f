/** Where a server says what happens. Event names, not sentences; never a token, key, address or name of a person. */
export interface ServerLog {
  debug(event: string, fields?: object): void;
  info(event: string, fields?: object): void;
  warn(event: string, fields?: object): void;
  error(event: string, fields?: object): void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const nothing = (): void => {};

export const SILENT: ServerLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Fields that are blotted out wherever they stand, should somebody log them after all (S-81). */
const SECRET_FIELDS = [
  'token',
  'resumeKey',
  'authorization',
  'apiKey',
  'secret',
  'channel',
  'key',
  'attempt',
  'sdp',
  'credential',
];

/** Warnings of one kind are said once a second; how many were not said comes with the next (INV-6). */
const QUIET_MS = 1_000;

/** A log of JSON lines on standard error, by pino. */
export async function createLog(level: LogLevel, destination?: { write(line: string): void }): Promise<ServerLog> {
  if (level === 'silent') return SILENT;
  const { default: pino } = await import('pino');
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  const options = {
    level,
    base: null,
    redact: { paths, censor: '[redacted]' },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = destination ? pino(options, destination) : pino(options, pino.destination({ dest: 2, sync: true }));
  const bounded = new RepeatBound();
  const say = (method: 'warn' | 'error', event: string, fields: object): void => {
    const suppressed = bounded.admit(event, performance.now());
    if (suppressed !== undefined) logger[method]({ ...fields, ...(suppressed > 0 && { suppressed }) }, event);
  };
  return {
    debug: (event, fields = {}) => logger.debug(fields, event),
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => say('warn', event, fields),
    error: (event, fields = {}) => say('error', event, fields),
  };
}

/** Lets each event through once in a while, and counts the others. */
class RepeatBound {
  private readonly byEvent = new Map<string, { saidAt: number; suppressed: number }>();

  /** How many were suppressed since the last; undefined: suppress this one too. */
  admit(event: string, now: number): number | undefined {
    const known = this.byEvent.get(event);
    if (known && now - known.saidAt < QUIET_MS) {
      known.suppressed += 1;
      return undefined;
    }
    this.byEvent.set(event, { saidAt: now, suppressed: 0 });
    return known?.suppressed ?? 0;
  }
}

/** An error as fields of a log line. */
export const errorFields = (error: unknown): object =>
  error instanceof Error ? { error: error.message, stack: error.stack } : { error: String(error) };
