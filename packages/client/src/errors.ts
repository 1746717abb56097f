/** Every code that the SDK itself gives, with what it means. Codes are API: layer, slash, kebab-case; messages are for people and may change. */
export const SDK_ERROR_CODES = {
  'sdk/invalid-state': 'The call is not in a state in which this may be asked of it.',
  'sdk/invalid-argument': 'An argument is not what it must be; the message says what was expected.',
  'sdk/unsupported-browser': 'This browser lacks something that WebRTC needs.',
  'sdk/no-token': 'The function that fetches the token failed.',
  'signaling/unreachable': 'No transport reached the server while joining.',
  'signaling/protocol': 'The server said something that it may not say.',
  'signaling/overflow': 'More messages wait for the server than are kept.',
  'files/connection-left': 'The other person left before the file had arrived.',
  'files/source-changed': 'The file that is being sent was changed or removed.',
  'files/sink-failed': 'What arrives could not be written: the disk may be full.',
  'files/corrupt': 'The SHA-256 of what arrived is not that of what was sent.',
  'files/protocol': 'The sender sent bytes that do not follow those before.',
  'files/flood': 'The sender does not wait for what it sent to be written.',
  'files/failed': 'The other side could not go on and did not say why.',
  'inspector/invalid-file': 'The file is not one that the inspector saved.',
  'direct/invalid-code': 'The text is no code, or not all of one.',
  'direct/wrong-kind-of-code': 'An invite where an answer was expected, or the answer to another invite.',
  'direct/code-too-new': 'The code was made by a later version.',
  'direct/no-path': 'No way from browser to browser was found.',
  'direct/path-lost': 'The way to the other browser broke and did not come back.',
} as const satisfies Record<string, string>;

/** A code of the SDK, or one with which the server refused: `token/expired`, `session/full`, `connection/forbidden`, … */
export type MaruErrorCode = keyof typeof SDK_ERROR_CODES | (string & {});

/** Why a call to the SDK failed. `code` is stable; show your own words for it, not `message`. */
export class MaruError extends Error {
  override readonly name = 'MaruError';
  /** The field of the request that was wrong, when the server named one. */
  readonly field?: string;

  constructor(
    readonly code: MaruErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly field?: string } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    if (options.field !== undefined) this.field = options.field;
  }
}
