/** Every code an SDK error may carry. Codes are API: layer, slash, kebab-case; messages are for people and may change. */
export type MaruErrorCode =
  | 'sdk/invalid-state'
  | 'sdk/invalid-argument'
  | 'sdk/unsupported-browser'
  | 'signaling/unreachable'
  | 'signaling/protocol'
  | 'signaling/grace-expired'
  | 'signaling/overflow'
  | 'files/not-found'
  | 'files/source-changed'
  | 'files/sink-failed'
  | 'files/too-large'
  | 'inspector/invalid-file'
  | 'direct/invalid-code'
  | 'direct/wrong-kind-of-code'
  | 'direct/code-too-new'
  | (string & {}); // what the server refuses with comes through as it is: 'token/expired', 'session/full', 'connection/forbidden'…

/** Why a call to the SDK failed. `code` is stable; show your own words for it, not `message`. */
export class MaruError extends Error {
  override readonly name = 'MaruError';

  constructor(
    readonly code: MaruErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly field?: string } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    if (options.field !== undefined) this.field = options.field;
  }

  /** The field of the request that was wrong, when the server named one. */
  readonly field?: string;
}
